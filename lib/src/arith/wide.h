// Binary floating point with a mantissa of `limbs` 64-bit words and an exponent of 64 bits, every operation rounded in
// a direction: the endpoints of the intervals in which the last rungs of the ladder work.
#pragma once

#include <array>
#include <cstdint>

namespace lossproof::arith {

enum class Direction : std::uint8_t { down, up };

/// A floating-point format: precision in bits and the exponent of its smallest subnormal and of its overflow threshold
/// 2^overflow.
struct Format {
  int precision;
  int quantum;
  int overflow;
};

/// sign * (mantissa / 2^bits) * 2^exponent with the mantissa's top bit set, or 0 (sign 0).
/// Limbs are stored least significant first. Instantiated for 4, 20 and 72 of them.
template <int limbs>
struct Wide {
  static constexpr int bits = 64 * limbs;
  using Mantissa = std::array<std::uint64_t, limbs>;

  int sign = 0;
  std::int64_t exponent = 0;
  Mantissa mantissa{};

  Wide() = default;
  /// Exact. `x` is finite.
  Wide(double x);

  Wide operator-() const {
    Wide r = *this;
    r.sign = -sign;
    return r;
  }

  /// 2^k times this, exact.
  Wide scaled(std::int64_t k) const {
    Wide r = *this;
    r.exponent += k;
    return r;
  }

  /// -1, 0, 1 as a is less than, equal to, greater than b.
  static int compare(const Wide& a, const Wide& b);

  /// Each operation gives the result rounded in the direction asked for, and sets `inexact` if that is not the exact
  /// result (it is never cleared).
  static Wide add(const Wide& a, const Wide& b, Direction direction, bool& inexact);
  static Wide multiply(const Wide& a, const Wide& b, Direction direction, bool& inexact);
  /// b is not 0.
  static Wide divide(const Wide& a, const Wide& b, Direction direction, bool& inexact);

  /// The nearest double or next to it: for estimates only. The number is within the double range.
  double approximate() const;

  /// Rounded to nearest, ties to even, in a format that fits in a double; a zero takes the sign of what was rounded.
  /// `beyond` (-1, 0, 1) says on which side of this the number meant lies, infinitely close: it decides at midpoints,
  /// and the sign of a zero.
  double nearest(const Format& format, int beyond) const;
};

}  // namespace lossproof::arith
