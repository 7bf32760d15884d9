// How far an exhaustive run is, for those who watch it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "reports/exhaust.h"

namespace reports {

/// One line of stderr that is written over and over, if that is a terminal; it is gone at the end.
class Progress {
 public:
  Progress(const ExhaustPlan& plan, const ExhaustRecords& before);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const ExhaustRecords& records);

 private:
  using Clock = std::chrono::steady_clock;

  std::string name_;
  std::int64_t done_before_, to_do_;  ///< of each subject
  bool is_terminal_;
  bool shown_ = false;
  Clock::time_point begin_ = Clock::now(), next_ = begin_;
};

/// "1:02:03", "2:03".
std::string clock_text(double seconds);

}  // namespace reports
