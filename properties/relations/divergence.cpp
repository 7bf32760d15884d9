#include <cmath>

#include "oracles/real.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Bin100;
using oracles::DType;
using oracles::Output;

namespace {

/// Bin100 has 332 bits: what it makes of a sum's terms is within this much of them.
const Bin100 rounding_of_terms = ldexp(Bin100(1), -300);

/// A result's distance from the true one, at most.
Bin100 error(const Trial& trial, const oracles::Definition& loss, DType dtype, double v) {
  return Bin100(trial.subject.promise_ulp(loss, dtype).value_or(0.5)) * spacing(dtype, v);
}

/// kl_div under `none` of these log-probabilities and the case's masses.
std::vector<double> divergences(const Trial& trial, const oracles::Definition& kl_div, Case c,
                                std::vector<double> logs) {
  c.loss = kl_div.name;
  c.problem.attributes = {.reduction = oracles::Reduction::none};
  c.problem.inputs[0].reals = std::move(logs);
  c.problem.grad_output.shape = c.problem.inputs[0].shape;
  c.problem.grad_output.reals.assign(c.problem.inputs[0].reals.size(), 1.0);
  return run(trial.subject, kl_div, c, Ask::value).value;
}

}  // namespace

// log q = log p leaves e^y (y - x) = 0, and derivatives -e^y and e^y (y - x + 1) = e^y; at infinity accuracy judges.
Property equal_logarithms_do_not_diverge() {
  return make_property("equal_logarithms_do_not_diverge", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = as_rows(trial.loss, trial.c);
    c.problem.attributes.parameters.log_target = true;
    for (double& y : c.problem.inputs[1].reals) y = std::isfinite(y) ? y : -1.0;
    c.problem.inputs[0].reals = c.problem.inputs[1].reals;
    const Outputs got = trial.run(c);
    compare.value.expect_all(got.value, std::vector<double>(got.value.size(), 0.0));
    for (std::size_t i = 0; i < got.grad_target.size(); ++i) {
      compare.grad_target.expect_negated(static_cast<std::int64_t>(i), got.grad_target[i], got.grad[i]);
    }
    return std::vector<Finding>{compare.value.finding(), compare.grad_target.finding()};
  });
}

// Gibbs' inequality, without sums of 1: sum a_j log(a_j / b_j) >= A log(A / B) for a_j >= 0, b_j > 0 with sums A and B
// (Cover and Thomas, Elements of Information Theory, theorem 2.7.1), which is 0 for distributions.
Property divergence_is_at_least_that_of_the_sums() {
  return make_property("divergence_is_at_least_that_of_the_sums", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_reduction(trial.loss, trial.c, oracles::Reduction::sum);
    const double most = trial.format(Output::value).log_max / 2;  // no exponential, nor a product of two, overflows
    const bool has_logarithms = c.problem.attributes.parameters.log_target;
    std::vector<double>& x = c.problem.inputs[0].reals;
    std::vector<double>& y = c.problem.inputs[1].reals;
    Bin100 a = 0, b = 0, terms = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!(std::fabs(x[i]) < most)) x[i] = -1;
      if (!(std::fabs(y[i]) < most)) y[i] = 0;
      if (!has_logarithms) y[i] = std::fabs(y[i]);
      const Bin100 mass = has_logarithms ? exp(Bin100(y[i])) : Bin100(y[i]);
      a += mass;
      b += exp(Bin100(x[i]));
      terms += mass == 0 ? Bin100(0) : Bin100(mass * (abs(log(mass)) + std::fabs(x[i])));
    }
    if (a == 0) throw PreconditionUnmet("no mass");
    const double got = trial.run(c, Ask::value).value.at(0);
    if (!std::isfinite(got)) throw PreconditionUnmet("a sum that is not finite");
    const Bin100 least = a * log(a / b);
    const Bin100 slack =
        error(trial, trial.loss, c.problem.dtype(Output::value), got) + (terms + abs(least)) * rounding_of_terms;
    compare.value.expect_true(0, got >= least - slack, "got " + hex(got) + ", expected at least " + least.str(20));
    return std::vector<Finding>{compare.value.finding()};
  });
}

// -sum q log p = -sum q log q + sum q (log q - log p). With l for log p rounded, the last sum is that of q (log q - l)
// and q (l - log p); and that of log q is a divergence from logarithms of 0.
Property cross_entropy_is_entropy_plus_divergence() {
  return make_property("cross_entropy_is_entropy_plus_divergence", [](const Trial& trial) {
    const oracles::Definition& kl_div = offered(trial, "kl_div");
    const oracles::Definition& log_softmax = offered(trial, "log_softmax");
    Comparisons compare(trial);
    Case c = as_rows(trial.loss, trial.c);
    if (!c.problem.has_real_target()) c = with_real_targets(c, 0.25, 0.5);
    c.problem.attributes = {.reduction = oracles::Reduction::none};
    for (double& q : c.problem.inputs[1].reals) q = std::fabs(q);
    Case one{log_softmax.name, {{c.problem.inputs[0]}, c.problem.attributes, c.problem.inputs[0]}, c.layout, c.origin};
    const std::vector<double> entropy = trial.run(c, Ask::value).value;
    const std::vector<double> logs = run(trial.subject, log_softmax, one, Ask::value).value;
    const std::vector<double> to_logs = divergences(trial, kl_div, c, logs);
    const std::vector<double> to_zero = divergences(trial, kl_div, c, std::vector<double>(logs.size(), 0.0));
    const DType dtype = c.problem.dtype(Output::value);
    for (std::int64_t row = 0; row < row_count(trial.loss, c); ++row) {
      const double got = entropy[static_cast<std::size_t>(row)];
      Bin100 sum = got, slack = error(trial, trial.loss, dtype, got);
      bool is_finite = std::isfinite(got);
      for (const std::size_t i : row_elements(trial.loss, c, row)) {
        is_finite = is_finite && std::isfinite(logs[i]) && std::isfinite(to_logs[i]) && std::isfinite(to_zero[i]);
        if (!is_finite) break;
        sum += Bin100(to_zero[i]) - to_logs[i];
        slack += error(trial, kl_div, dtype, to_zero[i]) + error(trial, kl_div, dtype, to_logs[i]) +
                 c.problem.inputs[1].reals[i] * error(trial, log_softmax, c.dtype(), logs[i]);
      }
      if (!is_finite) continue;
      compare.value.expect_true(row, abs(sum) <= slack,
                                "got " + hex(got) + ", " + sum.str(6) + " from entropy and divergence, at most " +
                                    slack.str(6) + " by rounding");
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

}  // namespace properties
