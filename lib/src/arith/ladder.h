// Approximate with a radius, test, refine (Ziv, "Fast evaluation of elementary mathematical functions with correctly
// rounded last bit", ACM TOMS 17, 1991): a result is accepted from the first arithmetic whose enclosure rounds to one
// number.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "arith/arithmetic.h"
#include "lossproof/loss.h"

namespace lossproof::arith {

/// A formula's radius is evaluated in f64 with a few roundings of its own; this covers them (2^-40 for at most 2^10).
inline constexpr double radius_slack = 1 + 0x1p-40;

template <class T>
bool same(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

/// The pair's sum rounded to odd: of the two doubles around it the one with an odd mantissa. To round that to a format
/// with at least two bits less is to round the sum itself (Boldo, Melquiond, "When double rounding is odd", 2005).
inline double round_to_odd(DD a) {
  const bool odd = (std::bit_cast<std::uint64_t>(a.hi) & 1) != 0;
  if (a.lo == 0 || odd) return a.hi;
  return std::nextafter(a.hi,
                        a.lo > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity());
}

inline void round_pair(DD a, float& out) { out = static_cast<float>(round_to_odd(a)); }
inline void round_pair(DD a, double& out) { out = a.hi; }

/// Each `settle` stores the true value rounded to T and returns true if the enclosure decides it.
inline bool settle(const Approx<Fast>& a, float& out) {
  // value -+ radius are off by at most 2^-53 of their size.
  const double radius = a.radius * radius_slack + std::fabs(a.value) * 0x1p-52;
  out = static_cast<float>(a.value - radius);
  return same(out, static_cast<float>(a.value + radius));
}

template <class T>
bool settle(const Approx<Fine>& a, T& out) {
  const double size = std::fabs(a.value.hi);
  // Below, the low parts lose bits to underflow; above, an intermediate may have overflowed; NaN fails both.
  if (!(size >= 0x1p-900 && size <= 0x1p+1000)) return false;
  const double radius = a.radius * radius_slack + size * 0x1p-104;
  T above;
  round_pair(fast_two_sum(a.value.hi, a.value.lo - radius), out);
  round_pair(fast_two_sum(a.value.hi, a.value.lo + radius), above);
  return radius < size && same(out, above);
}

template <class T>
inline constexpr Format format_of{};
template <>
inline constexpr Format format_of<float>{24, -149, 128};
template <>
inline constexpr Format format_of<double>{53, -1074, 1024};

template <int limbs, class T>
bool settle(const Approx<Enclosed<limbs>>& a, T& out) {
  bool decided = true;
  out = static_cast<T>(a.value.nearest(format_of<T>, decided));
  return decided;
}

/// Climbs the ladder: `evaluate(A{})` gives the value in arithmetic A. Results of f64 start in double-double.
template <class T, class Evaluate>
T rounded(Refinements& counts, Evaluate&& evaluate) {
  ++counts.results;
  T result;
  if constexpr (std::is_same_v<T, float>) {
    if (settle(evaluate(Fast{}), result)) return result;
    ++counts.double_double;
  }
  if (settle(evaluate(Fine{}), result)) return result;
  ++counts.wide;
  if (settle(evaluate(Last{}), result)) return result;
  ++counts.widest;
  if (!settle(evaluate(Beyond{}), result)) ++counts.undecided;
  return result;
}

/// The arithmetic that results of T are first evaluated in.
template <class T>
using First = std::conditional_t<std::is_same_v<T, float>, Fast, Fine>;

}  // namespace lossproof::arith
