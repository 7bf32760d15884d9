#include <cmath>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::DType;
using oracles::Output;
using oracles::Tensor;

namespace {

/// The mirrored case must give the same values, and the negated gradients.
std::vector<Finding> same_values_negated_gradients(const Trial& trial, const Case& c, const Case& mirrored) {
  Comparisons compare(trial);
  const Outputs before = trial.run(c);
  const Outputs after = trial.run(mirrored);
  compare.value.expect_all(after.value, before.value);
  for (const Output gradient : compare.outputs.subspan(1)) {
    const std::vector<double>& got = after.of(gradient);
    const std::vector<double>& other = before.of(gradient);
    for (std::size_t i = 0; i < got.size(); ++i) {
      compare.of(gradient).expect_negated(static_cast<std::int64_t>(i), got[i], other[i]);
    }
  }
  return compare.findings();
}

Tensor reals(DType dtype, const oracles::Shape& shape) {
  return {dtype, shape, std::vector<double>(static_cast<std::size_t>(oracles::count(shape))), {}};
}

/// The case of logits [0, x] and class y, for hard targets; its results have the dtypes of this one's.
Case two_class_case(const Case& c, const std::string& loss) {
  const auto rows = static_cast<std::int64_t>(c.problem.inputs[0].reals.size());
  Case result = c;
  result.loss = loss;
  Tensor& logits = result.problem.inputs[0];
  logits = reals(c.dtype(), {rows, 2});
  Tensor target{DType::i64, {rows}, {}, {}};
  for (std::size_t i = 0; i < c.problem.inputs[0].reals.size(); ++i) {
    logits.reals[2 * i + 1] = c.problem.inputs[0].reals[i];
    target.indices.push_back(c.problem.inputs[1].reals[i] == 1.0 ? 1 : 0);
  }
  result.problem.inputs[1] = std::move(target);
  return result;
}

// Rounding commutes with a scaling by a power of two between normal numbers; see gradient_is_linear_in_grad_output.
void expect_scaled(Comparison& compare, const Format& f, const std::vector<double>& after,
                   const std::vector<double>& before, double factor) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool underflows = std::fabs(before[i]) < 2.0 * f.min_normal;
    const bool overflows = std::isfinite(before[i]) && std::fabs(before[i]) > f.max / (2.0 * factor);
    if (!underflows && !overflows) compare.expect(static_cast<std::int64_t>(i), after[i], factor * before[i]);
  }
}

}  // namespace

Property bce_symmetry() {
  return make_property("bce_symmetry", [](const Trial& trial) {
    Case c = trial.c;
    c.problem.attributes.pos_weight.reset();
    for (double& y : c.problem.inputs[1].reals) {
      if (!sum_is_exact(c.dtype(), -y, 1.0)) y = y > 0.5 ? 1.0 : 0.0;
    }
    Case mirrored = c;
    for (double& x : mirrored.problem.inputs[0].reals) x = -x;
    for (double& y : mirrored.problem.inputs[1].reals) y = 1.0 - y;
    return same_values_negated_gradients(trial, c, mirrored);
  });
}

// For a finite grad_output: at x = -inf, an infinite one meets a zero that is a limit here and an absent class there.
Property bce_equals_two_class_cross_entropy() {
  return make_property("bce_equals_two_class_cross_entropy", [](const Trial& trial) {
    const oracles::Definition& cross_entropy = offered(trial, "cross_entropy");
    Comparisons compare(trial);
    Case c = as_rows(trial.loss, trial.c);
    c.problem.attributes.weight.reset(), c.problem.attributes.pos_weight.reset();
    for (double& y : c.problem.inputs[1].reals) y = y > 0.5 ? 1.0 : 0.0;
    for (double& g : c.problem.grad_output.reals) g = std::isfinite(g) ? g : 1.0;
    const Outputs binary = trial.run(c);
    const Outputs two_class = run(trial.subject, cross_entropy, two_class_case(c, cross_entropy.name));
    compare.value.expect_all(two_class.value, binary.value);
    for (std::size_t i = 0; i < binary.grad.size(); ++i) {
      compare.grad.expect(static_cast<std::int64_t>(i), two_class.grad[2 * i + 1], binary.grad[i]);
    }
    return compare.findings();
  });
}

Property symmetry_in_inputs() {
  return make_property("symmetry_in_inputs", [](const Trial& trial) {
    Case swapped = trial.c;
    std::swap(swapped.problem.inputs[0].reals, swapped.problem.inputs[1].reals);
    return same_values_negated_gradients(trial, trial.c, swapped);
  });
}

Property mse_scales_by_powers_of_two() {
  return make_property("mse_scales_by_powers_of_two", [](const Trial& trial) {
    Comparisons compare(trial);
    constexpr double factor = 8.0;
    const double max = format(trial.c.dtype()).max;
    Case c = trial.c;
    for (Tensor& input : c.problem.inputs) {
      for (double& v : input.reals) {
        if (std::isfinite(v) && std::fabs(v) > max / factor) v = 1.0;
      }
    }
    Case scaled = c;
    for (Tensor& input : scaled.problem.inputs) {
      for (double& v : input.reals) v *= factor;
    }
    const Outputs before = trial.run(c);
    const Outputs after = trial.run(scaled);
    for (const Output output : compare.outputs) {
      const double by = output == Output::value ? factor * factor : factor;
      expect_scaled(compare.of(output), trial.format(output), after.of(output), before.of(output), by);
    }
    return compare.findings();
  });
}

}  // namespace properties
