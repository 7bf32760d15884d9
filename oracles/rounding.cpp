#include "oracles/rounding.h"

#include <algorithm>
#include <cmath>
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

}  // namespace oracles
