#include <cmath>

#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

namespace {

// For weights that are not negative. A NaN is accuracy's to judge.
std::vector<Finding> values_are_nonnegative(const Trial& trial, Case c) {
  Comparisons compare(trial);
  for (auto* weight : {&c.problem.attributes.weight, &c.problem.attributes.pos_weight}) {
    if (!*weight) continue;
    for (double& w : (*weight)->reals) w = std::fabs(w);
  }
  const std::vector<double> value = trial.run(c, Ask::value).value;
  for (std::size_t i = 0; i < value.size(); ++i) {
    compare.value.expect_true(static_cast<std::int64_t>(i), std::isnan(value[i]) || !std::signbit(value[i]),
                              "got " + hex(value[i]) + ", expected no negative number");
  }
  return {compare.value.finding()};
}

}  // namespace

Property loss_is_nonnegative() {
  return make_property("loss_is_nonnegative",
                       [](const Trial& trial) { return values_are_nonnegative(trial, trial.c); });
}

Property loss_is_nonnegative_for_targets_in_unit_interval() {
  return make_property("loss_is_nonnegative_for_targets_in_unit_interval", [](const Trial& trial) {
    Case c = trial.c;
    for (double& y : c.problem.inputs[1].reals) {
      if (y < 0.0 || y > 1.0) y = y > 0.5 ? 1.0 : 0.0;
    }
    return values_are_nonnegative(trial, c);
  });
}

std::vector<Property> relations_of_functions() {
  return {inputs_unchanged_and_outputs_written(),
          layout_independence(),
          fused_equals_apart(),
          batch_permutation(),
          batch_splitting(),
          nan_stays_in_its_row(),
          gradient_is_linear_in_grad_output()};
}

std::vector<Property> common_relations() {
  std::vector<Property> all = relations_of_functions();
  all.insert(all.end(), {sum_of_parts(), reductions_agree()});
  return all;
}

}  // namespace properties
