#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <memory>

#include "reports/commands.h"
#include "reports/page.h"
#include "subjects/subjects.h"

namespace reports {
namespace {

int report(const std::string& out) {
  const std::filesystem::path directory = out;
  const std::string name = (directory / "results.jsonl").string();
  std::ifstream in(name);
  if (!in) throw BadInput(fmt::format("{}: no such file; lossproof verify writes it", name));
  replace_file(directory / "report.html",
               page(read(in, name), exhaustive_runs(directory / "exhaust"), speed_section(directory / "bench.json")));
  fmt::print("{}\n", (directory / "report.html").string());
  return 0;
}

int list() {
  const auto all = subjects::subjects();  // before anything is said, for it may refuse
  fmt::print("subjects:\n");
  for (const auto* subject : all) fmt::print("  {}\n", subject->name());
  for (const auto* spec : properties::specs()) {
    std::vector<std::string> arguments, dtypes;
    for (const auto& argument : spec->definition->arguments) arguments.push_back(argument.name);
    for (const auto pair : properties::pairs_of(*spec)) dtypes.push_back(name(pair));
    fmt::print("\n{}({}), {}\n", spec->definition->name, fmt::join(arguments, ", "), fmt::join(dtypes, ", "));
    for (const auto& property : spec->properties) fmt::print("  {}\n", property.name);
  }
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto out = std::make_shared<std::string>("out");
  CLI::App* command = app.add_subcommand("report", "Make OUT/report.html again from OUT/results.jsonl");
  command->add_option("--out", *out, "Directory of both")->capture_default_str();
  command->callback([=, &action] { action = [=] { return report(*out); }; });
}

void add_list(CLI::App& app, Action& action) {
  app.add_subcommand("list",
                     "Losses with their arguments, dtypes (of inputs to results, where these differ) and properties, "
                     "and the subjects")
      ->callback([&action] { action = list; });
}

}  // namespace reports
