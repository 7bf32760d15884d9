#include <fmt/format.h>
#include <fmt/ranges.h>
#include <lossproof/target.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "bench/losses.h"
#include "bench/oracle.h"
#include "reports/bench_record.h"
#include "reports/bench_text.h"
#include "reports/commands.h"
#include "reports/context.h"

namespace reports {
namespace {

struct Options {
  bool oracle = false;
  double seconds = 0.05;
  std::string filter, target, torch, out = "out";
  std::vector<int> threads;
};

std::string command_line(const Options& o) {
  std::string text = fmt::format("./lossproof bench{} --seconds {}", o.oracle ? " --oracle" : "", o.seconds);
  for (const auto& [option, value] : {std::pair{"--filter", &o.filter}, {"--target", &o.target}, {"--torch", &o.torch}})
    if (!value->empty()) text += fmt::format(" {} '{}'", option, *value);
  if (!o.threads.empty()) text += fmt::format(" --threads {}", fmt::join(o.threads, ","));
  return text;
}

std::vector<std::string> targets_of(const std::string& name) {
  const std::vector<std::string> all = lossproof::targets();
  if (name.empty()) return all;
  if (std::ranges::count(all, name) == 0)
    throw BadInput(fmt::format("--target {}: this machine has no such target; it has {}", name, fmt::join(all, ", ")));
  return {name};
}

/// As asked, each once; else 1 and as many as the machine runs at once.
std::vector<int> threads_of(std::vector<int> asked) {
  if (asked.empty()) asked = {1, static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
  std::vector<int> result;
  for (const int n : asked)
    if (std::ranges::count(result, n) == 0) result.push_back(n);
  return result;
}

std::vector<bench::Measurement> measure_losses(const Options& options, Context& context) {
  bench::Field field{targets_of(options.target), threads_of(options.threads)};
  const std::vector<bench::Work> works = bench::works(options.filter);
  if (works.empty())
    throw BadInput(fmt::format("--filter '{}': no work's name contains it; one is called '{}'", options.filter,
                               bench::works("").front().label()));
  std::optional<bench::Torch> torch;
  if (!options.torch.empty()) {
    field.torch = &torch.emplace(options.torch);
    context.libraries += ", " + torch->library();
  }
  std::vector<bench::Measurement> all;
  fmt::print("{}", losses_heading());
  for (const bench::Work& work : works) {
    const auto measured = bench::measured(work, field, options.seconds);
    fmt::print("{}", losses_lines(work, measured));
    std::fflush(stdout);
    all.insert(all.end(), measured.begin(), measured.end());
  }
  return all;
}

std::vector<bench::Measurement> measure_oracle(const Options& options) {
  fmt::print("{}", oracle_heading());
  return bench::oracle_speed(options.seconds, [](const bench::Measurement& m) { fmt::print("{}", oracle_line(m)); });
}

int bench_command(const Options& options) {
  const std::filesystem::path out = options.out, file = out / "bench.json";
  require_writable(out);
  require_replaceable(file);
  read_bench(file);
  Context context = this_machine();
  context.command = command_line(options);
  const auto measurements = options.oracle ? measure_oracle(options) : measure_losses(options, context);
  Json document = read_bench(file);
  put_run(document, options.oracle ? oracle_run : losses_run, context, measurements);
  replace_file(file, document.dump(1) + "\n");
  fmt::print("\nMedians of five{}; written to {}\n", options.oracle ? ", one core" : " taken in turns", file.string());
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "Measure the speed of every loss beside its peers and the memory's; writes OUT/bench.json");
  const auto text = [&](const char* name, std::string& value, const char* help) {
    return command->add_option(name, value, help);
  };
  CLI::Option* of_losses[] = {
      text("--filter", options->filter, "Only works whose name contains this, such as 'mse_loss value [4194304] f32'"),
      text("--target", options->target, "Only this target of the library (all that the machine has)"),
      text("--torch", options->torch, "A Python that has PyTorch, to measure it too, eager and compiled"),
      command->add_option("--threads", options->threads, "Numbers of threads, as in 1,2 (1 and the machine's)")
          ->delimiter(',')
          ->check(CLI::Range(1, 1024)),
  };
  CLI::Option* oracle = command->add_flag("--oracle", options->oracle, "How fast the oracle decides instead, one core");
  for (CLI::Option* option : of_losses) oracle->excludes(option);
  command->add_option("--seconds", options->seconds, "Least time of each of a measurement's five runs")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 3600.0));
  command->add_option("--out", options->out, "Directory for bench.json")->capture_default_str();
  command->callback([=, &action] { action = [=] { return bench_command(*options); }; });
}

}  // namespace reports
