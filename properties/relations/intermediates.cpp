// Results by way of a rounded intermediate result: the true one lies between neighbours of that, and as rounding is
// monotone, what is made of these neighbours encloses what is made of the true one.
#include <algorithm>
#include <cmath>
#include <limits>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Definition;
using oracles::DType;
using oracles::Output;
using oracles::Tensor;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Numbers of a dtype that true results lie between.
struct Ends {
  Tensor low;
  Tensor high;
};

/// Those of a function of the case's first input, with results of this dtype.
Ends ends_of(const Trial& trial, const std::string& function, const Case& c, DType dtype) {
  const Definition& loss = offered(trial, function);
  Case one{loss.name, {}, c.layout, c.origin};
  one.problem.inputs = {c.problem.inputs[0]};
  one.problem.attributes.reduction = oracles::Reduction::none;
  one.problem.grad_output = c.problem.inputs[0];
  one = with_result_dtypes(one, dtype, dtype);
  const std::vector<double> results = run(trial.subject, loss, one, Ask::value).value;
  const double bound = trial.subject.promise_ulp(loss, dtype).value_or(0.5);
  // Below a power of two numbers lie half as far apart as above.
  const int steps = bound == 0.5 ? 1 : 2 * static_cast<int>(std::ceil(bound));
  Ends ends{{dtype, one.problem.inputs[0].shape, results, {}}, {dtype, one.problem.inputs[0].shape, results, {}}};
  for (double& v : ends.low.reals) v = step(dtype, v, -steps);
  for (double& v : ends.high.reals) v = step(dtype, v, steps);
  return ends;
}

/// The values of another loss with the case's inputs but for this first one.
std::vector<double> values_at(const Trial& trial, const std::string& loss, const Case& c, const Tensor& first) {
  Case other = c;
  other.loss = loss;
  other.problem.inputs[0] = first;
  return run(trial.subject, offered(trial, loss), other, Ask::value).value;
}

/// e^v, or a number on the side of `toward`: the C library's is within an ulp.
double exp_beside(double v, double toward) { return std::nextafter(std::nextafter(std::exp(v), toward), toward); }

}  // namespace

// For positive weights: a class's loss falls as its logarithm rises, and so do sums and means of them. (A weight of 0
// leaves nothing of a cross entropy without limit, but the NaN that is its logarithm.)
Property equals_nll_of_log_softmax() {
  return make_property("equals_nll_of_log_softmax", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_class_indices(trial.c);
    c.problem.attributes.parameters.label_smoothing = 0;
    if (auto& weight = c.problem.attributes.weight) {
      for (double& w : weight->reals) w = w == 0 ? 1 : std::fabs(w);
    }
    const std::vector<double> entropy = trial.run(c, Ask::value).value;
    const Ends logarithms = ends_of(trial, "log_softmax", c, c.dtype());
    const std::vector<double> least = values_at(trial, "nll_loss", c, logarithms.high);
    const std::vector<double> most = values_at(trial, "nll_loss", c, logarithms.low);
    for (std::size_t i = 0; i < entropy.size(); ++i)
      compare.value.expect_between(static_cast<std::int64_t>(i), entropy[i], least[i], most[i]);
    return std::vector<Finding>{compare.value.finding()};
  });
}

Property equals_exp_of_log_softmax() {
  return make_property("equals_exp_of_log_softmax", [](const Trial& trial) {
    Comparisons compare(trial);
    const DType dtype = trial.c.problem.dtype(Output::value);
    const std::vector<double> value = trial.run(trial.c, Ask::value).value;
    const Ends logarithms = ends_of(trial, "log_softmax", trial.c, dtype);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const double least = to_dtype(dtype, exp_beside(logarithms.low.reals[i], -infinity));
      const double most = to_dtype(dtype, exp_beside(logarithms.high.reals[i], infinity));
      compare.value.expect_between(static_cast<std::int64_t>(i), value[i], least, most);
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

// For targets of 0 and 1, between which the loss of a probability is monotone. A logarithm that is clamped at -100 says
// nothing of how much larger the loss is.
Property equals_bce_of_sigmoid() {
  return make_property("equals_bce_of_sigmoid", [](const Trial& trial) {
    Comparisons compare(trial);
    Case c = with_reduction(trial.loss, trial.c, oracles::Reduction::none);
    c.problem.attributes.weight.reset(), c.problem.attributes.pos_weight.reset();
    for (double& y : c.problem.inputs[1].reals) y = y > 0.5 ? 1.0 : 0.0;
    const std::vector<double> value = trial.run(c, Ask::value).value;
    Ends probability = ends_of(trial, "sigmoid", c, c.dtype());
    for (double& p : probability.low.reals) p = p < 0 ? 0 : p;
    for (double& p : probability.high.reals) p = p > 1 ? 1 : p;
    const std::vector<double> at_low = values_at(trial, "binary_cross_entropy", c, probability.low);
    const std::vector<double> at_high = values_at(trial, "binary_cross_entropy", c, probability.high);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto [least, most] = std::minmax(at_low[i], at_high[i]);
      compare.value.expect_between(static_cast<std::int64_t>(i), value[i], least, most >= 100 ? infinity : most);
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

}  // namespace properties
