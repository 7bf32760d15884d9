#include "reports/bench_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace reports {

using bench::Measurement;

namespace {

std::string rungs_of(const Measurement& m) {
  std::vector<std::string> parts;
  for (const oracles::Rung rung : oracles::rungs) {
    const std::int64_t n = m.rungs->at(static_cast<std::size_t>(rung));
    if (n > 0) parts.push_back(fmt::format("{} {}", oracles::name(rung), n));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// "1.99 ms"
std::string time_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1e3) : fmt::format("{:.3g} s", seconds);
}

}  // namespace

std::string oracle_heading() {
  return fmt::format("{:<46}{:<14}{:<7}{:>16}  {}\n", "work", "shape", "dtype", "elements/s", "decided by");
}

std::string oracle_line(const Measurement& m) {
  return fmt::format("{:<46}{:<14}{:<7}{:>14.2f} M  {}\n", m.work, fmt::format("[{}]", fmt::join(m.shape, ", ")),
                     properties::name(m.dtypes), m.gelem_s() * 1e3, rungs_of(m));
}

std::string losses_heading() {
  return fmt::format("{:<26}{:>8}{:>12}{:>12}{:>14}\n", "peer", "threads", "time", "Gelem/s", "lossproof is");
}

std::string losses_lines(const bench::Work& work, const std::vector<Measurement>& measurements) {
  std::string text = "\n" + work.label() + "\n";
  for (const Measurement& m : measurements) {
    double best = 0;
    for (const Measurement& ours : measurements)
      if (ours.peer == "lossproof" && ours.threads == m.threads) best = std::max(best, ours.gelem_s());
    text += fmt::format("  {:<24}{:>8}{:>12}{:>12.3f}{:>13}\n",
                        m.target.empty() ? m.peer : fmt::format("{} {}", m.peer, m.target), m.threads,
                        time_text(m.seconds), m.gelem_s(), best > 0 ? fmt::format("{:.3g}x", best / m.gelem_s()) : "");
  }
  return text;
}

}  // namespace reports
