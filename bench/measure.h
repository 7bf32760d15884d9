// Times, by Google Benchmark.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace bench {

/// Seconds of wall time that one call of `work` takes: the mean over one run of at least `seconds`. Throws
/// std::runtime_error if it was not measured.
double seconds_per_call(const std::function<void()>& work, double seconds);

/// What gives a time each time it is asked.
using Timer = std::function<double()>;

/// The median of five times of each timer, taken in turns (a b c a b c ...), so that what slows the machine down for a
/// while slows all of them.
std::vector<double> medians(std::span<const Timer> timers);

}  // namespace bench
