#include <cmath>

#include "mutants/mutants.h"
#include "properties/floats.h"

namespace mutants {

using oracles::DType;
using oracles::Reduction;

namespace {

template <class Divisor>
Steps with_divisor(const std::string& loss, Divisor divisor) {
  Steps steps = right_steps(loss);
  steps.divisor = [divisor](const Group& group) {
    return group.reduction == Reduction::mean ? divisor(group) : right_divisor(group);
  };
  return steps;
}

template <class Reduce>
Steps with_reduce(const std::string& loss, Reduce reduce) {
  Steps steps = right_steps(loss);
  steps.reduce = [reduce, right = steps.reduce](const std::vector<Number>& losses, std::int64_t divisor, DType dtype) {
    return losses.size() < 2 ? right(losses, divisor, dtype) : reduce(losses, divisor, dtype, right);
  };
  return steps;
}

// Row after row in the dtype of the results.
double sequential_sum(const std::vector<Number>& losses, std::int64_t divisor, DType dtype, const auto& right) {
  double sum = 0.0;
  for (const Number& loss : losses) sum = properties::to_dtype(dtype, sum + right({loss}, 1, dtype));
  return properties::to_dtype(dtype, sum / static_cast<double>(divisor));
}

double sum_of_doubles(const std::vector<Number>& losses, std::int64_t divisor, DType dtype, const auto& right) {
  double sum = 0.0;
  for (const Number& loss : losses) sum += right({loss}, 1, DType::f64);
  return properties::to_dtype(dtype, sum / static_cast<double>(divisor));
}

double first_four(const std::vector<Number>& losses, std::int64_t divisor, DType dtype, const auto& right) {
  const std::size_t used = losses.size() / 4 * 4 == 0 ? losses.size() : losses.size() / 4 * 4;
  return right({losses.begin(), losses.begin() + static_cast<std::ptrdiff_t>(used)}, divisor, dtype);
}

double zero_for_empty(const std::vector<Number>& losses, std::int64_t divisor, DType dtype) {
  return divisor == 0 ? 0.0 : right_reduce(losses, divisor, dtype, round);
}

Steps empty_mean_is_zero(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.reduce = zero_for_empty;
  return steps;
}

// The loss of an ignored row is multiplied by 0 rather than left out.
Steps ignored_times_zero() {
  Steps steps = right_steps(ce);
  steps.ignored = [](const LossRow& row) {
    const Number loss = cross_entropy(row).value;
    return loss.kind == Number::Kind::finite ? finite({}) : number(std::nan(""));
  };
  return steps;
}

}  // namespace

std::vector<Mutant> reduction_mutants() {
  const auto sequential = [](const auto&... arguments) { return sequential_sum(arguments...); };
  const auto doubles = [](const auto&... arguments) { return sum_of_doubles(arguments...); };
  const auto four = [](const auto&... arguments) { return first_four(arguments...); };
  const auto all_rows = [](const Group& group) { return group.rows; };
  const auto elements = [](const Group& group) { return group.used * group.classes; };
  const auto one_less = [](const Group& group) { return group.used > 1 ? group.used - 1 : group.used; };
  return {{"ignored_rows_counted_in_mean", ce, "ignored_rows_equal_deleted_rows", with_divisor(ce, all_rows)},
          {"mean_over_elements_of_logits", ce, "reductions_agree", with_divisor(ce, elements)},
          {"mean_divided_by_one_less", mse, "reductions_agree", with_divisor(mse, one_less)},
          {"sequential_sum", ce, "batch_permutation", with_reduce(ce, sequential)},
          {"sequential_sum", bce, "accuracy", with_reduce(bce, sequential)},
          {"sum_of_doubles", mse, "accuracy", with_reduce(mse, doubles), {DType::f64}},
          {"sum_without_tail", bce, "sum_of_parts", with_reduce(bce, four)},
          {"empty_mean_is_zero", bce, "accuracy", empty_mean_is_zero(bce)},
          {"ignored_rows_times_zero", ce, "ignored_rows_equal_deleted_rows", ignored_times_zero()}};
}

}  // namespace mutants
