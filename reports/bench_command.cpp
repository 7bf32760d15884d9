#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "bench/oracle.h"
#include "reports/commands.h"
#include "reports/context.h"
#include "reports/records.h"

namespace reports {
namespace {

struct Options {
  bool oracle = false;
  double seconds = 0.1;
  std::string out = "out";
};

std::string rungs_of(const bench::Measurement& m) {
  std::vector<std::string> parts;
  for (const oracles::Rung rung : oracles::rungs) {
    const std::int64_t n = m.rungs[static_cast<std::size_t>(rung)];
    if (n > 0) parts.push_back(fmt::format("{} {}", oracles::name(rung), n));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Json json_of(const bench::Measurement& m) {
  Json rungs = Json::object();
  for (const oracles::Rung rung : oracles::rungs)
    rungs[std::string(oracles::name(rung))] = m.rungs[static_cast<std::size_t>(rung)];
  return {{"work", m.work}, {"shape", m.shape},     {"dtype", oracles::name(m.dtype)}, {"peer", m.peer},
          {"seconds", m.seconds}, {"gelem_s", m.gelem_s()}, {"rungs", rungs}};
}

int bench_command(const Options& options) {
  if (!options.oracle) throw BadInput("bench: nothing to measure; expected --oracle");
  const std::filesystem::path out = options.out;
  require_writable(out);
  require_replaceable(out / "bench.json");
  fmt::print("{:<46}{:<14}{:<7}{:>16}  {}\n", "work", "shape", "dtype", "elements/s", "decided by");
  const auto note = [](const bench::Measurement& m) {
    fmt::print("{:<46}{:<14}{:<7}{:>14.2f} M  {}\n", m.work, fmt::format("[{}]", fmt::join(m.shape, ", ")),
               oracles::name(m.dtype), m.gelem_s() * 1e3, rungs_of(m));
  };
  const Context context = this_machine();
  Json rows = Json::array();
  for (const auto& m : bench::oracle_speed(options.seconds, note)) rows.push_back(json_of(m));
  const Json document = {{"schema", schema},
                         {"machine", context.machine},
                         {"isa", context.isa},
                         {"compiler", context.compiler},
                         {"libraries", context.libraries},
                         {"rows", rows}};
  replace_file(out / "bench.json", document.dump(1) + "\n");
  fmt::print("\nMedians of five, one core; written to {}\n", (out / "bench.json").string());
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", "Measure speed; writes OUT/bench.json");
  command->add_flag("--oracle", options->oracle, "How fast the oracle decides, one core");
  command->add_option("--seconds", options->seconds, "Least time of each of a measurement's five runs")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 3600.0));
  command->add_option("--out", options->out, "Directory for bench.json")->capture_default_str();
  command->callback([=, &action] { action = [=] { return bench_command(*options); }; });
}

}  // namespace reports
