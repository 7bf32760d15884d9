#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "reports/commands.h"
#include "reports/exhaust.h"
#include "reports/exhaust_progress.h"
#include "reports/summary.h"

namespace reports {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string function, result, range, shard, out = "out", corpus;
  std::vector<std::string> subjects{"lossproof"};
  bool lists = false, resumes = false;
  unsigned threads = 0;
};

std::atomic<bool> interrupted = false;

/// A whole number in decimal, or in hex after 0x, at most `most`.
std::optional<std::int64_t> whole(std::string_view text, std::int64_t most) {
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool is_one = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
  return is_one ? std::optional(value) : std::nullopt;
}

/// "A:B" as two numbers, each at most `most`.
std::optional<std::pair<std::int64_t, std::int64_t>> two(const std::string& text, char between, std::int64_t most) {
  const std::size_t at = text.find(between);
  if (at == std::string::npos) return std::nullopt;
  const auto first = whole(std::string_view(text).substr(0, at), most);
  const auto second = whole(std::string_view(text).substr(at + 1), most);
  return first && second ? std::optional(std::pair(*first, *second)) : std::nullopt;
}

Range range_of(const Options& options, const properties::Function& function) {
  Range range{0, function.inputs()};
  if (!options.range.empty()) {
    const auto ends = two(options.range, ':', function.inputs());
    if (!ends || ends->first >= ends->second)
      throw BadInput(fmt::format("--range {}: expected A:B, the inputs from A to below B, with 0 <= A < B <= {:#x}",
                                 options.range, function.inputs()));
    range = {ends->first, ends->second};
  }
  if (options.shard.empty()) return range;
  const auto part = two(options.shard, '/', range.size());
  if (!part || part->first < 1 || part->first > part->second)
    throw BadInput(
        fmt::format("--shard {}: expected I/N, part I of N, with 1 <= I <= N <= {}", options.shard, range.size()));
  return shard(range, part->first, part->second);
}

std::string command_line(const Options& o) {
  std::string text = fmt::format("./lossproof exhaust {}", o.function);
  for (const std::string& subject : o.subjects) text += " --subject " + subject;
  for (const auto& [option, value] :
       {std::pair{"--result", &o.result}, {"--range", &o.range}, {"--shard", &o.shard}, {"--corpus", &o.corpus}})
    if (!value->empty()) text += fmt::format(" {} {}", option, *value);
  if (o.out != "out") text += " --out " + o.out;
  if (oracles::first_rung() != oracles::Rung::ball) text += " --certify";
  return text;
}

/// A checkpoint of the same function, subject and part; other text in it than this run would write is refused.
ExhaustRecord resumed(const ExhaustPlan& plan, ExhaustRecord nothing, const std::filesystem::path& checkpoint) {
  ExhaustRecord record = read_exhaust_record(checkpoint);
  for (const Range& range : record.census.ranges)
    if (range.begin < plan.range.begin || range.end > plan.range.end)
      throw BadInput(fmt::format("{}: has the inputs {:#x}:{:#x}, beyond the range of this run", checkpoint.string(),
                                 range.begin, range.end));
  nothing.context.seconds = 0;
  return merge(record, nothing, {checkpoint.string(), "this run"});
}

/// Where a subject's record goes.
struct Files {
  std::filesystem::path result, checkpoint;
};

Files files_of(const ExhaustPlan& plan, const properties::Subject& subject, const std::filesystem::path& directory) {
  const std::string whose = subject.name() == "lossproof" ? "" : "-" + subject.name();
  const std::string name = stem(plan.function, plan.range) + whose;
  return {directory / (name + ".json"), directory / (name + ".checkpoint.json")};
}

/// Of nothing, or those of the checkpoints.
ExhaustRecords begun(const Options& options, const ExhaustPlan& plan, const std::vector<Files>& files) {
  ExhaustRecords records = empty_records(plan);
  for (std::size_t s = 0; s < files.size(); ++s) {
    const auto& [result, checkpoint] = files[s];
    for (const auto& file : {result, checkpoint}) require_replaceable(file);
    if (!options.resumes && std::filesystem::exists(checkpoint))
      throw BadInput(
          fmt::format("{}: of a run that was interrupted; go on with --resume, or remove it", checkpoint.string()));
    if (options.resumes) records[s] = resumed(plan, records[s], checkpoint);
    if (records[s].census.ranges != records[0].census.ranges)
      throw BadInput(fmt::format("{} and {}: not of the same inputs; go on with one subject after the other",
                                 files[0].checkpoint.string(), checkpoint.string()));
  }
  return records;
}

void store_checkpoints(const ExhaustRecords& records, const std::vector<Files>& files) {
  for (std::size_t s = 0; s < files.size(); ++s) replace_file(files[s].checkpoint, text(records[s]));
}

