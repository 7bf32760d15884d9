#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "oracles/real.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Bin100;
using oracles::Output;

namespace {

bool all_finite(std::span<const double> numbers) {
  return std::ranges::all_of(numbers, [](double v) { return std::isfinite(v); });
}

/// A grad_output of 1 for each row.
oracles::Tensor ones(const oracles::Shape& shape, oracles::DType dtype) {
  oracles::Tensor tensor{dtype, shape, {}, {}};
  tensor.reals.assign(static_cast<std::size_t>(oracles::count(shape)), 1.0);
  return tensor;
}

/// The rows of the case with class indices that are not ignored, under none or the sum: a weighted mean divides by
/// other numbers than one over real targets.
Case used_rows(const Trial& trial) {
  const Case c = with_class_indices(trial.c);
  std::vector<std::int64_t> used = iota(row_count(trial.loss, c));
  std::erase_if(used, [&](std::int64_t row) { return is_ignored(trial.loss, c, row); });
  if (used.empty()) throw PreconditionUnmet("no row that is not ignored");
  using enum oracles::Reduction;
  return with_reduction(trial.loss, as_rows(trial.loss, c, used), c.problem.attributes.reduction == sum ? sum : none);
}

std::vector<Finding> expect_same_value_and_gradient(const Trial& trial, const Case& one, const Case& other) {
  Comparisons compare(trial);
  const Outputs a = trial.run(one);
  const Outputs b = trial.run(other);
  compare.value.expect_all(a.value, b.value);
  compare.grad.expect_all(a.grad, b.grad);
  return {compare.value.finding(), compare.grad.finding()};
}

}  // namespace

// The true values of a row sum to 1, and each result is within `bound` ulp of its own.
Property softmax_sums_to_one() {
  return make_property("softmax_sums_to_one", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::vector<double> value = trial.run(trial.c, Ask::value).value;
    const Bin100 bound(trial.bound(Output::value));
    for (std::int64_t row = 0; row < row_count(trial.loss, trial.c); ++row) {
      const std::vector<double> p = gather(value, row_elements(trial.loss, trial.c, row));
      if (!all_finite(p)) continue;
      Bin100 sum = 0, slack = 0;
      for (const double v : p) {
        sum += v;
        slack += bound * spacing(trial.c.problem.dtype(Output::value), v);
      }
      compare.value.expect_true(row, abs(sum - 1) <= slack,
                                "row sums to " + sum.str(20) + ", at most " + slack.str(6) + " from 1 by rounding");
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

// -log(p_j) is the cross entropy of class j: of all rows, each with the target of one class after the other.
Property log_softmax_is_the_negative_cross_entropy() {
  return make_property("log_softmax_is_the_negative_cross_entropy", [](const Trial& trial) {
    const oracles::Definition& cross_entropy = offered(trial, "cross_entropy");
    Comparisons compare(trial);
    const std::vector<double> value = trial.run(trial.c, Ask::value).value;
    const ClassAxes axes = class_axes(trial.c.problem.inputs[0].shape);
    Case c = trial.c;
    c.loss = cross_entropy.name;
    const oracles::Shape shape = positions(c.problem.inputs[0].shape);
    c.problem.attributes = {.reduction = oracles::Reduction::none};
    c.problem.grad_output = ones(shape, c.problem.dtype(Output::value));
    for (const std::int64_t j : {std::int64_t{0}, axes.classes / 2, axes.classes - 1}) {
      c.problem.inputs.resize(1);
      const std::vector<std::int64_t> targets(static_cast<std::size_t>(axes.rows()), j);
      c.problem.inputs.push_back({oracles::DType::i64, shape, {}, targets});
      const Outputs entropy = properties::run(trial.subject, cross_entropy, c, Ask::value);
      for (std::int64_t row = 0; row < axes.rows(); ++row) {
        const std::size_t i = axes.at(row, j);
        compare.value.expect_negated(static_cast<std::int64_t>(i), value[i],
                                     entropy.value[static_cast<std::size_t>(row)]);
      }
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

Property one_hot_equals_index() {
  return make_property("one_hot_equals_index", [](const Trial& trial) {
    const Case rows = used_rows(trial);
    return expect_same_value_and_gradient(trial, with_real_targets(rows, 0, 1), rows);
  });
}

// Of as many classes as are a power of two up to 64, a half of the mass spread: 1/2 + 1/(2C) is a number of every
// dtype.
Property smoothing_equals_smoothed_target() {
  return make_property("smoothing_equals_smoothed_target", [](const Trial& trial) {
    Case rows = used_rows(trial);
    const auto drawn = static_cast<std::uint64_t>(class_axes(rows.problem.inputs[0].shape).classes);
    const auto classes = static_cast<std::int64_t>(std::min(std::bit_floor(drawn), std::uint64_t{64}));
    rows = take_classes(rows, iota(classes));
    rows.problem.attributes.parameters.label_smoothing = 0;
    Case smoothed = with_real_targets(rows, 0.5 / static_cast<double>(classes), 0.5);
    rows.problem.attributes.parameters.label_smoothing = 0.5;
    return expect_same_value_and_gradient(trial, smoothed, rows);
  });
}

// A mean over weighted rows is that with all weights doubled; so is its gradient.
Property equal_scaling_of_weights() {
  return make_property("equal_scaling_of_weights", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_reduction(trial.loss, with_class_indices(trial.c), oracles::Reduction::mean);
    oracles::Tensor& weight = weights_of(c);
    const double most = format(c.dtype()).max / 2;
    for (double& w : weight.reals) w = std::fabs(w) > most ? 1 : w;
    Case doubled = c;
    for (double& w : weights_of(doubled).reals) w *= 2;
    const Outputs got = trial.run(doubled);
    const Outputs expected = trial.run(c);
    compare.value.expect_all(got.value, expected.value);
    compare.grad.expect_all(got.grad, expected.grad);
    return compare.findings();
  });
}

}  // namespace properties
