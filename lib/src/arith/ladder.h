// Approximate with a radius, test, refine (Ziv, "Fast evaluation of elementary mathematical functions with correctly
// rounded last bit", ACM TOMS 17, 1991): a result is accepted from the first arithmetic whose enclosure rounds to one
// number.
#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "arith/arithmetic.h"
#include "arith/round.h"
#include "lossproof/loss.h"

namespace lossproof::arith {

/// A formula's radius is evaluated in f64 with a few roundings of its own; this covers them (2^-40 for at most 2^10).
inline constexpr double radius_slack = 1 + 0x1p-40;

inline bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// For tests: nothing is decided in `Fast`, nor in vectors.
inline std::atomic<bool> refuse_first{false};

/// Each `settle` stores the true value rounded to the format and returns true if the enclosure decides it. Of what lies
/// beyond an exact value the sign is enough, for a pair is rounded to odd. In Fast the format is not that of f64.
inline bool settle(const Approx<Fast>& a, const Format& format, double& out) {
  if (refuse_first.load(std::memory_order_relaxed)) return false;
  if (a.radius == 0) {
    out = nearest(a.beyond == 0 ? a.value : round_to_odd(DD{a.value, static_cast<double>(a.beyond)}), format);
    return true;
  }
  // value -+ radius are off by at most 2^-53 of their size.
  const double radius = a.radius * radius_slack + std::fabs(a.value) * 0x1p-52;
  out = nearest(a.value - radius, format);
  return same(out, nearest(a.value + radius, format));
}

/// Whatever the format: below 2^-900 low parts lose bits to underflow, above 2^1000 an intermediate may have
/// overflowed, and NaN fails both. Between them all that is rounded, and its neighbours to odd, are normal doubles.
inline bool settle(const Approx<Fine>& a, const Format& format, double& out) {
  const double size = std::fabs(a.value.hi);
  if (!(size >= 0x1p-900 && size <= 0x1p+1000)) return false;
  if (a.radius == 0) {
    out = nearest(a.beyond == 0 ? a.value : DD{a.value.hi, static_cast<double>(a.beyond)}, format);
    return true;
  }
  const double radius = a.radius * radius_slack + size * 0x1p-104;
  out = nearest(fast_two_sum(a.value.hi, a.value.lo - radius), format);
  return radius < size && same(out, nearest(fast_two_sum(a.value.hi, a.value.lo + radius), format));
}

template <int limbs>
bool settle(const Approx<Enclosed<limbs>>& a, const Format& format, double& out) {
  bool decided = true;
  out = a.value.nearest(format, decided);
  return decided;
}

/// What the first arithmetic did not decide.
template <class First, class Evaluate>
[[gnu::noinline]] double refined(const Format& format, Refinements& counts, Evaluate&& evaluate) {
  double result;
  if constexpr (std::is_same_v<First, Fast>) {
    ++counts.double_double;
    if (settle(evaluate(Fine{}), format, result)) return result;
  }
  ++counts.wide;
  if (settle(evaluate(Last{}), format, result)) return result;
  if (settle(evaluate(Further{}), format, result)) return result;
  ++counts.widest;
  if (!settle(evaluate(Beyond{}), format, result)) ++counts.undecided;
  return result;
}

/// Climbs the ladder from `First`, Fast or Fine: `evaluate(A{})` gives the value in arithmetic A.
template <class First, class Evaluate>
double rounded(const Format& format, Refinements& counts, Evaluate&& evaluate) {
  ++counts.results;
  double result;
  if (settle(evaluate(First{}), format, result)) return result;
  return refined<First>(format, counts, evaluate);
}

/// Whether the value is exactly 0. Of most that are not, an enclosure in few bits shows it.
template <class Evaluate>
bool is_zero(Evaluate&& evaluate) {
  const Approx<Fine> pair = evaluate(Fine{});
  const double size = std::fabs(pair.value.hi);
  if (size >= 0x1p-900 && pair.radius * radius_slack + size * 0x1p-104 < size) return false;
  if (sign_of(evaluate(Last{}).value) != 0 || sign_of(evaluate(Further{}).value) != 0) return false;
  return Beyond::is_zero(evaluate(Beyond{}).value);
}

}  // namespace lossproof::arith
