#include "reports/exhaust_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "reports/summary.h"

namespace reports {

Progress::Progress(const ExhaustPlan& plan, const ExhaustRecords& before)
    : name_(plan.function.name()),
      done_before_(before.front().census.inputs()),
      to_do_(plan.range.size() - done_before_),
      is_terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(const ExhaustRecords& records) {
  if (!is_terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(200);
  shown_ = true;
  const std::int64_t done = records.front().census.inputs() - done_before_;
  std::int64_t misrounded = 0;
  for (const ExhaustRecord& record : records) misrounded += record.census.misrounded;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double rate = static_cast<double>(done) / seconds;
  fmt::print(stderr, "\r\x1b[K{}: {} of {}, {:.1f} M/s, {} left, {} misrounded", name_, grouped(done), grouped(to_do_),
             rate * 1e-6, clock_text(static_cast<double>(to_do_ - done) / rate), grouped(misrounded));
  std::fflush(stderr);
}

std::string clock_text(double seconds) {
  const auto s = static_cast<std::int64_t>(seconds);
  const std::string minutes = fmt::format("{}:{:02}", s / 60 % 60, s % 60);
  return s < 3600 ? minutes : fmt::format("{}:{:0>5}", s / 3600, minutes);
}

}  // namespace reports
