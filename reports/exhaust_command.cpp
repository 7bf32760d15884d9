#include <fmt/format.h>

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
  std::string function, subject = "lossproof", result, range, shard, out = "out", corpus;
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
  std::string text = fmt::format("./lossproof exhaust {} --subject {}", o.function, o.subject);
  for (const auto& [option, value] :
       {std::pair{"--result", &o.result}, {"--range", &o.range}, {"--shard", &o.shard}, {"--corpus", &o.corpus}})
    if (!value->empty()) text += fmt::format(" {} {}", option, *value);
  if (o.out != "out") text += " --out " + o.out;
  if (oracles::first_rung() != oracles::Rung::ball) text += " --certify";
  return text;
}

/// A checkpoint of the same function, subject and part; other text in it than this run would write is refused.
ExhaustRecord resumed(const ExhaustPlan& plan, const std::filesystem::path& checkpoint) {
  ExhaustRecord record = read_exhaust_record(checkpoint);
  for (const Range& range : record.census.ranges)
    if (range.begin < plan.range.begin || range.end > plan.range.end)
      throw BadInput(fmt::format("{}: has the inputs {:#x}:{:#x}, beyond the range of this run", checkpoint.string(),
                                 range.begin, range.end));
  ExhaustRecord nothing = empty_record(plan);
  nothing.context.seconds = 0;
  return merge(record, nothing, {checkpoint.string(), "this run"});
}

int exhaust(const Options& options, const ExhaustPlan& plan) {
  const std::filesystem::path directory = std::filesystem::path(options.out) / "exhaust";
  const std::filesystem::path corpus =
      options.corpus.empty() ? std::filesystem::path(options.out) / "corpus" : std::filesystem::path(options.corpus);
  const std::string name =
      stem(plan.function, plan.range) + (options.subject == "lossproof" ? "" : "-" + options.subject);
  const std::filesystem::path result = directory / (name + ".json"),
                              checkpoint = directory / (name + ".checkpoint.json");
  if (options.out.empty()) require_writable(options.out);
  for (const auto& place : {directory, corpus}) require_writable(place);
  for (const auto& file : {result, checkpoint}) require_replaceable(file);
  if (!options.resumes && std::filesystem::exists(checkpoint))
    throw BadInput(
        fmt::format("{}: of a run that was interrupted; go on with --resume, or remove it", checkpoint.string()));
  ExhaustRecord record = options.resumes ? resumed(plan, checkpoint) : empty_record(plan);

  std::signal(SIGINT, [](int) { interrupted = true; });
  {
    Progress progress(plan, record);
    auto next = Clock::now() + std::chrono::seconds(30);
    run(plan, record, interrupted, [&](const ExhaustRecord& so_far) {
      progress.show(so_far);
      if (Clock::now() < next) return;
      replace_file(checkpoint, text(so_far));
      next = Clock::now() + std::chrono::seconds(30);
    });
  }
  if (record.census.inputs() < plan.range.size()) {
    replace_file(checkpoint, text(record));
    fmt::print(stderr, "lossproof: interrupted after {} of {} inputs; go on with: {} --resume\n",
               grouped(record.census.inputs()), grouped(plan.range.size()), command_line(options));
    return 3;
  }
  replace_file(result, text(record));
  std::filesystem::remove(checkpoint);
  fmt::print("{}", summary(record));
  const auto hardest = store_hardest(record, plan.range, corpus);
  fmt::print("  {:.1f} s; record in {}{}\n", record.context.seconds, result.string(),
             hardest ? ", hardest inputs in " + hardest->string() : "");
  return exit_code(record);
}

int exhaust(const Options& options) {
  if (options.lists) {
    for (const auto& function : properties::functions()) fmt::print("{}\n", function.name());
    return 0;
  }
  if (options.function.empty()) throw BadInput("exhaust: no function; --list tells all");
  properties::Function function = function_of(options.function);
  if (!options.result.empty()) function.dtypes.result = real_dtype_of(options.result);
  const properties::Subject& subject = subject_of(options.subject);
  if (!subject.offers(*function.loss, function.dtypes))
    throw BadInput(fmt::format("--subject {}: does not offer {} in {}", options.subject, function.loss->name,
                               name(function.dtypes)));
  const unsigned threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  return exhaust(options, {function, &subject, range_of(options, function), threads});
}

}  // namespace

void add_exhaust(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("exhaust", "Try every input of a function of 32 bits");
  command->add_option("FUNCTION", options->function, "One of those that --list tells");
  command->add_flag("--list", options->lists, "Tell the functions that there are");
  command->add_option("--subject", options->subject, "Who is on trial")->capture_default_str();
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
