// Running error analysis: numbers that carry the radius that their operations have given them, so that a formula of many
// operations needs no radius of its own. In `Enclosed` arithmetic the values are enclosures, and a radius is 0 unless
// nothing is known.
//
// Radii are sums and products of a few f64 numbers each, rounded: every operation enlarges its own by 1 + 2^-50, more
// than its roundings take away.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "arith/arithmetic.h"

namespace lossproof::arith {

template <class A>
class Tracked {
 public:
  using Real = typename A::Real;
  static constexpr bool encloses = A::op == 0;

  Tracked() : value_(0.0) {}
  Tracked(double exact) : value_(exact + 0.0), sign_((exact > 0) - (exact < 0)) {}
  Tracked(const Approx<A>& a)
      : value_(a.value),
        radius_(up(a.radius + (a.beyond == 0 ? 0 : 0x1p-10 * A::op * A::magnitude(a.value)))),
        sign_(sign_beyond(value_, radius_)) {}

  /// a - b.
  static Tracked difference(double a, double b) {
    const Real d = A::difference(a, b);
    return {d, A::difference_is_exact(a, b) ? 0 : rounding(d), (a > b) - (a < b)};
  }

  /// A number of which nothing is known but that its size is at most 2^exponent; in enclosures.
  static Real up_to(std::int64_t exponent) {
    const typename Real::Number most = typename Real::Number(1.0).scaled(exponent);
    return Real({-most}, {most});
  }

  /// A number of which nothing is known.
  static Tracked unknown() { return {Real(0.0), std::numeric_limits<double>::infinity(), 0}; }

  /// -1, 1 if that is known to be the sign of the true value; 0 if it is 0, or not known.
  int sign() const { return sign_; }

  /// Whether it is exactly 0.
  bool is_zero() const { return radius_ == 0 && A::is_zero(value_); }

  /// Where an operation has overflowed, or left its domain, nothing is known.
  Approx<A> approx() const {
    if constexpr (encloses) {
      constexpr std::int64_t beyond_any_format = std::int64_t{1} << 40;
      return {radius_ == 0 ? value_ : up_to(beyond_any_format), 0};  // decides nothing, nor does a sum with it
    } else {
      if (std::isfinite(A::magnitude(value_)) && std::isfinite(radius_)) return {value_, radius_};
      return {Real(0.0), std::numeric_limits<double>::infinity()};
    }
  }

  /// To be rounded. What is smaller than a zero's neighbour in any format that follows Fast is beyond 0.
  Approx<A> result() const {
    const bool vanishes = sign_ != 0 && A::magnitude(value_) + radius_ < 0x1p-400;
    if constexpr (std::is_same_v<A, Fast>) {
      if (vanishes) return {0.0, 0, sign_};
    }
    return approx();
  }

  /// An exact zero stays +0.
  Tracked operator-() const { return is_zero() ? Tracked() : Tracked(-value_, radius_, -sign_); }

  friend Tracked operator+(const Tracked& a, const Tracked& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const Real sum = a.value_ + b.value_;
    const double radius = up(a.radius_ + b.radius_ + rounding(sum));
    return {sum, radius, a.sign_ != 0 && a.sign_ == b.sign_ ? a.sign_ : sign_beyond(sum, radius)};
  }
  friend Tracked operator-(const Tracked& a, const Tracked& b) { return a + -b; }

  friend Tracked operator*(const Tracked& a, const Tracked& b) {
    if (a.is_zero() || b.is_zero()) return {};
    const Real product = a.value_ * b.value_;
    const int sign = a.sign_ * b.sign_;
    if (a.radius_ == 0 && b.radius_ == 0 && A::product_is_exact(a.value_, b.value_) &&
        A::magnitude(product) > 0x1p-900) {
      return {product, 0, sign};
    }
    const double from_a = a.radius_ * (A::magnitude(b.value_) + b.radius_);
    // The product and the two of the radius may each underflow.
    return {product, up(from_a + A::magnitude(a.value_) * b.radius_ + rounding(product) + 3 * A::underflow), sign};
  }

  /// b > 0.
  friend Tracked operator/(const Tracked& a, const Tracked& b) {
    if (a.is_zero()) return {};
    if constexpr (encloses) {
      if (b.value_.lo.at.sign <= 0) return unknown();
    } else {
      // Beyond 2^960 a reciprocal would be subnormal.
      if (!(b.least() > 0x1p-960 && A::magnitude(b.value_) < 0x1p960)) return unknown();
    }
    const Real quotient = a.value_ / b.value_;
    if constexpr (encloses) return {quotient, a.radius_ + b.radius_, a.sign_};
    const double size = A::magnitude(quotient);
    return {quotient, up((a.radius_ + size * b.radius_) / b.least() + rounding(quotient) + A::underflow), a.sign_};
  }

