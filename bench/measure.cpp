#include "bench/measure.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t rounds = 5;

/// Keeps the time, prints nothing.
class Time : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) seconds = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
  }
  std::optional<double> seconds;
};

}  // namespace

double seconds_per_call(const std::function<void()>& work, double seconds) {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark("work",
                               [&work](benchmark::State& state) {
                                 for (auto _ : state) work();
                               })
      ->MinTime(seconds)
      ->UseRealTime();
  Time time;
  benchmark::RunSpecifiedBenchmarks(&time, ".*");
  benchmark::ClearRegisteredBenchmarks();
  if (!time.seconds) throw std::runtime_error("Google Benchmark gave no time");
  return *time.seconds;
}

std::vector<double> medians(std::span<const Timer> timers) {
  std::vector<std::vector<double>> times(timers.size());
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t t = 0; t < timers.size(); ++t) times[t].push_back(timers[t]());
  std::vector<double> result;
  for (auto& of : times) {
    std::ranges::nth_element(of, of.begin() + rounds / 2);
    result.push_back(of[rounds / 2]);
  }
  return result;
}

}  // namespace bench
