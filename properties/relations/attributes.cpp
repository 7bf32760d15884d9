#include <algorithm>
#include <cmath>

#include "properties/edit.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Tensor;

namespace {

/// As many weights of one as the loss has of classes, or of elements.
Tensor ones(const Trial& trial) {
  const oracles::Shape& shape = trial.c.problem.inputs[0].shape;
  const bool has_classes = trial.loss.form == oracles::Form::classes;
  Tensor w{trial.c.dtype(), has_classes ? oracles::Shape{class_axes(shape).classes} : shape, {}, {}};
  w.reals.assign(static_cast<std::size_t>(oracles::count(w.shape)), 1.0);
  return w;
}

}  // namespace

Property weights_of_one_change_nothing() {
  return make_property("weights_of_one_change_nothing", [](const Trial& trial) {
    Comparisons compare(trial);
    Case without = trial.c;
    without.problem.attributes.weight.reset(), without.problem.attributes.pos_weight.reset();
    Case with = without;
    with.problem.attributes.weight = ones(trial);
    if (trial.loss.takes.pos_weight) with.problem.attributes.pos_weight = ones(trial);
    compare.expect_all(trial.run(with), trial.run(without));
    return compare.findings();
  });
}

Property without_focus_equals_bce_with_logits() {
  return make_property("without_focus_equals_bce_with_logits", [](const Trial& trial) {
    const oracles::Definition& loss = offered(trial, "binary_cross_entropy_with_logits");
    Comparisons compare(trial);
    Case c = trial.c;
    c.problem.attributes.parameters.alpha = -1;
    c.problem.attributes.parameters.gamma = 0;
    Case binary = c;
    binary.loss = loss.name;
    binary.problem.attributes.parameters = {};
    compare.expect_all(trial.run(c), run(trial.subject, loss, binary));
    return compare.findings();
  });
}

// Row by row; a NaN spoils a whole row of one, and one element of the other.
Property equals_the_mean_of_bce_with_logits() {
  return make_property("equals_the_mean_of_bce_with_logits", [](const Trial& trial) {
    const oracles::Definition& loss = offered(trial, "binary_cross_entropy_with_logits");
    Comparisons compare(trial);
    Case c = as_rows(trial.loss, trial.c);
    // Of weighted sums of what is far out, next to nothing, the sign is not always told: the README says so.
    const bool has_weight = c.problem.attributes.weight.has_value();
    const auto has_no_part = [&](double v) { return std::isnan(v) || (has_weight && std::fabs(v) > 0x1p38); };
    for (Tensor& input : c.problem.inputs) std::ranges::replace_if(input.reals, has_no_part, 1.0);
    Case binary = c;
    binary.loss = loss.name;
    binary.problem.attributes.reduction = oracles::Reduction::per_sample;
    compare.expect_all(trial.run(c), run(trial.subject, loss, binary));
    return compare.findings();
  });
}

}  // namespace properties
