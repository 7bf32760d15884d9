// Measurements as the terminal shows them.
#pragma once

#include <string>
#include <vector>

#include "bench/measurement.h"
#include "bench/works.h"

namespace reports {

/// One line of the oracle's table, and what stands above it.
std::string oracle_heading();
std::string oracle_line(const bench::Measurement& m);

/// A work and a line for each who did it, with how many times as fast this library's best target is on as many threads.
std::string losses_heading();
std::string losses_lines(const bench::Work& work, const std::vector<bench::Measurement>& measurements);

}  // namespace reports
