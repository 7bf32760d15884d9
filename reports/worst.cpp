#include "reports/worst.h"

#include <algorithm>

#include "properties/corpus.h"

namespace reports {
namespace {

using properties::Finding;
using properties::Outcome;
using properties::Property;
using properties::Subject;

/// Checks after which a case is simple enough: with about a millisecond for each, a campaign can shrink every tally's.
constexpr int checks = 1000;

const Finding* finding_of(const std::vector<Finding>& findings, const std::string& output) {
  for (const Finding& f : findings)
    if (oracles::name(f.output) == output) return &f;
  return nullptr;
}

/// What a case must keep while it is made simpler. A broken promise: that it is broken. Otherwise the error, to half.
bool is_kept(const Tally& tally, const Finding& finding) {
  if (tally.failed > 0 && finding.outcome != Outcome::failed) return false;
  if (tally.failed == 0 && tally.undecided > 0) return finding.outcome == Outcome::undecided;
  return (tally.failed > 0 && tally.held_to_promise()) || finding.max_ulp >= tally.worst_ulp / 2;
}

/// The property that fails on what is to be kept.
Property keeping(const Tally& tally, const Property& property, const std::atomic<bool>& stop) {
  const auto check = [&tally, &property, &stop, left = std::make_shared<int>(checks)](const Subject& subject,
                                                                                      const properties::Case& c) {
    if (stop || --*left < 0) return std::vector<Finding>{};
    std::vector<Finding> findings = property.check(subject, c);
    const Finding* f = finding_of(findings, tally.output);
    const Outcome outcome = f && is_kept(tally, *f) ? Outcome::failed : Outcome::held;
    for (Finding& finding : findings) finding.outcome = outcome;
    return findings;
  };
  return {property.name, check};
}

template <class All, class Name>
auto& named(const All& all, const Name& name_of, const std::string& name) {
  return **std::find_if(all.begin(), all.end(), [&](const auto* x) { return name_of(*x) == name; });
}

}  // namespace

void keep_worst(const Plan& plan, Tally& tally, const std::atomic<bool>& stop) {
  if (tally.worst_case < 0) return;
  const auto& spec = named(
      plan.specs, [](const auto& s) { return s.definition->name; }, tally.loss);
  const auto& subject = named(
      plan.subjects, [](const auto& s) { return s.name(); }, tally.subject);
  const auto dtypes = *std::find_if(plan.dtypes.begin(), plan.dtypes.end(), [&](properties::DTypes pair) {
    return oracles::name(pair.input) == tally.dtype && oracles::name(pair.result) == tally.result_dtype;
  });
  const auto property = std::find_if(spec.properties.begin(), spec.properties.end(),
                                     [&](const Property& p) { return p.name == tally.property; });

  properties::Case worst = case_of(spec, dtypes, property->name, plan.seed, tally.worst_case);
  if (!stop) worst = properties::shrink(subject, spec, keeping(tally, *property, stop), std::move(worst));
  try {
    const auto findings = property->check(subject, worst);
    if (const Finding* f = finding_of(findings, tally.output); f && !f->message.empty()) tally.message = f->message;
  } catch (const std::exception&) {
    // The message stays that of the case as it was drawn, which says what was thrown.
  }
  tally.worst = properties::to_json(worst);
  tally.replay = properties::replay_command(properties::save(worst, plan.corpus), subject, *property);
}

}  // namespace reports
