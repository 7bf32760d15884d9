#include "oracles/rounding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace oracles {
namespace {

/// Where the real number lies as seen from an endpoint of its enclosure: decides midpoints, and the sign of 0.
enum class Lies : std::uint8_t { below, at, above };

/// |x| in units of 2^quantum, rounded to an integer (at most 2^53): a midpoint goes up where `up`, to even where
/// `even`, down otherwise. Every step is exact, for the integer and the fraction are made of bits of x.
double rounded_quanta(mpfr_srcptr x, long quantum, bool even, bool up) {
  mpfr_t fraction, whole;
  mpfr_inits2(mpfr_get_prec(x), fraction, whole, nullptr);
  mpfr_mul_2si(fraction, x, -quantum, MPFR_RNDN);
  mpfr_abs(fraction, fraction, MPFR_RNDN);
  mpfr_floor(whole, fraction);
  mpfr_sub(fraction, fraction, whole, MPFR_RNDN);
  const double integer = mpfr_get_d(whole, MPFR_RNDN);
  const int side = mpfr_cmp_d(fraction, 0.5);
  mpfr_clears(fraction, whole, nullptr);
  const bool tie_up = even ? std::fmod(integer, 2) != 0 : up;
  return side > 0 || (side == 0 && tie_up) ? integer + 1 : integer;
}

double rounded_end(mpfr_srcptr x, Lies lies, const Format& format) {
  if (mpfr_zero_p(x)) return lies == Lies::below ? -0.0 : 0.0;
  const bool negative = mpfr_signbit(x) != 0;
  const double sign = negative ? -1 : 1;
  const double infinity = sign * std::numeric_limits<double>::infinity();
  if (mpfr_inf_p(x)) return infinity;
  const long exponent = mpfr_get_exp(x) - 1;  // 2^exponent <= |x| < 2^(exponent + 1)
  if (exponent > format.emax) return infinity;
  const long quantum = std::max<long>(exponent, format.emin) - (format.precision - 1);
  const double quanta = rounded_quanta(x, quantum, lies == Lies::at, lies == (negative ? Lies::below : Lies::above));
  const bool overflow = exponent == format.emax && quanta == std::ldexp(1.0, format.precision);
  return overflow ? infinity : sign * std::ldexp(quanta, static_cast<int>(quantum));
}

}  // namespace

std::optional<double> round_to(const Enclosure& enclosure, const Format& format) {
  if (enclosure.is_nan()) return std::numeric_limits<double>::quiet_NaN();
  const bool inside = enclosure.ends == Ends::excluded;
  const double low = rounded_end(enclosure.low, inside ? Lies::above : Lies::at, format);
  const double high = rounded_end(enclosure.high, inside ? Lies::below : Lies::at, format);
  if (low != high || std::signbit(low) != std::signbit(high)) return std::nullopt;
  return low;
}

// Adding 3 * 2^(51 + quantum) leaves 2^quantum as the last bit of the sum, so that the addition rounds to it, as
// IEEE 754 rounds: |x| < 2^(precision + quantum) is far below. The subtraction is exact.
double quantized(double x, const Format& format) {
  if (format.precision == binary32.precision) return static_cast<float>(x);
  const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023;
  if (format.precision == binary64.precision || exponent == 1024) return x;
  if (exponent > format.emax) return std::copysign(std::numeric_limits<double>::infinity(), x);
  const int quantum = std::max(exponent, format.emin) - (format.precision - 1);
  const auto bits_of_power = static_cast<std::uint64_t>(quantum + 52 + 1023) << 52;
  const double shift = 1.5 * std::bit_cast<double>(bits_of_power);
  const double rounded = std::copysign((x + shift) - shift, x);
  const bool overflow = exponent == format.emax && std::fabs(rounded) == std::ldexp(1.0, format.emax + 1);
  return overflow ? std::copysign(std::numeric_limits<double>::infinity(), x) : rounded;
}

// No two ends of an inexact ball are one double: each is beside the midpoint or further away.
std::optional<double> round_to(const Ball& ball, const Format& format) {
  if (ball.radius == 0) return ball.mid == 0 ? 0 : quantized(ball.mid, format);
  if (!std::isfinite(ball.mid) || !std::isfinite(ball.radius)) return std::nullopt;
  const double low = quantized(least(ball), format);
  const double high = quantized(largest(ball), format);
  if (low != high || std::signbit(low) != std::signbit(high)) return std::nullopt;
  return low;
}

}  // namespace oracles
