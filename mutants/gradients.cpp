#include <algorithm>
#include <cmath>

#include "mutants/mutants.h"
#include "properties/floats.h"

namespace mutants {

using oracles::DType;

namespace {

/// The right row, but for its gradient.
template <class Change>
Steps with_gradient(const std::string& loss, Change change) {
  Steps steps = right_steps(loss);
  steps.row = [change, right = steps.row](const LossRow& row, DType dtype) {
    RowTruth truth = right(row, dtype);
    change(row, dtype, truth);
    return truth;
  };
  return steps;
}

// softmax rounded, then 1 subtracted at the target.
void subtract_one_late(const LossRow& row, DType dtype, RowTruth& truth) {
  Number& derivative = truth.grad[row.target];
  if (derivative.kind != Number::Kind::finite) return;
  Sum p = derivative.sum;
  p.terms.emplace_back(static_cast<double>(p.denominator));
  const double rounded = round(to_odd(p, 1.0, 1), dtype);
  derivative = number(properties::to_dtype(dtype, rounded - 1.0));
}

// The derivative of |x| taken for 0 at 0, in max(x, 0) - x y + log1p(exp(-|x|)) with max(x, 0) = x for x > 0.
void no_slope_at_zero(const LossRow& row, DType, RowTruth& truth) {
  if (row.x[0] == 0.0 && std::isfinite(row.y)) truth.grad[0] = number(-row.y);
}

void without_factor_two(const LossRow&, DType, RowTruth& truth) { truth.grad[0].sum.denominator = 2; }

// Every maximum is taken for the only one.
void ties_split(const LossRow& row, DType, RowTruth& truth) {
  const double m = std::ranges::max(row.x);
  const auto first = std::ranges::find(row.x, m) - row.x.begin();
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const bool other_maximum = row.x[j] == m && static_cast<std::ptrdiff_t>(j) != first;
    if (other_maximum && truth.grad[j].kind == Number::Kind::finite) truth.grad[j] = finite({});
  }
}

Steps first_upstream_for_all(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.upstream = [read = steps.upstream](const properties::Call& call, std::int64_t) { return read(call, 0); };
  return steps;
}

Steps clipped(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.scale = [right = steps.scale](const Number& derivative, double g, std::int64_t divisor, DType dtype) {
    const double v = right(derivative, g, divisor, dtype);
    return std::isnan(v) ? v : std::clamp(v, -1.0, 1.0);
  };
  return steps;
}

Steps undivided(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.scale = [right = steps.scale](const Number& derivative, double g, std::int64_t, DType dtype) {
    return right(derivative, g, 1, dtype);
  };
  return steps;
}

// 0 * NaN and 0 * inf, as floating point has them.
Steps zero_times_nan(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.scale = [right = steps.scale](const Number& derivative, double g, std::int64_t divisor, DType dtype) {
    const bool extended = derivative.kind == Number::Kind::nan_limit || derivative.kind == Number::Kind::infinite;
    return g == 0.0 && extended ? std::nan("") : right(derivative, g, divisor, dtype);
  };
  return steps;
}

// The derivative is rounded before it is multiplied and divided.
Steps rounded_thrice(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.scale = [right = steps.scale](const Number& derivative, double g, std::int64_t divisor, DType dtype) {
    if (derivative.kind != Number::Kind::finite || !std::isfinite(g)) return right(derivative, g, divisor, dtype);
    const double d = round(to_odd(derivative.sum, 1.0, 1), dtype);
    const double scaled = properties::to_dtype(dtype, g * d);
    return properties::to_dtype(dtype, scaled / static_cast<double>(divisor));
  };
  return steps;
}

}  // namespace

std::vector<Mutant> gradient_mutants() {
  return {{"one_subtracted_after_rounding", ce, "gradient_rows_sum_to_zero", with_gradient(ce, subtract_one_late)},
          {"only_first_maximum_counts", ce, "class_permutation", with_gradient(ce, ties_split)},
          {"sign_of_gradient_at_zero", bce, "bce_symmetry", with_gradient(bce, no_slope_at_zero)},
          {"factor_two_missing", mse, "accuracy", with_gradient(mse, without_factor_two)},
          {"first_grad_output_for_all", ce, "batch_permutation", first_upstream_for_all(ce)},
          {"gradient_clipped_at_one", mse, "gradient_is_linear_in_grad_output", clipped(mse)},
          {"gradient_not_divided", bce, "reductions_agree", undivided(bce)},
          {"zero_grad_output_times_nan", mse, "accuracy", zero_times_nan(mse)},
          {"gradient_rounded_thrice", ce, "accuracy", rounded_thrice(ce)}};
}

}  // namespace mutants
