#include "properties/edit.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

// log(1 + e^x) = -log(1 / (1 + e^x)), with one derivative, for a beta of 1.
Property softplus_is_the_mirrored_log_sigmoid() {
  return make_property("softplus_is_the_mirrored_log_sigmoid", [](const Trial& trial) {
    const oracles::Definition& log_sigmoid = offered(trial, "log_sigmoid");
    Comparisons compare(trial);
    Case c = trial.c;
    c.problem.attributes.parameters.beta = 1;
    Case mirrored = c;
    mirrored.loss = log_sigmoid.name;
    for (double& x : mirrored.problem.inputs[0].reals) x = -x;
    const Outputs got = trial.run(c);
    const Outputs other = run(trial.subject, log_sigmoid, mirrored);
    for (std::size_t i = 0; i < got.value.size(); ++i) {
      compare.value.expect_negated(static_cast<std::int64_t>(i), got.value[i], other.value[i]);
    }
    compare.grad.expect_all(got.grad, other.grad);
    return compare.findings();
  });
}

// -log sigmoid(x) is the binary cross entropy of a target of 1.
Property log_sigmoid_is_the_loss_of_target_one() {
  return make_property("log_sigmoid_is_the_loss_of_target_one", [](const Trial& trial) {
    const oracles::Definition& loss = offered(trial, "binary_cross_entropy_with_logits");
    Comparisons compare(trial);
    Case binary = trial.c;
    binary.loss = loss.name;
    binary.problem.inputs.push_back(binary.problem.inputs[0]);
    for (double& y : binary.problem.inputs[1].reals) y = 1.0;
    const Outputs got = trial.run(trial.c);
    const Outputs other = run(trial.subject, loss, binary);
    for (std::size_t i = 0; i < got.value.size(); ++i) {
      compare.value.expect_negated(static_cast<std::int64_t>(i), got.value[i], other.value[i]);
      compare.grad.expect_negated(static_cast<std::int64_t>(i), got.grad[i], other.grad[i]);
    }
    return compare.findings();
  });
}

// And sigmoid(x) > 1/2 only for x > 0, for rounding is monotone. A NaN is accuracy's to judge.
Property sigmoid_lies_between_zero_and_one() {
  return make_property("sigmoid_lies_between_zero_and_one", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::vector<double> value = trial.run(trial.c, Ask::value).value;
    const std::vector<double>& x = trial.c.problem.inputs[0].reals;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const double low = x[i] > 0 ? 0.5 : 0.0;
      const double high = x[i] > 0 ? 1.0 : 0.5;
      compare.value.expect_true(
          static_cast<std::int64_t>(i), !(value[i] < low || value[i] > high),
          "got " + hex(value[i]) + " at " + hex(x[i]) + ", expected " + hex(low) + " to " + hex(high));
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

}  // namespace properties
