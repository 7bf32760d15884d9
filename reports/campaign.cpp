#include "reports/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>

#include "properties/draws.h"
#include "reports/parallel.h"
#include "reports/worst.h"

namespace reports {
namespace {

using properties::Finding;
using properties::Outcome;
using properties::Property;
using properties::Spec;
using properties::Subject;

/// All cases of one property of one loss and pair of dtypes.
struct Batch {
  const Spec* spec;
  properties::DTypes dtypes;
  const Property* property;
};

bool has(const Spec& spec, oracles::DType dtype) {
  return std::find(spec.dtypes.begin(), spec.dtypes.end(), dtype) != spec.dtypes.end();
}

std::vector<Batch> batches(const Plan& plan) {
  std::vector<Batch> all;
  for (const Spec* spec : plan.specs)
    for (const properties::DTypes dtypes : plan.dtypes)
      if (has(*spec, dtypes.input) && has(*spec, dtypes.result))
        for (const Property& property : spec->properties) all.push_back({spec, dtypes, &property});
  return all;
}

using Tallies = std::map<std::string, Tally>;

std::string key_of(const Batch& batch, const Subject& subject, oracles::Output output) {
  return fmt::format("{}/{}/{}/{}/{}/{}", batch.spec->definition->name, subject.name(),
                     oracles::name(batch.dtypes.input), oracles::name(batch.dtypes.result), oracles::name(output),
                     batch.property->name);
}

Tally& tally_of(Tallies& tallies, const Batch& batch, const Subject& subject, oracles::Output output) {
  Tally& tally = tallies[key_of(batch, subject, output)];
  if (tally.loss.empty()) {
    tally.loss = batch.spec->definition->name, tally.subject = subject.name();
    tally.dtype = oracles::name(batch.dtypes.input), tally.result_dtype = oracles::name(batch.dtypes.result);
    tally.output = oracles::name(output), tally.property = batch.property->name;
    tally.bound_ulp = subject.promise_ulp(*batch.spec->definition, batch.dtypes.result);
  }
  return tally;
}

void count(Tally& tally, const Finding& finding, std::int64_t index) {
  Tally one;
  one.cases = 1;
  one.elements = finding.elements, one.misrounded = finding.misrounded, one.max_ulp = finding.max_ulp;
  one.rungs = finding.rungs;
  one.held = finding.outcome == Outcome::held, one.failed = finding.outcome == Outcome::failed;
  one.undecided = finding.outcome == Outcome::undecided, one.gave_up = finding.outcome == Outcome::gave_up;
  one.not_run = finding.outcome == Outcome::not_run;
  if (one.held + one.failed > 0) one.observe(finding.max_ulp);
  if (one.failed + one.undecided > 0 || finding.max_ulp > 0) {
    one.worst_case = index, one.worst_ulp = finding.max_ulp, one.message = finding.message;
  }
  tally.merge(one);
}

/// What a subject that could not be asked, or a case that could not be drawn, is counted as.
std::vector<Finding> nothing_found(Outcome outcome, const std::string& why) {
  static constexpr std::array outputs{oracles::Output::value, oracles::Output::grad};
  return properties::one_for_each(outputs, outcome, why);
}

std::vector<Finding> examine(const Batch& batch, const Subject& subject, const properties::Case& drawn) {
  if (!subject.offers(*batch.spec->definition, batch.dtypes)) return nothing_found(Outcome::not_run, "not offered");
  try {
    return batch.property->check(subject, drawn);
  } catch (const properties::Unsupported& e) {
    return nothing_found(Outcome::not_run, e.what());
  } catch (const std::exception& e) {
    return nothing_found(Outcome::failed, std::string("threw: ") + e.what());
  }
}

int gravity(Outcome outcome) {
  static constexpr std::array order{Outcome::gave_up, Outcome::held, Outcome::not_run, Outcome::undecided,
                                    Outcome::failed};
  return static_cast<int>(std::find(order.begin(), order.end(), outcome) - order.begin());
}

/// A case is counted once per output: its findings about one output become one, as grave as the gravest.
std::vector<Finding> one_per_output(const std::vector<Finding>& findings) {
  std::map<oracles::Output, Finding> of_output;
  for (const Finding& next : findings) {
    const auto [it, is_first] = of_output.try_emplace(next.output, next);
    if (is_first) continue;
    Finding& sum = it->second;
    if (gravity(next.outcome) > gravity(sum.outcome)) sum.outcome = next.outcome, sum.message = next.message;
    sum.elements += next.elements, sum.misrounded += next.misrounded;
    sum.max_ulp = std::max(sum.max_ulp, next.max_ulp), sum.rungs += next.rungs;
  }
  std::vector<Finding> result;
  for (auto& [output, finding] : of_output) result.push_back(std::move(finding));
  return result;
}

/// Completes the counts of a batch of which `reached` cases were examined. A case without a finding about an output
/// gave up on it; a relation that only ever gave up on one output, and not on another, says nothing about it, and has
/// no tally. Nor has a gradient of the target of which there was no finding.
void settle(Tallies& tallies, const Batch& batch, const Subject& subject, std::int64_t reached, std::int64_t planned) {
  using oracles::Output;
  static constexpr std::array all{Output::value, Output::grad, Output::grad_target};
  const bool has_third = tallies.contains(key_of(batch, subject, Output::grad_target));
  const std::span outputs = std::span(all).first(has_third ? 3 : 2);
  const auto is_silent = [&](Output output) { return tally_of(tallies, batch, subject, output).gave_up == reached; };
  for (const Output output : outputs) {
    Tally& t = tally_of(tallies, batch, subject, output);
    t.gave_up += reached - t.cases;
    t.not_run += planned - reached;
    t.cases = planned;
  }
  const bool all_are_silent = std::all_of(outputs.begin(), outputs.end(), is_silent);
  for (const Output output : outputs) {
    const bool is_kept = all_are_silent && output == Output::value;
    if (is_silent(output) && !is_kept) tallies.erase(key_of(batch, subject, output));
  }
}

void run_case(const Plan& plan, const Batch& batch, std::int64_t index, Tallies& tallies) {
  std::optional<properties::Case> drawn;
  try {
    drawn = case_of(*batch.spec, batch.dtypes, batch.property->name, plan.seed, index);
  } catch (const rc::GenerationFailure&) {
  }
  for (const Subject* subject : on_trial(plan, batch.dtypes)) {
    const auto begin = std::chrono::steady_clock::now();
    const auto findings = drawn ? examine(batch, *subject, *drawn) : nothing_found(Outcome::gave_up, "");
    for (const Finding& finding : one_per_output(findings))
      count(tally_of(tallies, batch, *subject, finding.output), finding, index);
    tally_of(tallies, batch, *subject, findings.front().output).seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
}

}  // namespace

std::vector<const Subject*> on_trial(const Plan& plan, properties::DTypes dtypes) {
  std::vector<const Subject*> all = plan.subjects;
  if (plan.skips_same_code)
    std::erase_if(all, [&](const Subject* subject) { return subject->code(dtypes) == properties::Code::same; });
  return all;
}

properties::Case case_of(const Spec& spec, properties::DTypes dtypes, const std::string& property, std::uint64_t seed,
                         std::int64_t index) {
  // RapidCheck keeps the generator that is running in a global.
  static std::mutex one_at_a_time;
  const std::scoped_lock lock(one_at_a_time);
  for (const char c : property + name(dtypes)) seed = properties::mix(seed, static_cast<unsigned char>(c));
  return properties::draw(spec, dtypes, seed, static_cast<std::uint64_t>(index));
}

std::int64_t steps(const Plan& plan) { return static_cast<std::int64_t>(batches(plan).size()) * plan.cases; }

std::vector<Tally> run(const Plan& plan, const std::atomic<bool>& stop, const std::function<void()>& step) {
  const std::vector<Batch> all = batches(plan);
  std::vector<Tallies> of_thread(plan.threads);
  std::vector<std::int64_t> reached(all.size());
  std::mutex stepping;
  in_parallel(plan.threads, steps(plan), [&](std::int64_t i, unsigned thread) {
    if (stop) return;
    const auto batch = static_cast<std::size_t>(i / plan.cases);
    run_case(plan, all[batch], i % plan.cases, of_thread[thread]);
    const std::scoped_lock lock(stepping);
    ++reached[batch];
    step();
  });
  Tallies merged;
  for (const Tallies& tallies : of_thread)
    for (const auto& [key, tally] : tallies) {
      const auto [it, is_new] = merged.try_emplace(key, tally);
      if (!is_new) it->second.merge(tally);
    }
  for (std::size_t batch = 0; batch < all.size(); ++batch)
    for (const Subject* subject : on_trial(plan, all[batch].dtypes))
      settle(merged, all[batch], *subject, reached[batch], plan.cases);
  std::vector<Tally> result;
  for (auto& [key, tally] : merged) result.push_back(std::move(tally));
  in_parallel(plan.threads, std::ssize(result),
              [&](std::int64_t i, unsigned) { keep_worst(plan, result[static_cast<std::size_t>(i)], stop); });
  return result;
}

}  // namespace reports
