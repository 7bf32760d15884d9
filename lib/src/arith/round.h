// Rounding to a format that is chosen at run time. A number of any format that the library has is a double, so that is
// what it is returned as.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "arith/dd.h"
#include "arith/wide.h"

namespace lossproof::arith {

/// 2^k, a normal number.
inline double power_of_two(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }

/// x rounded to nearest, ties to even, in a format with at most 51 bits. The sum with 1.5 * 2^52 units of the last
/// place that is kept, in the binade of x or of the smallest normal number, is rounded to whole ones.
inline double nearest(double x, const Format& format) {
  if (format.precision == 24) return static_cast<float>(x);  // for speed: the machine does it
  const double size = std::fabs(x);
  const double overflow = power_of_two(format.overflow);
  if (size >= overflow) return std::copysign(std::numeric_limits<double>::infinity(), x);
  constexpr std::uint64_t exponent = std::uint64_t{0x7ff} << 52;
  const double binade = std::max(std::bit_cast<double>(std::bit_cast<std::uint64_t>(size) & exponent),
                                 power_of_two(format.quantum + format.precision - 1));
  const double shift = binade * (1.5 * power_of_two(53 - format.precision));
  const double rounded = (size + shift) - shift;
  return std::copysign(rounded >= overflow ? std::numeric_limits<double>::infinity() : rounded, x);
}

/// The pair's sum rounded to odd: of the two doubles around it the one with an odd mantissa. To round that to a format
/// with at least two bits less is to round the sum itself (Boldo, Melquiond, "When double rounding is odd", 2005).
inline double round_to_odd(DD a) {
  const bool odd = (std::bit_cast<std::uint64_t>(a.hi) & 1) != 0;
  if (a.lo == 0 || odd) return a.hi;
  return std::nextafter(a.hi, std::copysign(std::numeric_limits<double>::infinity(), a.lo));
}

/// The pair's sum rounded once, for |a.hi| in [2^-900, 2^1000].
inline double nearest(DD a, const Format& format) {
  return format.precision == 53 ? a.hi : nearest(round_to_odd(a), format);
}

}  // namespace lossproof::arith
