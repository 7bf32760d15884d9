// Times, by Google Benchmark.
#pragma once

#include <functional>
#include <string>

namespace bench {

/// Seconds of wall time that one call of `work` takes: the median of five runs of at least `seconds` each. Throws
/// std::runtime_error if it was not measured.
double median_seconds(const std::string& name, const std::function<void()>& work, double seconds);

}  // namespace bench
