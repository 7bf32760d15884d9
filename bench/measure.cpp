#include "bench/measure.h"

#include <benchmark/benchmark.h>

#include <optional>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

/// Keeps the median, prints nothing.
class Median : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name == "median") seconds = run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit);
    }
  }
  std::optional<double> seconds;
};

}  // namespace

double median_seconds(const std::string& name, const std::function<void()>& work, double seconds) {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(name.c_str(), [&work](benchmark::State& state) {
    for (auto _ : state) work();
  })->Repetitions(5)->MinTime(seconds)->UseRealTime()->ReportAggregatesOnly();
  Median median;
  benchmark::RunSpecifiedBenchmarks(&median, ".*");
  benchmark::ClearRegisteredBenchmarks();
  if (!median.seconds) throw std::runtime_error(name + ": Google Benchmark gave no median");
  return *median.seconds;
}

}  // namespace bench
