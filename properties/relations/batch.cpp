#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/real.h"
#include "oracles/rows.h"
#include "properties/draws.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Output;
using oracles::Reduction;

namespace {

std::int64_t batch(const Case& c) { return c.problem.inputs[0].shape[0]; }

/// The drawn case if its batch has at least two entries, else its rows as a batch.
Case with_batch_of_two(const Trial& trial) {
  if (has_batch(trial.loss, trial.c) && batch(trial.c) >= 2) return trial.c;
  const Case rows = as_rows(trial.loss, trial.c);
  if (batch(rows) < 2) throw PreconditionUnmet("fewer than two rows");
  return rows;
}

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Halves {
  Case first;
  Case second;
};

Halves halves(const oracles::Definition& loss, const Case& c) {
  const std::vector<std::int64_t> all = iota(batch(c));
  const std::span<const std::int64_t> which(all);
  const std::size_t middle = all.size() / 2;
  return {take_batch(loss, c, which.first(middle)), take_batch(loss, c, which.subspan(middle))};
}

std::vector<std::int64_t> shuffled(std::int64_t count) {
  std::vector<std::int64_t> order = iota(count);
  Draws draws(static_cast<std::uint64_t>(count));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);
  return order;
}

bool uses_nan(const oracles::Definition& loss, const Case& c, std::int64_t row) {
  if (is_ignored(loss, c, row)) return false;
  const oracles::Row<double> used = oracles::Rows(loss, c.problem).row(row);
  const auto has_nan = [](const std::vector<double>& numbers) {
    return std::ranges::any_of(numbers, [](double v) { return std::isnan(v); });
  };
  return has_nan(used.x) || has_nan(used.y);
}

// Every row but `row` as before; that one NaN throughout, if it uses one.
void expect_nan_in_row(Comparisons& compare, const Trial& trial, const Case& rows, std::int64_t row,
                       const Outputs& before, const Outputs& after) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Outputs expected = before;
  if (uses_nan(trial.loss, rows, row)) {
    for (const std::size_t i : value_elements(trial.loss, rows, row)) expected.value[i] = nan;
    for (const std::size_t i : row_elements(trial.loss, rows, row)) {
      expected.grad[i] = nan;
      if (!expected.grad_target.empty()) expected.grad_target[i] = nan;
    }
  }
  compare.expect_all(after, expected);
}

}  // namespace

Property batch_permutation() {
  return make_property("batch_permutation", [](const Trial& trial) {
    Comparisons compare(trial);
    const Case c = with_batch_of_two(trial);
    const std::vector<std::int64_t> order = shuffled(batch(c));
    const Outputs before = trial.run(c);
    const Outputs after = trial.run(take_batch(trial.loss, c, order));
    const Reduction reduction = c.problem.attributes.reduction;
    const bool by_entry = reduction == Reduction::none || reduction == Reduction::per_sample;
    compare.value.expect_all(after.value, by_entry
                                              ? gather(before.value, batch_elements(c.problem.grad_output.shape, order))
                                              : before.value);
    const std::vector<std::size_t> moved = batch_elements(c.problem.inputs[0].shape, order);
    for (const Output gradient : compare.outputs.subspan(1)) {
      compare.of(gradient).expect_all(after.of(gradient), gather(before.of(gradient), moved));
    }
    return compare.findings();
  });
}

Property batch_splitting() {
  return make_property("batch_splitting", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_batch_of_two(trial);
    const Reduction drawn = c.problem.attributes.reduction;
    if (drawn != Reduction::per_sample) c = with_reduction(trial.loss, c, Reduction::none);
    const Outputs whole = trial.run(c);
    const auto [first, second] = halves(trial.loss, c);
    const Outputs a = trial.run(first);
    const Outputs b = trial.run(second);
    for (const Output output : compare.outputs) {
      compare.of(output).expect_all(joined(a.of(output), b.of(output)), whole.of(output));
    }
    return compare.findings();
  });
}

// Each of the three sums is within `bound` ulp of its true sum, and the true sums add up.
Property sum_of_parts() {
  return make_property("sum_of_parts", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_reduction(trial.loss, with_batch_of_two(trial), Reduction::sum);
    for (oracles::Tensor& input : c.problem.inputs)
      for (double& v : input.reals) v = std::isfinite(v) ? v : 0.5;
    const auto [first, second] = halves(trial.loss, c);
    const double whole = trial.run(c, Ask::value).value.at(0);
    const double a = trial.run(first, Ask::value).value.at(0);
    const double b = trial.run(second, Ask::value).value.at(0);
    if (!std::isfinite(whole) || !std::isfinite(a) || !std::isfinite(b)) throw PreconditionUnmet("a sum is not finite");
    oracles::Bin100 slack = 0;
    const oracles::Bin100 bound(trial.bound(oracles::Output::value));
    for (const double sum : {whole, a, b}) slack += bound * spacing(c.problem.dtype(oracles::Output::value), sum);
    const oracles::Bin100 difference = oracles::Bin100(whole) - a - b;
    compare.value.expect_true(0, abs(difference) <= slack,
                              "sum " + hex(whole) + ", of the halves " + hex(a) + " and " + hex(b));
    return std::vector<Finding>{compare.value.finding()};
  });
}

Property nan_stays_in_its_row() {
  return make_property("nan_stays_in_its_row", [](const Trial& trial) {
    Comparisons compare(trial);
    const Case rows = as_rows(trial.loss, trial.c);
    if (batch(rows) == 0) throw PreconditionUnmet("no row");
    const Outputs before = trial.run(rows);
    Draws draws(static_cast<std::uint64_t>(batch(rows)));
    for (std::size_t input = 0; input < trial.loss.arguments.size(); ++input) {
      if (!oracles::is_real(rows.problem.inputs[input].dtype)) continue;
      const auto row = static_cast<std::int64_t>(draws.below(static_cast<std::size_t>(batch(rows))));
      const std::vector<std::size_t> places = row_elements(trial.loss, rows, row);
      for (const std::size_t place : {places.front(), places[draws.below(places.size())], places.back()}) {
        Case with_nan = rows;
        with_nan.problem.inputs[input].reals[place] = std::numeric_limits<double>::quiet_NaN();
        expect_nan_in_row(compare, trial, with_nan, row, before, trial.run(with_nan));
      }
    }
    return compare.findings();
  });
}

}  // namespace properties
