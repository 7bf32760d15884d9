// What every property is made of: a subject on trial, runs of it, and comparisons that become findings.
#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "properties/arena.h"
#include "properties/floats.h"
#include "properties/property.h"

namespace properties {

/// One subject, one case, and the case's loss.
struct Trial {
  const Subject& subject;
  const oracles::Definition& loss;
  const Case& c;

  Outputs run(const Case& other, Ask ask = Ask::all) const { return properties::run(subject, loss, other, ask); }

  /// The error in ulp that the results are held to: the subject's promise for their dtype, or that of a correctly
  /// rounded result.
  double bound(oracles::Output output) const {
    return subject.promise_ulp(loss, c.problem.dtype(output)).value_or(0.5);
  }

  /// What two results of the same true quantity may differ by: nothing if both are correctly rounded, else both errors.
  double slack(oracles::Output output) const { return bound(output) == 0.5 ? 0.0 : 2.0 * bound(output); }

  const Format& format(oracles::Output output) const { return properties::format(c.problem.dtype(output)); }
};

/// The case does not have what the property needs, and none could be made from it.
class PreconditionUnmet : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Another loss that the subject offers in the case's dtypes. Throws PreconditionUnmet.
const oracles::Definition& offered(const Trial& trial, const std::string& loss);

/// A property whose check is given the trial. A subject that does not offer the loss gives `not_run`, an unmet
/// precondition `gave_up`, any other exception `failed` with its message.
Property make_property(std::string name, std::function<std::vector<Finding>(const Trial&)> check);

/// Elements of one output compared one by one.
class Comparison {
 public:
  Comparison(const Trial& trial, oracles::Output output)
      : dtype_(trial.c.problem.dtype(output)), slack_(trial.slack(output)) {
    finding_.output = output;
  }

  void expect(std::int64_t i, double got, double expected);
  /// For results of opposite sign: zeros are equal whatever their signs, which accuracy judges.
  void expect_negated(std::int64_t i, double got, double other);
  void expect_all(std::span<const double> got, std::span<const double> expected);
  /// A number from `low` to `high`; NaN where an end is NaN.
  void expect_between(std::int64_t i, double got, double low, double high);
  void expect_true(std::int64_t i, bool holds, const std::string& message);

  /// `gave_up` if there was nothing to compare.
  Finding finding() const;

 private:
  void fail(std::int64_t i, double difference, const std::string& message);

  Finding finding_;
  oracles::DType dtype_;
  double slack_;
};

/// A comparison per output, as almost every relation makes one.
struct Comparisons {
  explicit Comparisons(const Trial& trial);

  void expect_all(const Outputs& got, const Outputs& expected);
  Comparison& of(oracles::Output output) { return oracles::belonging_to(output, value, grad, grad_target); }
  /// About the value and the gradient, and about that of the target where something of it was compared.
  std::vector<Finding> findings() const;

  std::span<const oracles::Output> outputs;  ///< that the subject is asked for
  Comparison value;
  Comparison grad;
  Comparison grad_target;
};

}  // namespace properties
