#include "properties/judge.h"

#include <cmath>
#include <limits>
#include <optional>

#include "properties/floats.h"
#include "properties/trial.h"

namespace properties {

using oracles::Output;
using oracles::Reference;
using oracles::Rounded;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string element_name(Output output, std::int64_t i) {
  return std::string(oracles::name(output)) + '[' + std::to_string(i) + ']';
}

std::string describe(const Reference& truth, const Finding& finding, double got) {
  const Rounded rounded = truth.rounded(finding.output, finding.worst);
  return element_name(finding.output, finding.worst) + ": got " + hex(got) + ", expected " +
         (rounded.decided ? hex(rounded.value) : "undecided") + " (true value " +
         truth.decimal(finding.output, finding.worst) + ", error " + std::to_string(finding.max_ulp) + " ulp)";
}

struct Verdict {
  bool decided = false;
  bool rounded = true;  ///< it is the correctly rounded number
  bool holds = true;
  double error = -1.0;  ///< in ulp
};

Verdict judge_element(const Reference& truth, Finding& finding, std::int64_t i, double got, double bound) {
  const Output output = finding.output;
  const Rounded expected = truth.rounded(output, i);
  finding.rungs.count(expected);
  const double error = truth.ulp_error(output, i, got);
  const bool rounded = expected.decided && same(got, expected.value);
  if (bound == 0.5) return {expected.decided, rounded, rounded, error};
  return {error >= 0.0, rounded || !expected.decided, error <= bound, error};
}

// One that breaks the bound outranks one that holds (a zero of the wrong sign breaks it by an error of 0).
bool worse(const Verdict& a, const Verdict& b) { return a.holds != b.holds ? !a.holds : a.error > b.error; }

Finding unwritten_finding(Finding finding, std::int64_t i) {
  finding.outcome = Outcome::failed;
  finding.worst = i;
  finding.max_ulp = infinity;
  finding.message = element_name(finding.output, i) + ": not written";
  return finding;
}

/// The truth of one case, kept for the subjects that are asked about it one after another.
class Truth {
 public:
  const Reference& of(const oracles::Definition& loss, const oracles::Problem& problem) {
    const bool known = reference_ && loss_ == &loss && first_ == oracles::first_rung() && problem_ == problem;
    if (known) return *reference_;
    reference_.reset();
    loss_ = &loss, first_ = oracles::first_rung(), problem_ = problem;
    return reference_.emplace(loss, problem_);
  }

 private:
  const oracles::Definition* loss_ = nullptr;
  oracles::Rung first_ = oracles::Rung::contract;
  oracles::Problem problem_;  // a NaN makes it differ from itself: what is lost is time
  std::optional<Reference> reference_;
};

}  // namespace

Finding judge(const Reference& truth, Output output, std::span<const double> results, std::int64_t unwritten,
              double bound) {
  Finding finding;
  finding.output = output;
  if (static_cast<std::int64_t>(results.size()) != oracles::count(truth.shape(output))) {
    finding.message = "no results";
    return finding;
  }
  finding.outcome = Outcome::held;
  Verdict worst;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(results.size()); ++i) {
    const Verdict verdict = judge_element(truth, finding, i, results[static_cast<std::size_t>(i)], bound);
    ++finding.elements;
    if (!verdict.decided) {
      finding.outcome = Outcome::undecided;
      finding.message = element_name(output, i) + ": undecided (true value " + truth.decimal(output, i) + ")";
      continue;
    }
    if (!verdict.rounded) ++finding.misrounded;
    if (finding.worst >= 0 && !worse(verdict, worst)) continue;
    worst = verdict;
    finding.worst = i;
    finding.max_ulp = verdict.error;
  }
  if (unwritten >= 0) return unwritten_finding(finding, unwritten);
  if (worst.holds) return finding;
  finding.outcome = Outcome::failed;
  finding.message = describe(truth, finding, results[static_cast<std::size_t>(finding.worst)]);
  return finding;
}

Property accuracy() {
  return make_property("accuracy", [](const Trial& trial) {
    thread_local Truth last;
    const Outputs outputs = trial.run(trial.c);
    const Reference& truth = last.of(trial.loss, trial.c.problem);
    std::vector<Finding> findings;
    for (const Output output : outputs_of(trial.subject, trial.c)) {
      const std::int64_t unwritten = outputs.unwritten[static_cast<std::size_t>(output)];
      findings.push_back(judge(truth, output, outputs.of(output), unwritten, trial.bound(output)));
    }
    return findings;
  });
}

}  // namespace properties
