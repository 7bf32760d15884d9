#include <array>
#include <cmath>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Output;
using oracles::Reduction;

namespace {

// One row: its mean, sum and mean over dimensions it does not have are the row's own loss.
void expect_same_alone(Comparisons& compare, const Trial& trial, const Case& row, const Outputs& alone) {
  for (const Reduction reduction : {Reduction::per_sample, Reduction::mean, Reduction::sum, Reduction::batchmean}) {
    compare.expect_all(trial.run(with_reduction(trial.loss, row, reduction)), alone);
  }
}

// Four equal rows: their mean is the row's loss, and its gradient for a grad_output of 4 g is the row's for g.
void expect_same_repeated(Comparisons& compare, const Trial& trial, const Case& row, const Outputs& alone) {
  const std::array<std::int64_t, 4> four_times{0, 0, 0, 0};
  Case mean = with_reduction(trial.loss, take_batch(trial.loss, row, four_times), Reduction::mean);
  const double g = 4.0 * row.problem.grad_output.reals[0];
  const bool exact = !(std::fabs(row.problem.grad_output.reals[0]) > format(row.problem.grad_output.dtype).max / 4.0);
  mean.problem.grad_output.reals[0] = exact ? g : 4.0;
  const Outputs repeated = trial.run(mean);
  compare.value.expect_all(repeated.value, alone.value);
  if (!exact) return;
  for (const Output gradient : compare.outputs.subspan(1)) {
    const std::vector<double>& got = repeated.of(gradient);
    const std::vector<double>& expected = alone.of(gradient);
    for (std::size_t i = 0; i < got.size(); ++i) {
      compare.of(gradient).expect(static_cast<std::int64_t>(i), got[i], expected[i % expected.size()]);
    }
  }
}

}  // namespace

Property reductions_agree() {
  return make_property("reductions_agree", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::int64_t rows = row_count(trial.loss, trial.c);
    for (const std::int64_t row : {std::int64_t{0}, rows / 2, rows - 1}) {
      if (rows == 0 || is_ignored(trial.loss, trial.c, row)) continue;
      Case one = as_rows(trial.loss, trial.c, std::array{row});
      if (trial.loss.weight_in_mean) one.problem.attributes.weight.reset();  // which the mean would divide by
      const Outputs alone = trial.run(one);
      expect_same_alone(compare, trial, one, alone);
      expect_same_repeated(compare, trial, one, alone);
    }
    return compare.findings();
  });
}

// Rounding commutes with a scaling by 2^4 where both numbers are normal: from twice the smallest normal number on
// (below it the spacing is that of the subnormals).
Property gradient_is_linear_in_grad_output() {
  return make_property("gradient_is_linear_in_grad_output", [](const Trial& trial) {
    Comparisons compare(trial);
    const Format& f = trial.format(Output::grad);
    Case c = trial.c;
    const double max = format(c.problem.grad_output.dtype).max;
    for (double& g : c.problem.grad_output.reals) {
      if (std::isfinite(g) && std::fabs(g) > max / 16.0) g = 1.0;
    }
    Case scaled = c;
    for (double& g : scaled.problem.grad_output.reals) g *= 16.0;
    const Outputs before_all = trial.run(c, Ask::gradients);
    const Outputs after_all = trial.run(scaled, Ask::gradients);
    std::vector<Finding> findings;
    for (const Output gradient : compare.outputs.subspan(1)) {
      const std::vector<double>& before = before_all.of(gradient);
      const std::vector<double>& after = after_all.of(gradient);
      Comparison& comparison = compare.of(gradient);
      for (std::size_t i = 0; i < before.size(); ++i) {
        const bool underflows = std::fabs(before[i]) < 2.0 * f.min_normal;
        const bool overflows = std::isfinite(before[i]) && std::fabs(before[i]) > f.max / 32.0;
        if (!underflows && !overflows) comparison.expect(static_cast<std::int64_t>(i), after[i], 16.0 * before[i]);
      }
      findings.push_back(comparison.finding());
    }
    return findings;
  });
}

}  // namespace properties
