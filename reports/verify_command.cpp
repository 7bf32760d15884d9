#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <boost/timer/progress_display.hpp>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include "reports/campaign.h"
#include "reports/commands.h"
#include "reports/context.h"
#include "reports/page.h"
#include "reports/stored.h"
#include "reports/summary.h"
#include "subjects/subjects.h"

namespace reports {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::int64_t cases = 400;
  std::vector<std::string> losses, subjects, dtypes, results, hold;
  std::string out = "out";
};

std::atomic<bool> interrupted = false;

/// The pairs tried by default that have a named dtype on either side where one is named; every pair of the names where
/// both sides are.
std::vector<properties::DTypes> pairs(const std::vector<std::string>& inputs, const std::vector<std::string>& results) {
  const auto wanted = [](const std::vector<std::string>& names, oracles::DType dtype) {
    return names.empty() || std::find(names.begin(), names.end(), oracles::name(dtype)) != names.end();
  };
  for (const auto* names : {&inputs, &results})
    for (const std::string& name : *names) real_dtype_of(name);
  std::vector<properties::DTypes> pairs;
  if (inputs.empty() || results.empty()) {
    std::copy_if(properties::dtype_pairs.begin(), properties::dtype_pairs.end(), std::back_inserter(pairs),
                 [&](properties::DTypes pair) { return wanted(inputs, pair.input) && wanted(results, pair.result); });
  } else {
    for (const oracles::DType input : oracles::real_dtypes)
      for (const oracles::DType result : oracles::real_dtypes)
        if (wanted(inputs, input) && wanted(results, result)) pairs.emplace_back(input, result);
  }
  return pairs;
}

/// Each name's meaning; all there is where no name was given.
template <class Wanted, class All, class Of>
std::vector<Wanted> chosen(const std::vector<std::string>& names, const All& all, const Of& of) {
  if (names.empty()) return {all.begin(), all.end()};
  std::vector<Wanted> result;
  for (const std::string& name : names) result.push_back(of(name));
  return result;
}

double promise_of(const std::string& option, const std::string& ulp) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(ulp, &used);
  } catch (const std::exception&) {
  }
  if (used != ulp.size() || !(value >= 0.5))
    throw BadInput(fmt::format("--hold {}: expected NAME=ULP with ULP >= 0.5", option));
  return value;
}

/// The plan's subjects, those of --hold replaced by ones that promise what it says; these are owned by `held`.
void hold(const Options& options, Plan& plan, std::vector<std::unique_ptr<Held>>& held) {
  for (const std::string& option : options.hold) {
    const auto [name, ulp] = cut("--hold", option, "NAME=ULP");
    const auto& subject = subject_of(name);
    const auto place = std::find(plan.subjects.begin(), plan.subjects.end(), &subject);
    if (place == plan.subjects.end())
      throw BadInput(
          fmt::format("--hold {}: {} is not among the subjects of --subject, or is held already", option, name));
    *place = held.emplace_back(std::make_unique<Held>(subject, promise_of(option, ulp))).get();
  }
}

std::map<std::string, double> promises(const Plan& plan) {
  std::map<std::string, double> result;
  for (const auto* subject : plan.subjects)
    for (const auto* spec : plan.specs)
      for (const auto dtype : spec->dtypes)
        if (const auto ulp = subject->promise_ulp(*spec->definition, dtype)) result[subject->name()] = *ulp;
  return result;
}

std::string command_line(const Options& o) {
  std::string text = fmt::format("./lossproof verify --seed {} --cases {}", o.seed, o.cases);
  for (const auto& [option, values] : {std::pair{"--loss", &o.losses},
                                       {"--subject", &o.subjects},
                                       {"--dtype", &o.dtypes},
                                       {"--result", &o.results},
                                       {"--hold", &o.hold}})
    for (const std::string& value : *values) text += fmt::format(" {} {}", option, value);
  if (oracles::first_rung() != oracles::Rung::ball) text += " --certify";
  return text;
}

