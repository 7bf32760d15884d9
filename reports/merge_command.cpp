#include <fmt/format.h>

#include <memory>

#include "reports/commands.h"
#include "reports/exhaust_record.h"

namespace reports {
namespace {

int merge_files(const std::vector<std::string>& files, const std::string& out, const std::string& corpus) {
  require_replaceable(out);
  ExhaustRecord sum = read_exhaust_record(files.front());
  for (std::size_t i = 1; i < files.size(); ++i)
    sum = merge(sum, read_exhaust_record(files[i]), {i == 1 ? files.front() : "what is before it", files[i]});
  replace_file(out, text(sum));
  fmt::print("{}", summary(sum));
  const Range& first = sum.census.ranges.front();
  const Range range = sum.is_complete() ? first : Range{first.begin, sum.census.ranges.back().end};
  std::optional<std::filesystem::path> hardest;
  if (!corpus.empty()) {
    require_writable(corpus);
    hardest = store_hardest(sum, range, corpus);
  }
  fmt::print("  record in {}{}\n", out, hardest ? ", hardest inputs in " + hardest->string() : "");
  return exit_code(sum);
}

}  // namespace

void add_merge(CLI::App& app, Action& action) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto out = std::make_shared<std::string>(), corpus = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("merge", "Join the records of exhaustive runs of parts of one function");
  command->add_option("FILES", *files, "Records, as exhaust writes them")->required();
  command->add_option("--out", *out, "The file for the joint record")->required();
  command->add_option("--corpus", *corpus, "Directory for the hardest inputs");
  command->callback([=, &action] { action = [=] { return merge_files(*files, *out, *corpus); }; });
}

}  // namespace reports
