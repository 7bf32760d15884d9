// The floating-point environment that the library computes in, whatever the caller's is.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace lossproof::detail {

/// While it lives, this thread rounds to nearest, keeps subnormal numbers (as with -ffast-math linked in it would not),
/// and traps nothing. Costs a load where that is so already.
class DefaultEnvironment {
 public:
  DefaultEnvironment(const DefaultEnvironment&) = delete;
  DefaultEnvironment& operator=(const DefaultEnvironment&) = delete;

#if defined(__SSE2__)
  DefaultEnvironment() : before_(_mm_getcsr()) {
    if (is_other()) _mm_setcsr(controls_by_default);
  }
  ~DefaultEnvironment() {
    if (is_other()) _mm_setcsr(before_);
  }

 private:
  /// All exceptions masked, rounding to nearest, no flush to zero, no denormals as zeros; without the sticky flags.
  static constexpr unsigned controls = 0xffc0;
  static constexpr unsigned controls_by_default = 0x1f80;

  bool is_other() const { return (before_ & controls) != controls_by_default; }

  unsigned before_;
#else
  DefaultEnvironment() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultEnvironment() { std::fesetenv(&before_); }

 private:
  std::fenv_t before_;
#endif
};

}  // namespace lossproof::detail
