// Intervals of wide numbers: the last rungs of the ladder. Every operation encloses the exact result, so a formula
// evaluated here needs no error analysis. An endpoint is `open` where the true value is known not to attain it: that
// decides what no precision can, such as 2^24 + 1 + e^-(2^24 + 1), which lies above a midpoint of f32 by 10^-7286252.
//
// Openness: an endpoint of a result is the same operation on endpoints of the operands, rounded outwards. It is not
// attained if the rounding was inexact, or if, the operation being strictly monotone in an operand whose endpoint went
// into it, that endpoint is not attained. A product with a zero is strictly monotone in the zero alone.
#pragma once

#include "arith/wide.h"

namespace lossproof::arith {

/// With `bits` bits of mantissa; instantiated for 4, 20 and 72 limbs.
template <int limbs>
struct Interval {
  using Number = Wide<limbs>;
  struct Bound {
    Number at;
    bool open = false;
  };

  Bound lo;
  Bound hi;

  Interval() = default;
  /// The point x; x is finite.
  Interval(double x) : Interval(Number(x)) {}
  explicit Interval(const Number& x) : lo{x}, hi{x} {}
  Interval(const Bound& l, const Bound& h) : lo(l), hi(h) {}

  Interval operator-() const { return {{-hi.at, hi.open}, {-lo.at, lo.open}}; }

  /// 2^k times this, exact.
  Interval scaled(std::int64_t k) const { return {{lo.at.scaled(k), lo.open}, {hi.at.scaled(k), hi.open}}; }

  static Interval add(const Interval& a, const Interval& b);
  static Interval multiply(const Interval& a, const Interval& b);
  /// b > 0.
  static Interval divide(const Interval& a, const Interval& b);

  /// factor * part / (part + other) / divisor for part > 0, other >= 0, factor > 0, divisor > 0: monotone in part,
  /// strictly where other > 0, and in other, strictly where part > 0, so that each endpoint comes from one end of each,
  /// and the part on both sides of the fraction is the same. Below factor / divisor where other > 0.
  static Interval share(const Interval& part, const Interval& other, const Interval& factor, const Interval& divisor);

  // Enclosures as wide as 2^-(bits - margin) of the result, or as stated.
  static constexpr int margin = 80;

  /// e^x for x <= 0; |x| times wider where |x| > 1. Where x < -2^40 the enclosure is (0, 2^-2^40].
  static Interval exp(const Interval& x);
  /// e^x - 1 for |x| <= 1/4.
  static Interval expm1(const Interval& x);
  /// log(a) for a >= 1, below 2^1000; in [1, e] as wide as at e.
  static Interval log(const Interval& a);
  /// log(1 + t) for t >= 0, below 2^1000.
  static Interval log1p(const Interval& t);

  /// The true value rounded to nearest in `format`, if the enclosure decides it; otherwise the neighbour with the even
  /// mantissa, and `decided` is set to false.
  double nearest(const Format& format, bool& decided) const;
};

/// -1 or 1 if that is the sign of all numbers in it, otherwise 0.
template <int limbs>
int sign_of(const Interval<limbs>& x) {
  const bool is_positive = x.lo.at.sign > 0 || (x.lo.at.sign == 0 && x.lo.open);
  const bool is_negative = x.hi.at.sign < 0 || (x.hi.at.sign == 0 && x.hi.open);
  return (is_positive ? 1 : 0) - (is_negative ? 1 : 0);
}

template <int limbs>
Interval<limbs> operator+(const Interval<limbs>& a, const Interval<limbs>& b) {
  return Interval<limbs>::add(a, b);
}
template <int limbs>
Interval<limbs> operator-(const Interval<limbs>& a, const Interval<limbs>& b) {
  return Interval<limbs>::add(a, -b);
}
template <int limbs>
Interval<limbs> operator*(const Interval<limbs>& a, const Interval<limbs>& b) {
  return Interval<limbs>::multiply(a, b);
}
template <int limbs>
Interval<limbs> operator/(const Interval<limbs>& a, const Interval<limbs>& b) {
  return Interval<limbs>::divide(a, b);
}

}  // namespace lossproof::arith
