// Intervals of wide numbers: the last rung of the ladder. Every operation encloses the exact result, so a formula
// evaluated here needs no error analysis. An endpoint is `open` where the true value is known not to attain it: that
// decides what no precision can, such as 2^24 + 1 + e^-(2^24 + 1), which lies above a midpoint of f32 by 10^-7286252.
//
// Openness: an endpoint of a result is the same operation on endpoints of the operands, rounded outwards. It is not
// attained if the rounding was inexact, or if, the operation being strictly monotone in an operand whose endpoint went
// into it, that endpoint is not attained. A product with a zero is strictly monotone in the zero alone.
#pragma once

#include "arith/wide.h"

namespace lossproof::arith {

struct Bound {
  Wide at;
  bool open = false;
};

struct Interval {
  Bound lo;
  Bound hi;

  Interval() = default;
  /// The point x; x is finite.
  Interval(double x) : Interval(Wide(x)) {}
  explicit Interval(const Wide& x) : lo{x}, hi{x} {}
  Interval(const Bound& l, const Bound& h) : lo(l), hi(h) {}
};

inline Interval operator-(const Interval& a) { return {{-a.hi.at, a.hi.open}, {-a.lo.at, a.lo.open}}; }
Interval operator+(const Interval& a, const Interval& b);
Interval operator-(const Interval& a, const Interval& b);
Interval operator*(const Interval& a, const Interval& b);
/// b > 0.
Interval operator/(const Interval& a, const Interval& b);

/// 2^k a, exact.
inline Interval scale(const Interval& a, std::int64_t k) {
  return {{scale(a.lo.at, k), a.lo.open}, {scale(a.hi.at, k), a.hi.open}};
}

/// e^x for x <= 0, to 2^-230 max(1, |x|) of itself. Where x < -2^40 the enclosure is (0, 2^-2^40).
Interval exp(const Interval& x);

/// e^x - 1 for |x| <= 1/4, to 2^-230 of itself.
Interval expm1(const Interval& x);

/// log(a) for a >= 1, below 2^1000, to 2^-230 of 1 or of itself, whichever is more.
Interval log(const Interval& a);

/// log(1 + t) for t >= 0, below 2^1000, to 2^-230 of itself.
Interval log1p(const Interval& t);

/// The true value rounded to nearest in `format`, if the enclosure decides it; otherwise the neighbour with the even
/// mantissa, and `decided` is set to false.
double nearest(const Interval& a, const Format& format, bool& decided);

}  // namespace lossproof::arith
