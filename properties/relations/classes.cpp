#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "oracles/real.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::DType;
using oracles::Output;
using oracles::Tensor;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A shift that is exact for the whole row, or 0.
double exact_shift(DType dtype, std::span<const double> row) {
  for (const double c : {0x1p+20, -1000.0, 4096.0, -64.0, 1.0, -0x1p-10}) {
    if (std::ranges::all_of(row, [&](double x) { return sum_is_exact(dtype, x, c); })) return c;
  }
  return 0.0;
}

Case finite_upstream(Case c) {
  for (double& g : c.problem.grad_output.reals) {
    if (!std::isfinite(g)) g = 1.0;
  }
  return c;
}

/// The case itself, or, where it ignores no row, the case with every third row ignored and NaN.
Case with_ignored_rows(const Trial& trial) {
  Case c = as_rows(trial.loss, with_class_indices(trial.c));
  const std::int64_t rows = row_count(trial.loss, c);
  if (rows == 0) throw PreconditionUnmet("no row");
  for (std::int64_t row = 0; row < rows; ++row) {
    if (is_ignored(trial.loss, c, row)) return c;
  }
  c.problem.attributes.ignore_index = oracles::Attributes{}.ignore_index;
  for (std::int64_t row = 0; row < rows; row += 3) {
    c.problem.inputs[1].indices[static_cast<std::size_t>(row)] = c.problem.attributes.ignore_index;
    for (const std::size_t i : row_elements(trial.loss, c, row)) {
      c.problem.inputs[0].reals[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  return c;
}

/// [R, C] as [1, C, R], and [R] as [1, R].
Tensor with_rows_last(const Tensor& t) {
  if (t.shape.empty()) return t;
  Tensor result = t;
  const std::int64_t rows = t.shape[0];
  result.shape = {1, rows};
  if (t.shape.size() == 1) return result;
  result.shape.insert(result.shape.begin() + 1, t.shape[1]);
  for (std::size_t i = 0; i < t.reals.size(); ++i) {
    const ClassAxes axes = class_axes(t.shape);
    const auto flat = static_cast<std::int64_t>(i);
    result.reals[static_cast<std::size_t>(flat % axes.classes * rows + flat / axes.classes)] = t.reals[i];
  }
  return result;
}

/// Two cases with the same rows one after the other, wherever their classes lie.
void expect_same_rows(Comparisons& compare, const Trial& trial, const Case& one, const Case& other) {
  const Outputs got = trial.run(one);
  const Outputs expected = trial.run(other);
  const bool maps = trial.loss.maps_rows;
  if (!maps) compare.value.expect_all(got.value, expected.value);
  for (std::int64_t row = 0; row < row_count(trial.loss, one); ++row) {
    const std::vector<std::size_t> places = row_elements(trial.loss, one, row);
    const std::vector<std::size_t> others = row_elements(trial.loss, other, row);
    for (const Output output : compare.outputs.subspan(maps ? 0 : 1))
      compare.of(output).expect_all(gather(got.of(output), places), gather(expected.of(output), others));
  }
}

}  // namespace

// Rows of [N, C, ...] are those of [R, C], and of [1, C, R].
Property class_axis_may_move() {
  return make_property("class_axis_may_move", [](const Trial& trial) {
    using enum oracles::Reduction;
    Comparisons compare(trial);
    const oracles::Reduction drawn = trial.c.problem.attributes.reduction;
    const bool is_of_all_rows = drawn == mean || drawn == sum;
    const oracles::Reduction reduction = is_of_all_rows ? drawn : none;
    const Case c = with_reduction(trial.loss, trial.c, reduction);
    const Case rows = with_reduction(trial.loss, as_rows(trial.loss, c), reduction);
    Case moved = rows;
    for (Tensor& input : moved.problem.inputs) input = with_rows_last(input);
    moved.problem.grad_output = with_rows_last(moved.problem.grad_output);
    auto& weight = moved.problem.attributes.weight;
    if (weight && weight->shape.size() > 1) weight = with_rows_last(*weight);
    expect_same_rows(compare, trial, c, rows);
    expect_same_rows(compare, trial, moved, rows);
    return compare.findings();
  });
}

Property exactly_representable_shift() {
  return make_property("exactly_representable_shift", [](const Trial& trial) {
    Comparisons compare(trial);
    Case base = trial.c;
    Case shifted = trial.c;
    for (std::int64_t row = 0; row < row_count(trial.loss, trial.c); ++row) {
      const std::vector<std::size_t> places = row_elements(trial.loss, trial.c, row);
      std::vector<double> x = gather(trial.c.problem.inputs[0].reals, places);
      double c = exact_shift(trial.c.dtype(), x);
      if (c == 0.0) c = quantize(trial.c.dtype(), x);
      for (std::size_t j = 0; j < x.size(); ++j) {
        base.problem.inputs[0].reals[places[j]] = x[j];
        shifted.problem.inputs[0].reals[places[j]] = x[j] + c;
      }
    }
    compare.expect_all(trial.run(shifted), trial.run(base));
    return compare.findings();
  });
}

Property class_permutation() {
  return make_property("class_permutation", [](const Trial& trial) {
    Comparisons compare(trial);
    const ClassAxes axes = class_axes(trial.c.problem.inputs[0].shape);
    if (axes.classes < 2) throw PreconditionUnmet("a single class");
    std::vector<std::int64_t> order = iota(axes.classes);
    std::ranges::rotate(order, order.begin() + order.size() / 2);
    std::swap(order.front(), order.back());
    const Outputs before = trial.run(trial.c);
    const Outputs after = trial.run(take_classes(trial.c, order));
    const bool maps = trial.loss.maps_rows;
    if (!maps) compare.value.expect_all(after.value, before.value);
    for (std::int64_t row = 0; row < axes.rows(); ++row) {
      for (std::size_t j = 0; j < order.size(); ++j) {
        const std::size_t i = axes.at(row, static_cast<std::int64_t>(j));
        for (const Output gradient : compare.outputs.subspan(maps ? 0 : 1)) {
          compare.of(gradient).expect(static_cast<std::int64_t>(i), after.of(gradient)[i],
                                      before.of(gradient)[axes.at(row, order[j])]);
        }
      }
    }
    return compare.findings();
  });
}

// The true derivatives of a row sum to 0. Each result is within `bound` ulp of its own, in the spacing of the result
// (at a power of two that is the larger of the two), so the results sum to at most the sum of these.
Property gradient_rows_sum_to_zero() {
  return make_property("gradient_rows_sum_to_zero", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::vector<double> grad = trial.run(trial.c, Ask::grad).grad;
    const oracles::Bin100 bound(trial.bound(oracles::Output::grad));
    const DType dtype = trial.c.problem.dtype(oracles::Output::grad);
    for (std::int64_t row = 0; row < row_count(trial.loss, trial.c); ++row) {
      const std::vector<double> entries = gather(grad, row_elements(trial.loss, trial.c, row));
      if (!std::ranges::all_of(entries, [](double v) { return std::isfinite(v); })) continue;
      oracles::Bin100 sum = 0;
      oracles::Bin100 slack = 0;
      for (const double v : entries) {
        sum += v;
        slack += bound * spacing(dtype, v);
      }
      compare.grad.expect_true(row, abs(sum) <= slack,
                               "row sums to " + sum.str(6) + ", at most " + slack.str(6) + " by rounding");
    }
    return std::vector<Finding>{compare.grad.finding()};
  });
}

// For a finite grad_output: an infinite one meets zeros that are limits in one of the two rows and not in the other.
Property minus_inf_is_identity() {
  return make_property("minus_inf_is_identity", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = finite_upstream(trial.c);
    c.problem.attributes.parameters.label_smoothing = 0;  // which gives mass to the new classes
    const Case longer = append_classes(c, 3, -infinity);
    const Outputs before = trial.run(c);
    const Outputs after = trial.run(longer);
    const bool maps = trial.loss.maps_rows;
    if (!maps) compare.value.expect_all(after.value, before.value);
    const ClassAxes old_axes = class_axes(c.problem.inputs[0].shape);
    const ClassAxes axes = class_axes(longer.problem.inputs[0].shape);
    for (std::int64_t row = 0; row < axes.rows(); ++row) {
      const std::vector<double> entries = gather(before.grad, row_elements(trial.loss, c, row));
      const bool all_nan = std::ranges::all_of(entries, [](double v) { return std::isnan(v); });
      for (std::int64_t j = 0; j < axes.classes; ++j) {
        const std::size_t i = axes.at(row, j);
        if (j < old_axes.classes) {
          for (const Output output : compare.outputs.subspan(maps ? 0 : 1))
            compare.of(output).expect(static_cast<std::int64_t>(i), after.of(output)[i],
                                      before.of(output)[old_axes.at(row, j)]);
        } else if (!all_nan || !std::isnan(after.grad[i])) {
          // In a row that has no limit elsewhere, that of an absent class may be 0 all the same.
          compare.grad.expect(static_cast<std::int64_t>(i), after.grad[i], 0.0);
        }
      }
    }
    return compare.findings();
  });
}

