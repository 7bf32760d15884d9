#include "properties/trial.h"

#include <cmath>
#include <limits>

namespace properties {

using oracles::DType;
using oracles::Output;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double difference_ulp(DType dtype, double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return infinity;
  return std::fabs(a - b) / spacing(dtype, std::fmax(std::fabs(a), std::fabs(b)));
}

}  // namespace

std::vector<Finding> one_for_each(std::span<const Output> outputs, Outcome outcome, const std::string& message) {
  std::vector<Finding> findings;
  for (const Output output : outputs) {
    Finding& finding = findings.emplace_back();
    finding.output = output, finding.outcome = outcome, finding.message = message;
  }
  return findings;
}

const oracles::Definition& offered(const Trial& trial, const std::string& loss) {
  const Spec* spec = find_spec(loss);
  if (spec == nullptr || !trial.subject.offers(*spec->definition, trial.c.dtypes())) {
    throw PreconditionUnmet(trial.subject.name() + " does not offer " + loss);
  }
  return *spec->definition;
}

Property make_property(std::string name, std::function<std::vector<Finding>(const Trial&)> check) {
  return {std::move(name), [check = std::move(check)](const Subject& subject, const Case& c) {
            const Spec* spec = find_spec(c.loss);
            if (spec == nullptr)
              return one_for_each(outputs_of(subject, c), Outcome::not_run, "unknown loss " + c.loss);
            const oracles::Definition& loss = *spec->definition;
            if (!subject.offers(loss, c.dtypes())) {
              return one_for_each(outputs_of(subject, c), Outcome::not_run,
                                  subject.name() + " does not offer " + c.loss + " in " + properties::name(c.dtypes()));
            }
            try {
              return check({subject, loss, c});
            } catch (const Unsupported& refusal) {
              return one_for_each(outputs_of(subject, c), Outcome::not_run, refusal.what());
            } catch (const PreconditionUnmet& reason) {
              return one_for_each(outputs_of(subject, c), Outcome::gave_up, reason.what());
            } catch (const std::exception& error) {
              return one_for_each(outputs_of(subject, c), Outcome::failed, subject.name() + " threw: " + error.what());
            }
          }};
}

void Comparison::expect(std::int64_t i, double got, double expected) {
  ++finding_.elements;
  if (same(got, expected)) return;
  const double difference = difference_ulp(dtype_, got, expected);
  if (slack_ == 0.0 || difference > slack_) fail(i, difference, "got " + hex(got) + ", expected " + hex(expected));
}

void Comparison::expect_negated(std::int64_t i, double got, double other) {
  expect(i, got, got == 0.0 && other == 0.0 ? got : -other);
}

void Comparison::expect_all(std::span<const double> got, std::span<const double> expected) {
  if (got.size() != expected.size()) throw std::logic_error("a relation compares outputs of different size");
  for (std::size_t i = 0; i < got.size(); ++i) expect(static_cast<std::int64_t>(i), got[i], expected[i]);
}

void Comparison::expect_between(std::int64_t i, double got, double low, double high) {
  ++finding_.elements;
  if (std::isnan(low) || std::isnan(high) ? std::isnan(got) : got >= low && got <= high) return;
  const double difference = difference_ulp(dtype_, got, got < low ? low : high);
  if (slack_ == 0.0 || difference > slack_)
    fail(i, difference, "got " + hex(got) + ", expected " + hex(low) + " to " + hex(high));
}

void Comparison::expect_true(std::int64_t i, bool holds, const std::string& message) {
  ++finding_.elements;
  if (!holds) fail(i, infinity, message);
}

Finding Comparison::finding() const {
  Finding result = finding_;
  if (result.elements == 0) {
    result.outcome = Outcome::gave_up;
    result.message = "nothing to compare";
  } else if (result.misrounded == 0) {
    result.outcome = Outcome::held;
  }
  return result;
}

void Comparison::fail(std::int64_t i, double difference, const std::string& message) {
  finding_.outcome = Outcome::failed;
  ++finding_.misrounded;
  if (finding_.worst >= 0 && difference <= finding_.max_ulp) return;
  finding_.max_ulp = difference;
  finding_.worst = i;
  finding_.message = std::string(oracles::name(finding_.output)) + '[' + std::to_string(i) + "]: " + message;
}

Comparisons::Comparisons(const Trial& trial)
    : outputs(outputs_of(trial.subject, trial.c)),
      value(trial, Output::value),
      grad(trial, Output::grad),
      grad_target(trial, Output::grad_target) {}

void Comparisons::expect_all(const Outputs& got, const Outputs& expected) {
  for (const Output output : outputs) of(output).expect_all(got.of(output), expected.of(output));
}

std::vector<Finding> Comparisons::findings() const {
  std::vector<Finding> all{value.finding(), grad.finding()};
  if (const Finding third = grad_target.finding(); third.elements > 0) all.push_back(third);
  return all;
}

}  // namespace properties
