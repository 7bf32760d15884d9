// The instruction set that the vector kernels run on. Results do not depend on it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lossproof {

/// The targets that this machine can run, the widest vectors first: of "avx3" (AVX-512), "avx2", "sse4", "neon" and
/// the like, and "scalar", the same kernels one number at a time.
std::vector<std::string> targets();

/// The target that runs, as its code says itself: the first of `targets()`, unless the environment variable
/// LOSSPROOF_TARGET or `set_target` names another one. Error: LOSSPROOF_TARGET names none of them (every loss throws it
/// too).
std::string target();

/// Calls that begin after this one run on this target. Error: not one of `targets()`.
void set_target(std::string_view name);

}  // namespace lossproof