  /// e^x for x <= 0.
  friend Tracked exp(const Tracked& x) {
    if (!(x.radius_ <= 0.5)) return exp_far_below(x);
    const Real e = A::exp(x.value_);
    // e^r - 1 <= 2 r for r <= 1/2.
    return {e, up(A::magnitude(e) * (A::fn + 2 * x.radius_) + A::cutoff(x.value_)), 1};
  }

  /// e^x - 1 for |x| <= 1/4.
  friend Tracked expm1(const Tracked& x) {
    if (!(x.radius_ <= 0.0625)) return unknown();
    const Real e = A::expm1(x.value_);
    return {e, up(A::fn * A::magnitude(e) + 2 * x.radius_), x.sign_};
  }

  /// log(1 + t) for t >= 0.
  friend Tracked log1p(const Tracked& t) {
    if (!(A::magnitude(t.value_) <= 0x1p64 && std::isfinite(t.radius_))) return unknown();
    const Real l = A::log1p(t.value_);
    return {l, up(A::fn * A::magnitude(l) + 2 * t.radius_), t.sign_};
  }

  /// log(a) for a >= 1.
  friend Tracked log(const Tracked& a) {
    if (!(A::magnitude(a.value_) <= 0x1p64 && std::isfinite(a.radius_))) return unknown();
    const Real l = A::log(a.value_);
    return {l, up(A::fn * std::fmax(1, A::magnitude(l)) + 2 * a.radius_), 0};
  }

 private:
  Tracked(const Real& value, double radius, int sign) : value_(value), radius_(radius), sign_(sign) {}

  /// Far out, of an x of any radius, as e^-1000 is less than any cutoff there.
  static Tracked exp_far_below(const Tracked& x) {
    const bool is_far = A::is_negative(x.value_) && A::magnitude(x.value_) - x.radius_ > 1000;
    return is_far ? Tracked{Real(0.0), A::cutoff(x.value_), 1} : unknown();
  }

  /// The sign of what is farther from 0 than its radius.
  static int sign_beyond(const Real& value, double radius) {
    if constexpr (encloses) {
      return 0;
    } else {
      if (!(A::magnitude(value) * (1 - 0x1p-50) > radius)) return 0;
      return A::is_negative(value) ? -1 : 1;
    }
  }
  static double up(double radius) { return radius * (1 + 0x1p-50); }
  static double rounding(const Real& value) { return A::op * A::magnitude(value); }
  /// A lower bound of |b|, where that is positive.
  double least() const { return (A::magnitude(value_) * (1 - 0x1p-50) - radius_) * (1 - 0x1p-50); }

  Real value_;
  double radius_ = 0;
  int sign_ = 0;
};

/// e^x for an exact x of any sign, up to 2^40.
template <class A>
Tracked<A> exp_of(double x) {
  if (x == 0) return 1.0;
  const Tracked<A> smaller = exp(Tracked<A>(-std::fabs(x)));
  return x < 0 ? smaller : Tracked<A>(1.0) / smaller;
}

/// log(p) for 0 < p, exact. Between 1/2 and 2 from log1p of a quotient of exact parts; otherwise, with p = m 2^k and m in
/// [1, 2), k log 2 and log m differ by more than a factor of 2, or have one sign.
template <class A>
Tracked<A> log_of(double p) {
  if (p >= 1 && p < 2) return log1p(Tracked<A>::difference(p, 1));
  if (p >= 0.5 && p < 1) return -log1p(Tracked<A>::difference(1, p) / Tracked<A>(p));
  int k = 0;
  const double m = 2 * std::frexp(p, &k);
  return Tracked<A>(k - 1) * log(Tracked<A>(2.0)) + log(Tracked<A>(m));
}

/// log(1 - p) for 0 <= p < 1, exact. From 1/2 on 1 - p is exact too.
template <class A>
Tracked<A> log_of_complement(double p) {
  return p < 0.5 ? -log1p(Tracked<A>(p) / Tracked<A>::difference(1, p)) : log_of<A>(1 - p);
}

}  // namespace lossproof::arith
