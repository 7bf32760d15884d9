#pragma once

#include <cstddef>
#include <string>

namespace lossproof::simd {

/// The place, in Highway's tables of functions, of the target that this thread's calls run on. Error: as
/// `lossproof::target`.
std::size_t target_here();

/// The same, for a kernel to be called there: see take_last_target.
std::size_t target_index();

/// While it lives, that place is `index` on this thread: for a call, and for its tasks on other threads.
class TargetHere {
 public:
  explicit TargetHere(std::size_t index);
  ~TargetHere();
  TargetHere(const TargetHere&) = delete;
  TargetHere& operator=(const TargetHere&) = delete;

 private:
  std::size_t before_;
};

/// For tests: the target, as its code says itself, whose place this thread last called a kernel at; then it is
/// forgotten. Empty: no kernel was called.
std::string take_last_target();

}  // namespace lossproof::simd