Property ignored_rows_equal_deleted_rows() {
  return make_property("ignored_rows_equal_deleted_rows", [](const Trial& trial) {
    Comparisons compare(trial);
    // The batch that `batchmean` divides by would lose rows.
    const oracles::Reduction drawn = trial.c.problem.attributes.reduction;
    const oracles::Reduction reduction = drawn == oracles::Reduction::batchmean ? oracles::Reduction::sum : drawn;
    const Case c = with_reduction(trial.loss, with_ignored_rows(trial), reduction);
    std::vector<std::int64_t> kept = iota(row_count(trial.loss, c));
    std::erase_if(kept, [&](std::int64_t row) { return is_ignored(trial.loss, c, row); });
    const Outputs with = trial.run(c);
    const Outputs without = trial.run(take_batch(trial.loss, c, kept));
    Outputs expected{with.value, std::vector<double>(with.grad.size(), 0.0), {}, {}, ""};
    const bool by_row = c.problem.grad_output.shape.size() == 1;
    if (by_row)
      std::ranges::fill(expected.value, 0.0);
    else
      expected.value = without.value;
    for (std::size_t k = 0; k < kept.size(); ++k) {
      if (by_row) expected.value[static_cast<std::size_t>(kept[k])] = without.value[k];
      const std::vector<std::size_t> to = row_elements(trial.loss, c, kept[k]);
      for (std::size_t j = 0; j < to.size(); ++j) expected.grad[to[j]] = without.grad[k * to.size() + j];
    }
    compare.expect_all(with, expected);
    return compare.findings();
  });
}

}  // namespace properties
