#include "reports/stored.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "properties/corpus.h"
#include "reports/commands.h"

namespace reports {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> case_files(const fs::path& directory) {
  std::vector<fs::path> files;
  if (!fs::is_directory(directory)) return files;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Whether the plan has these inputs and these results, be it in two of its pairs.
bool are_wanted(const Plan& plan, properties::DTypes dtypes) {
  const auto any = [&](const auto& is) { return std::any_of(plan.dtypes.begin(), plan.dtypes.end(), is); };
  return any([&](auto pair) { return pair.input == dtypes.input; }) &&
         any([&](auto pair) { return pair.result == dtypes.result; });
}

void run_case(const fs::path& file, const properties::Case& c, const properties::Spec& spec,
              const properties::Subject& subject, Replayed& replayed) {
  for (const properties::Property& property : spec.properties)
    for (const properties::Finding& finding : property.check(subject, c))
      if (finding.outcome == properties::Outcome::failed)
        replayed.failures.push_back(properties::failure_message(subject, property, finding, c, file));
}

}  // namespace

properties::Case read_case(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadInput(fmt::format("{}: no such file", file.string()));
  properties::Case c;
  try {
    c = properties::case_from_json({std::istreambuf_iterator<char>(in), {}});
  } catch (const std::exception& e) {
    throw BadInput(fmt::format("{}: not a case: {}", file.string(), e.what()));
  }
  const std::string error = properties::problem_error(*spec_of(c.loss).definition, c);
  if (!error.empty()) throw BadInput(fmt::format("{}: {}", file.string(), error));
  return c;
}

fs::path shipped_corpus() { return LOSSPROOF_CORPUS; }

Replayed replay_stored(const Plan& plan) {
  Replayed replayed;
  std::vector<fs::path> files = case_files(shipped_corpus());
  std::ranges::copy(case_files(plan.corpus), std::back_inserter(files));
  for (const fs::path& file : files) {
    const properties::Case c = read_case(file);
    const auto spec = std::find_if(plan.specs.begin(), plan.specs.end(),
                                   [&](const auto* s) { return s->definition->name == c.loss; });
    if (spec == plan.specs.end()) continue;
    if (!are_wanted(plan, c.dtypes())) continue;
    ++replayed.cases;
    for (const properties::Subject* subject : on_trial(plan, c.dtypes()))
      if (subject->promise_ulp(*(*spec)->definition, c.dtypes().result) &&
          subject->offers(*(*spec)->definition, c.dtypes()))
        run_case(file, c, **spec, *subject, replayed);
  }
  return replayed;
}

}  // namespace reports