void run_with_checkpoints(const ExhaustPlan& plan, ExhaustRecords& records, const std::vector<Files>& files) {
  Progress progress(plan, records);
  auto next = Clock::now() + std::chrono::seconds(30);
  run(plan, records, interrupted, [&](const ExhaustRecords& so_far) {
    progress.show(so_far);
    if (Clock::now() < next) return;
    store_checkpoints(so_far, files);
    next = Clock::now() + std::chrono::seconds(30);
  });
}

/// The exit code of all: a broken promise says more than what is undecided.
int exit_code(const ExhaustRecords& records) {
  int code = 0;
  for (const ExhaustRecord& record : records)
    if (const int of_one = exit_code(record); of_one == 1 || code == 0) code = of_one;
  return code;
}

int exhaust(const Options& options, const ExhaustPlan& plan) {
  const std::filesystem::path directory = std::filesystem::path(options.out) / "exhaust";
  const std::filesystem::path corpus =
      options.corpus.empty() ? std::filesystem::path(options.out) / "corpus" : std::filesystem::path(options.corpus);
  if (options.out.empty()) require_writable(options.out);
  for (const auto& place : {directory, corpus}) require_writable(place);
  std::vector<Files> files;
  for (const auto* subject : plan.subjects) files.push_back(files_of(plan, *subject, directory));
  ExhaustRecords records = begun(options, plan, files);
  std::signal(SIGINT, [](int) { interrupted = true; });
  run_with_checkpoints(plan, records, files);
  if (const std::int64_t done = records.front().census.inputs(); done < plan.range.size()) {
    store_checkpoints(records, files);
    fmt::print(stderr, "lossproof: interrupted after {} of {} inputs; go on with: {} --resume\n", grouped(done),
               grouped(plan.range.size()), command_line(options));
    return 3;
  }
  for (std::size_t s = 0; s < files.size(); ++s) {
    replace_file(files[s].result, text(records[s]));
    std::filesystem::remove(files[s].checkpoint);
    fmt::print("{}", summary(records[s]));
    const auto hardest = store_hardest(records[s], plan.range, corpus);
    fmt::print("  {:.1f} s; record in {}{}\n", records[s].context.seconds, files[s].result.string(),
               hardest ? ", hardest inputs in " + hardest->string() : "");
  }
  return exit_code(records);
}

std::vector<const properties::Subject*> subjects_of(const Options& options, const properties::Function& function) {
  std::vector<const properties::Subject*> subjects;
  for (const std::string& name : options.subjects) {
    const properties::Subject& subject = subject_of(name);
    if (!subject.offers(*function.loss, function.dtypes))
      throw BadInput(fmt::format("--subject {}: does not offer {} in {}", name, function.loss->name,
                                 properties::name(function.dtypes)));
    if (std::ranges::find(subjects, &subject) != subjects.end())
      throw BadInput(fmt::format("--subject {}: given twice", name));
    subjects.push_back(&subject);
  }
  return subjects;
}

int exhaust(const Options& options) {
  if (options.lists) {
    for (const auto& function : properties::functions()) fmt::print("{}\n", function.name());
    return 0;
  }
  if (options.function.empty()) throw BadInput("exhaust: no function; --list tells all");
  properties::Function function = function_of(options.function);
  if (!options.result.empty()) function.dtypes.result = real_dtype_of(options.result);
  const unsigned threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  return exhaust(options, {function, subjects_of(options, function), range_of(options, function), threads});
}

}  // namespace

void add_exhaust(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("exhaust", "Try every input of a function of 32 bits");
  command->add_option("FUNCTION", options->function, "One of those that --list tells");
  command->add_flag("--list", options->lists, "Tell the functions that there are");
  command
      ->add_option("--subject", options->subjects, "Who is on trial (may be repeated: one look of the oracle for all)")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--result", options->result, "The result's dtype, if it is not the inputs'");
  command->add_option("--range", options->range, "A:B: only the inputs with numbers from A to below B (0x for hex)");
  command->add_option("--shard", options->shard, "I/N: only part I of N equal parts");
  command->add_flag("--resume", options->resumes, "Go on from the checkpoint of an interrupted run");
  command->add_option("--threads", options->threads, "As many threads as the machine has, if not given")
      ->check(CLI::Range(1U, 4096U));
  command->add_option("--out", options->out, "Directory for exhaust/ and corpus/")->capture_default_str();
  command->add_option("--corpus", options->corpus, "Directory for the hardest inputs, if not OUT/corpus");
  add_certify(*command);
  command->callback([=, &action] { action = [=] { return exhaust(*options); }; });
}

}  // namespace reports
