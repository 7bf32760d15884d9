// The instruction set that the vector kernels run on. Results do not depend on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lossproof {

/// The targets that this machine can run, the widest vectors first: of "avx512", "avx2", "sse4", "neon" and the like,
/// and, where a machine of its kind may have no vectors (not AArch64), "scalar", the same kernels without them.
std::vector<std::string> targets();

/// The target that calls of this thread run on, as its code says itself: the first of `targets()`, unless the
/// environment variable LOSSPROOF_TARGET, `set_target` or a `TargetScope` names another one. Error: LOSSPROOF_TARGET
/// names none of them (every loss throws it too, outputs untouched).
std::string target();

/// Calls that begin after this one, on any thread, run on this target. Error: not one of `targets()`.
void set_target(std::string_view name);

/// While it lives, calls of the thread that made it run on this target, whatever else is set; their own threads
/// included. Scopes nest. Error: not one of `targets()`.
class TargetScope {
 public:
  explicit TargetScope(std::string_view name);  ///< Begins it.
  ~TargetScope();
  TargetScope(const TargetScope&) = delete;
  TargetScope& operator=(const TargetScope&) = delete;

 private:
  std::size_t before_;
};

}  // namespace lossproof