Records campaign(const Plan& plan, const Options& options) {
  std::optional<boost::timer::progress_display> progress;
  if (isatty(STDERR_FILENO)) progress.emplace(static_cast<unsigned long>(steps(plan)), std::cerr);
  std::signal(SIGINT, [](int) { interrupted = true; });
  const auto begin = std::chrono::steady_clock::now();
  Records records{this_machine(), {}};
  records.tallies = run(plan, interrupted, [&] {
    if (progress) ++*progress;
  });
  records.context.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  records.context.interrupted = interrupted;
  records.context.command = command_line(options);
  records.context.seed = options.seed;
  records.context.cases_per_property = options.cases;
  records.context.promises = promises(plan);
  return records;
}

void print_failures(const Records& records) {
  for (const Tally& t : records.tallies) {
    const std::string verdict = outcome(t);
    if (verdict != "failed" && verdict != "undecided") continue;
    fmt::print("\n{} {} {} {} {} {}: {} of {} cases\n  {}\n  {}\n  {}\n", verdict == "failed" ? "FAILED" : "UNDECIDED",
               t.loss, t.subject, t.dtypes(), t.property, t.output, t.failed > 0 ? t.failed : t.undecided, t.cases,
               t.message, t.worst, t.replay);
  }
}

int verify(const Options& options) {
  Plan plan;
  plan.seed = options.seed, plan.cases = options.cases;
  plan.specs =
      chosen<const properties::Spec*>(options.losses, properties::specs(), [](auto& name) { return &spec_of(name); });
  plan.subjects = chosen<const properties::Subject*>(options.subjects, subjects::subjects(),
                                                     [](auto& name) { return &subject_of(name); });
  plan.skips_same_code = options.subjects.empty();
  plan.dtypes = pairs(options.dtypes, options.results);
  plan.threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<Held>> held;
  hold(options, plan, held);
  const std::filesystem::path out = options.out;
  plan.corpus = out / "corpus";
  require_writable(out);
  require_writable(plan.corpus);
  for (const char* file : {"results.jsonl", "report.html"}) require_replaceable(out / file);

  const std::string speed = speed_section(out / "bench.json");
  const Replayed stored = replay_stored(plan);
  const Records records = campaign(plan, options);
  std::ostringstream lines;
  write(lines, records);
  replace_file(out / "results.jsonl", lines.str());
  replace_file(out / "report.html", page(records, exhaustive_runs(out / "exhaust"), speed));
  fmt::print("{}", table(summarize(records)));
  fmt::print("\nresults decided by: {}\n", text(rungs(records)));
  print_failures(records);
  for (const std::string& failure : stored.failures) fmt::print("\nFAILED again, a stored case: {}", failure);
  if (records.context.interrupted) fmt::print("\nInterrupted: what was not reached is counted as not run.\n");
  fmt::print("\n{:.1f} s; records in {}, page in {}\n", records.context.seconds, (out / "results.jsonl").string(),
             (out / "report.html").string());
  return stored.failures.empty() ? exit_code(records) : 1;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("verify", "Put subjects on trial: every property of every loss, on drawn cases");
  command->add_option("--seed", options->seed, "Cases are a function of it")
      ->capture_default_str()
      ->check(whole_number<std::uint64_t>());
  command->add_option("--cases", options->cases, "Cases per loss, pair of dtypes and property")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command->add_option("--loss", options->losses, "Only this loss (may be repeated)");
  command->add_option("--subject", options->subjects, "Only this subject (may be repeated)");
  command->add_option("--dtype", options->dtypes, "Only inputs of this dtype (may be repeated)");
  command->add_option("--result", options->results, "Only results of this dtype (may be repeated)");
  command->add_option("--hold", options->hold, "NAME=ULP: hold this subject to a promise (may be repeated)");
  command->add_option("--out", options->out, "Directory for results.jsonl, report.html and corpus/")
      ->capture_default_str();
  add_certify(*command);
  command->callback([=, &action] { action = [=] { return verify(*options); }; });
}

}  // namespace reports
