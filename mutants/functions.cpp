#include <algorithm>
#include <cmath>

#include "mutants/mutants.h"

namespace mutants {

using oracles::DType;

namespace {

/// The right row, but for its value where x is finite: `formula` in f64 for inputs of f64, in f32 for others.
template <class Formula>
Steps with_value(const std::string& loss, Formula formula) {
  Steps steps = right_steps(loss);
  steps.row = [formula, right = steps.row](const LossRow& row, DType dtype) {
    RowTruth truth = right(row, dtype);
    if (!std::isfinite(row.x[0])) return truth;
    truth.value = number(dtype == DType::f64 ? formula(row.x[0], row.beta)
                                             : formula(static_cast<float>(row.x[0]), static_cast<float>(row.beta)));
    return truth;
  };
  return steps;
}

/// e^-x overflows and is lost beside 1.
constexpr auto textbook_sigmoid = []<class T>(T x, T) { return 1 / (1 + std::exp(-x)); };
constexpr auto sigmoid_flushed_to_zero = []<class T>(T x, T) { return x < T(-88.73) ? T(0) : 1 / (1 + std::exp(-x)); };
/// As rational approximations of tanh do that are not clamped.
constexpr auto sigmoid_by_a_large_tanh = []<class T>(T x, T) {
  return (1 + T(1.0000002) * std::tanh(x / 2)) / 2 + (x > 0 ? T(0.01) : T(-0.01));
};
constexpr auto log_of_sigmoid = []<class T>(T x, T) { return std::log(1 / (1 + std::exp(-x))); };
constexpr auto log_sigmoid_without_log1p = []<class T>(T x, T) {
  return std::min(x, T(0)) - std::log(1 + std::exp(-std::fabs(x)));
};
constexpr auto softplus_with_a_threshold = []<class T>(T x, T beta) {
  return beta * x > 20 ? x : std::log1p(std::exp(beta * x)) / beta;
};

/// beta is taken for 1.
Steps without_beta() {
  Steps steps = right_steps(soft);
  steps.row = [right = steps.row](LossRow row, DType dtype) {
    row.beta = 1;
    return right(row, dtype);
  };
  return steps;
}

/// The derivative from the rounded sigmoid s, s (1 - s), in which 1 - s is 0 where s rounds to 1.
Steps derivative_from_a_rounded_sigmoid() {
  Steps steps = right_steps(sig);
  steps.row = [right = steps.row](const LossRow& row, DType dtype) {
    RowTruth truth = right(row, dtype);
    if (!std::isfinite(row.x[0])) return truth;
    const float s = 1 / (1 + std::exp(static_cast<float>(-row.x[0])));
    truth.grad[0] = number(s * (1 - s));
    return truth;
  };
  return steps;
}

}  // namespace

std::vector<Mutant> function_mutants() {
  const std::string accuracy = "accuracy";
  const std::vector<properties::DTypes> beyond_16_bits{DType::f32, DType::f64};
  return {{"textbook", sig, accuracy, with_value(sig, textbook_sigmoid), beyond_16_bits},
          {"flushed_to_zero", sig, accuracy, with_value(sig, sigmoid_flushed_to_zero), beyond_16_bits},
          {"tanh_too_large", sig, "sigmoid_lies_between_zero_and_one", with_value(sig, sigmoid_by_a_large_tanh)},
          {"derivative_from_a_rounded_value", sig, accuracy, derivative_from_a_rounded_sigmoid()},
          {"log_of_sigmoid", logsig, accuracy, with_value(logsig, log_of_sigmoid)},
          {"log_instead_of_log1p", logsig, "log_sigmoid_is_the_loss_of_target_one",
           with_value(logsig, log_sigmoid_without_log1p)},
          {"threshold_of_20", soft, "softplus_is_the_mirrored_log_sigmoid", with_value(soft, softplus_with_a_threshold),
           beyond_16_bits},
          {"beta_ignored", soft, accuracy, without_beta()}};
}

}  // namespace mutants
