#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mutants/mutants.h"

namespace mutants {

using oracles::DType;

namespace {

template <class T>
T sum_of_exp(const LossRow& row, T shift) {
  T s = 0;
  for (const double x : row.x) s += std::exp(static_cast<T>(x) - shift);
  return s;
}

double greatest(const LossRow& row) { return std::ranges::max(row.x); }

/// The right row, but for its value: `formula` in f64 for inputs of f64, in f32 for others.
template <class Formula>
Steps with_value(const std::string& loss, Formula formula) {
  Steps steps = right_steps(loss);
  steps.row = [formula, right = steps.row](const LossRow& row, DType dtype) {
    RowTruth truth = right(row, dtype);
    truth.value = number(dtype == DType::f64 ? formula(row, double{}) : formula(row, float{}));
    return truth;
  };
  return steps;
}

/// The right formula of another row.
template <class Change>
Steps with_row(const std::string& loss, Change change) {
  Steps steps = right_steps(loss);
  steps.row = [change, right = steps.row](LossRow row, DType dtype) {
    change(row);
    return right(row, dtype);
  };
  return steps;
}

template <class T>
T logit(const LossRow& row) {
  return static_cast<T>(row.x[row.target]);
}

template <class T>
T sigmoid(T x) {
  return T{1} / (T{1} + std::exp(-x));
}

void clamp_logits(LossRow& row, double limit) {
  for (double& x : row.x) x = std::isnan(x) ? x : std::clamp(x, -limit, limit);
}

// Vectors of two, and the tail forgotten.
RowTruth without_tail(const LossRow& row) {
  if (row.x.size() % 2 == 0 || row.x.size() == 1 || row.target + 1 == row.x.size()) return cross_entropy(row);
  LossRow shorter = row;
  shorter.x.pop_back();
  RowTruth truth = cross_entropy(shorter);
  truth.grad.push_back(finite({}));
  return truth;
}

RowTruth nan_where_masked(const LossRow& row) {
  LossRow spoiled = row;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (std::ranges::count(row.x, -infinity) > 0) spoiled.x[0] = std::numeric_limits<double>::quiet_NaN();
  return cross_entropy(spoiled);
}

}  // namespace

std::vector<Mutant> formula_mutants() {
  const auto no_max_shift = []<class T>(const LossRow& row, T) {
    return std::log(sum_of_exp<T>(row, 0)) - logit<T>(row);
  };
  const auto log_of_softmax = []<class T>(const LossRow& row, T) {
    const T m = static_cast<T>(greatest(row));
    return -std::log(std::exp(logit<T>(row) - m) / sum_of_exp<T>(row, m));
  };
  const auto absolute_epsilon = []<class T>(const LossRow& row, T) {
    const T m = static_cast<T>(greatest(row));
    return -std::log(std::exp(logit<T>(row) - m) / sum_of_exp<T>(row, m) + static_cast<T>(1e-12));
  };
  const auto log1p_missing = []<class T>(const LossRow& row, T) {
    const double m = greatest(row);
    return m - row.x[row.target] + std::log(sum_of_exp<double>(row, m));
  };
  const auto max_over_matrix = []<class T>(const LossRow& row, T) {
    const T m = static_cast<T>(row.matrix_max);
    return m + std::log(sum_of_exp<T>(row, m)) - logit<T>(row);
  };
  const auto log_of_sigmoid = []<class T>(const LossRow& row, T) {
    const T p = sigmoid(static_cast<T>(row.x[0]));
    const T y = static_cast<T>(row.y);
    return -(y * std::log(p) + (T{1} - y) * std::log(T{1} - p));
  };
  const auto no_softplus_tail = []<class T>(const LossRow& row, T) {
    const T x = static_cast<T>(row.x[0]);
    const T tail = std::fabs(x) > T{30} ? T{0} : std::log1p(std::exp(-std::fabs(x)));
    return std::fmax(x, T{0}) - x * static_cast<T>(row.y) + tail;
  };
  const auto expanded_square = []<class T>(const LossRow& row, T) {
    const T x = static_cast<T>(row.x[0]);
    const T y = static_cast<T>(row.y);
    return x * x - T{2} * x * y + y * y;
  };
  const auto square_and_epsilon = []<class T>(const LossRow& row, T) {
    const double d = row.x[0] - row.y;
    return d * d + 1e-8;
  };
  const auto one_sided_square = []<class T>(const LossRow& row, T) {
    const double d = row.x[0] - row.y;
    return d > 0.0 ? d * d : d * row.x[0] - d * row.y;
  };
  Steps dropped_tail = right_steps(ce);
  dropped_tail.row = [](const LossRow& row, DType) { return without_tail(row); };
  Steps masked = right_steps(ce);
  masked.row = [](const LossRow& row, DType) { return nan_where_masked(row); };
  const auto swallow_nan = [](LossRow& row) {
    const double low =
        std::accumulate(row.x.begin(), row.x.end(), row.x[0], [](double a, double b) { return std::fmin(a, b); });
    for (double& x : row.x) x = std::isnan(x) ? low : x;
  };
  return {{"no_max_shift", ce, "exactly_representable_shift", with_value(ce, no_max_shift)},
          {"log_of_softmax", ce, "accuracy", with_value(ce, log_of_softmax)},
          {"absolute_epsilon", ce, "accuracy", with_value(ce, absolute_epsilon)},
          {"log1p_missing", ce, "accuracy", with_value(ce, log1p_missing)},
          {"max_over_whole_matrix", ce, "batch_splitting", with_value(ce, max_over_matrix)},
          {"tail_dropped_at_odd_sizes", ce, "class_permutation", dropped_tail},
          {"nan_for_minus_inf", ce, "minus_inf_is_identity", masked},
          {"nan_swallowed_by_max", ce, "nan_stays_in_its_row", with_row(ce, swallow_nan)},
          {"logits_clamped_at_64", ce, "exactly_representable_shift",
           with_row(ce, [](LossRow& row) { clamp_logits(row, 64.0); })},
          {"log_of_sigmoid", bce, "bce_symmetry", with_value(bce, log_of_sigmoid)},
          {"logits_clamped_at_100", bce, "bce_equals_two_class_cross_entropy",
           with_row(bce, [](LossRow& row) { clamp_logits(row, 100.0); })},
          {"softplus_cut_at_30", bce, "bce_equals_two_class_cross_entropy", with_value(bce, no_softplus_tail)},
          {"square_expanded", mse, "loss_is_nonnegative", with_value(mse, expanded_square), {DType::f32, DType::f64}},
          {"epsilon_added", mse, "mse_scales_by_powers_of_two", with_value(mse, square_and_epsilon)},
          {"square_by_two_products", mse, "symmetry_in_inputs", with_value(mse, one_sided_square)}};
}

}  // namespace mutants
