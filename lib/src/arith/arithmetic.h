// The arithmetics that a formula is written over once, and what each of them promises.
//
// A formula is a template over one of the types below. It returns its value as A::Real together with a radius, which it
// derives from A's error limits; in `Enclosed` the value itself is an enclosure, the limits are 0, and so is the
// radius.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "arith/dd.h"
#include "arith/interval.h"

namespace lossproof::arith {

/// A value with a rigorous bound of its distance from the true one. A radius of 0 says that the value is exact, or,
/// with a `beyond` of -1 or 1, that it is a double and the true one lies on that side of it, off by less than 2^-10 op.
template <class A>
struct Approx {
  typename A::Real value;
  double radius;
  int beyond = 0;
};

/// A number given as sign * part / (part + other), part > 0 and other >= 0, off by at most `relative` of itself and
/// `absolute`. `other` is only asked of `Enclosed` arithmetic, `total` = part + other of the ones before.
template <class A>
struct Share {
  int sign;
  typename A::Real part;
  typename A::Real other;
  typename A::Real total;
  double relative;
  double absolute;
};

/// f64, for inputs, factors and results that lie in the range of f32, as f16 and bf16 do. exp, log and log1p are the C
/// library's: glibc documents 1 ulp, 2 are allowed for here.
struct Fast {
  using Real = double;
  static constexpr double op = 0x1p-53;           ///< relative error of + - * / and of `difference`
  static constexpr double fn = 0x1p-51;           ///< relative error of exp, expm1, log, log1p
  static constexpr double floor = 0;              ///< absolute error of exp and expm1, in addition
  static constexpr double underflow = 0x1p-1074;  ///< absolute error of a product or quotient, in addition

  static Real difference(double a, double b) { return a - b; }
  static bool is_zero(Real x) { return x == 0; }
  static bool is_negative(Real x) { return x < 0; }
  /// Absolute error of `exp` against the exponential itself, of an argument that may be off by 1.
  static double cutoff(Real x) { return x < -499 ? 0x1p-721 : 0; }

  /// e^x for x <= 0, where an x below -500 counts as -500: e^-500 < 2^-721. A result that has such a factor is e^x
  /// times at most 2^129 (a grad_output, twice it), a sum of fewer than 2^53 of them at most 2^-539: with either
  /// exponential it rounds to a zero of its sign, since half the smallest subnormal is 2^-150 in f32, 2^-134 in bf16
  /// and 2^-25 in f16. Beside other terms, of which none is below 2^-298, it is less than their radius, or a remainder.
  /// Times 2^-149 (the smallest grad_output), over 2^53 (a count) and times 2^-53 (of its radius) it is still normal.
  static Real exp(Real x) { return std::exp(std::max(x, -500.0)); }
  static Real expm1(Real x) { return std::expm1(x); }
  static Real log(Real x) { return std::log(x); }
  static Real log1p(Real x) { return std::log1p(x); }

  /// An upper bound of |x|.
  static double magnitude(Real x) { return std::fabs(x); }

  /// Whether `difference(a, b)` is exact.
  static bool difference_is_exact(double a, double b) { return two_sum(a, -b).lo == 0; }
  /// True only if a * b is exact, here as both have at most 26 bits. A tie of f32 or less is a product of at most 25.
  static bool product_is_exact(Real a, Real b) { return is_short(a) && is_short(b); }
  static bool is_double(Real) { return true; }
  /// Whether `whole` is a double and `rest`, a computed number, stands for less than 2^-10 op of it.
  static bool is_remainder(Real rest, Real whole) { return std::fabs(rest) < 0x1p-64 * std::fabs(whole); }

 private:
  static bool is_short(double x) { return std::bit_cast<std::uint64_t>(x) << 37 == 0; }
};

/// Double-double. Only values from 2^-860 on keep their relative accuracy.
struct Fine {
  using Real = DD;
  static constexpr double op = 0x1p-102;
  static constexpr double fn = 0x1p-96;
  static constexpr double floor = 0x1p-860;
  static constexpr double underflow = 0x1p-1060;

  static bool is_zero(Real x) { return x.hi == 0 && x.lo == 0; }
  static bool is_negative(Real x) { return x.hi < 0; }
  static double cutoff(Real) { return floor; }
  static Real difference(double a, double b) { return two_sum(a, -b); }

  /// e^x for x <= 0; e^-600 < 2^-865, and so is everything below.
  static Real exp(Real x) { return x.hi < -600 ? DD{} : arith::exp(x); }
  static Real expm1(Real x) { return arith::expm1(x); }
  static Real log(Real x) { return arith::log(x); }
  static Real log1p(Real x) { return arith::log1p(x); }
  static double magnitude(Real x) { return std::fabs(x.hi) + std::fabs(x.lo); }

  static bool difference_is_exact(double, double) { return true; }
  /// Of two doubles whose low part does not underflow, or by 1.
  static bool product_is_exact(Real a, Real b) {
    return (std::fabs(b.hi) == 1 && b.lo == 0) || (a.lo == 0 && b.lo == 0 && std::fabs(a.hi * b.hi) >= 0x1p-900);
  }
  static bool is_double(Real x) { return x.lo == 0; }
  static bool is_remainder(Real rest, Real whole) {
    return whole.lo == 0 && magnitude(rest) + floor < 0x1p-113 * std::fabs(whole.hi);
  }
};

/// Intervals of 64 `limbs` bits. They carry their own error.
template <int limbs>
struct Enclosed {
  using Real = Interval<limbs>;
  static constexpr double op = 0;
  static constexpr double fn = 0;
  static constexpr double floor = 0;
  static constexpr double underflow = 0;

  static bool is_zero(const Real& x) { return x.lo.at.sign == 0 && x.hi.at.sign == 0; }
  static bool is_negative(const Real& x) { return x.hi.at.sign < 0; }
  static double cutoff(const Real&) { return 0; }
  static Real difference(double a, double b) { return Real(a) - Real(b); }
  static Real exp(const Real& x) { return Real::exp(x); }
  static Real expm1(const Real& x) { return Real::expm1(x); }
  static Real log(const Real& x) { return Real::log(x); }
  static Real log1p(const Real& x) { return Real::log1p(x); }
  static double magnitude(const Real&) { return 0; }

  static bool difference_is_exact(double, double) { return false; }
  static bool product_is_exact(const Real&, const Real&) { return false; }
  static bool is_double(const Real&) { return false; }
  static bool is_remainder(const Real&, const Real&) { return false; }
};

/// 256 bits decide everything but what lies beside a midpoint by less than 2^-200 of itself without being an endpoint,
/// as p = 1/8 - 2^-931 does for eight logits of which seven are 0 and one is 2^-928.
using Last = Enclosed<4>;

/// 1,280 bits, at a fiftieth of the next one's cost: most of that, and differences that cancel by as much.
using Further = Enclosed<20>;

/// 4,608 bits, for the rest. Every product of two doubles is a multiple of 2^-2148 below 2^2048, and so is (1 - y) x; sums
/// of 2^63 of them are exact in 4,260 bits, whatever cancels. The smallest distance of second order is 2^-2148 too.
using Beyond = Enclosed<72>;

}  // namespace lossproof::arith
