// Binary floating point with a mantissa of 256 bits and an exponent of 64, every operation rounded in a direction: the
// endpoints of the intervals in which the last rung of the ladder works.
#pragma once

#include <array>
#include <cstdint>

namespace lossproof::arith {

enum class Direction : std::uint8_t { down, up };

/// sign * (mantissa / 2^256) * 2^exponent with the mantissa's top bit set, or 0 (sign 0).
/// Limbs are stored least significant first.
struct Wide {
  static constexpr int limbs = 4;
  static constexpr int bits = 64 * limbs;
  using Mantissa = std::array<std::uint64_t, limbs>;

  int sign = 0;
  std::int64_t exponent = 0;
  Mantissa mantissa{};

  Wide() = default;
  /// Exact. `x` is finite.
  Wide(double x);
};

inline Wide operator-(Wide a) {
  a.sign = -a.sign;
  return a;
}

/// -1, 0, 1 as a is less than, equal to, greater than b.
int compare(const Wide& a, const Wide& b);

/// Each operation gives the result rounded in the direction asked for, and sets `inexact` if that is not the exact
/// result (it is never cleared).
Wide add(const Wide& a, const Wide& b, Direction direction, bool& inexact);
Wide multiply(const Wide& a, const Wide& b, Direction direction, bool& inexact);
/// b is not 0.
Wide divide(const Wide& a, const Wide& b, Direction direction, bool& inexact);

/// 2^k a, exact.
inline Wide scale(Wide a, std::int64_t k) {
  a.exponent += k;
  return a;
}

/// The nearest double or next to it: for estimates only. `a` is within the double range.
double approximate(const Wide& a);

/// A floating-point format: precision in bits and the exponent of its smallest subnormal and of its overflow threshold
/// 2^overflow.
struct Format {
  int precision;
  int quantum;
  int overflow;
};

/// `a` rounded to nearest, ties to even, in a format that fits in a double; a zero takes the sign of what was rounded.
/// `beyond` (-1, 0, 1) says on which side of `a` the number meant lies, infinitely close: it decides at midpoints, and
/// the sign of a zero.
double nearest(const Wide& a, const Format& format, int beyond);

}  // namespace lossproof::arith
