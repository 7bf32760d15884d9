// Binary cross entropy from logits with a weight p of positive targets:
//   L(x, y) = (1 - y) x + c log(1 + e^-x),  c = 1 + (p - 1) y = (1 - y) + p y.
// With e = e^-|x|, l = log(1 + e), q = e / (1 + e) and a = 1 - y for x >= 0, a = p y for x < 0:
//   L = a |x| + c l,  dL/dx = +-(a - c q),  dL/dy = (p - 1) l + (-x for x >= 0, p |x| for x < 0).
// Far out each is a number of few bits and next to nothing beside it: as a sum, of which the last rungs of the ladder know
// the side.
//
// Since e^x is irrational for rational x other than 0 (Lindemann), dL/dx is 0 only where x = 0 and 1 - y = p y, or all of L
// is 0 (y = 1, p = 0), and dL/dy only where x = 0 and p = 1.
#pragma once

#include <cmath>
#include <optional>

#include "arith/tracked.h"
#include "engine/derivative.h"
#include "engine/sign.h"

namespace lossproof::logistic {

class PositiveWeighted {
 public:
  static constexpr std::size_t inputs = 2;
  static constexpr bool takes_pos_weight = true;

  static std::optional<double> known_value(double x, double y, double p) {
    if (std::isinf(y)) {
      if (x == 0 && p == 1) return std::nullopt;
      const int slope = std::isinf(x) ? (x > 0 ? -1 : sign(p)) : sign_of_slope(x, p);
      return slope == 0 ? detail::nan_value : slope * y;
    }
    if (!std::isinf(x)) return std::nullopt;
    const int disagreement = x > 0 ? sign(1 - y) : sign(p) * sign(y);
    return disagreement == 0 ? 0.0 : disagreement * detail::infinity;
  }

  static std::optional<detail::KnownDerivative> known_derivative(double x, double y, double p) {
    if (std::isinf(y)) return derivative_at_infinite_target(x, y, p);
    if (y == 1 && p == 0) return detail::KnownDerivative{0};
    if (x == 0 && is_balanced(y, p)) return detail::KnownDerivative{0};
    if (std::isinf(x) && (x > 0 ? y == 1 : p == 0 || y == 0)) return detail::KnownDerivative{0, true};
    return std::nullopt;
  }

  static std::optional<detail::KnownDerivative> known_target_derivative(double x, double, double p) {
    if (x == 0 && p == 1) return detail::KnownDerivative{0};
    if (!std::isinf(x)) return std::nullopt;
    if (x > 0) return detail::KnownDerivative{-detail::infinity};
    return p == 0 ? detail::KnownDerivative{0, true} : detail::KnownDerivative{sign(p) * detail::infinity};
  }

  /// At a logit of 0 and p = 1 no target has a part in it.
  template <class A>
  static arith::Tracked<A> value(double x, double y, double p) {
    const arith::Tracked<A> logarithm = rest<A>(y, p) * log1p(decay<A>(x));
    return x == 0 ? logarithm : linear<A>(x, y, p) * arith::Tracked<A>(std::fabs(x)) + logarithm;
  }

  template <class A>
  static arith::Tracked<A> derivative(double x, double y, double p) {
    const arith::Tracked<A> e = std::isinf(x) ? arith::Tracked<A>() : decay<A>(x);
    const arith::Tracked<A> d = linear<A>(x, y, p) - rest<A>(y, p) * (e / (arith::Tracked<A>(1.0) + e));
    return x >= 0 ? d : -d;
  }

  template <class A>
  static arith::Tracked<A> target_derivative(double x, double, double p) {
    const arith::Tracked<A> of_size(x >= 0 ? -1.0 : p);
    return of_size * arith::Tracked<A>(std::fabs(x)) + arith::Tracked<A>::difference(p, 1) * log1p(decay<A>(x));
  }

 private:
  static int sign(double v) { return (v > 0) - (v < 0); }

  /// Of dL/dy at a finite logit.
  static int sign_of_slope(double x, double p) {
    return detail::sign_of([&]<class A>(A) { return target_derivative<A>(x, 0, p); });
  }

  /// The slope of dL/dx in y is -(1 + p e^-x) / (1 + e^-x). It is 0 at x = 0 and p = -1, where dL/dx is 1/2.
  static detail::KnownDerivative derivative_at_infinite_target(double x, double y, double p) {
    if (std::isinf(x) && x < 0) return {p == 0 ? detail::nan_value : -sign(p) * y};
    if (std::isinf(x)) return {-y};
    const int slope = detail::sign_of([&]<class A>(A) {
      const arith::Tracked<A> e = decay<A>(x);
      return x >= 0 ? arith::Tracked<A>(1.0) + arith::Tracked<A>(p) * e : e + arith::Tracked<A>(p);
    });
    return {slope == 0 ? 0.5 : -slope * y};
  }

  /// Whether 1 - y = p y, which lies in the range where both are exact as pairs, if at all.
  static bool is_balanced(double y, double p) {
    const arith::DD other = arith::two_sum(1, -y);
    const arith::DD weighted = arith::two_prod(p, y);
    return other.hi == weighted.hi && other.lo == weighted.lo;
  }

  template <class A>
  static arith::Tracked<A> decay(double x) {
    return exp(arith::Tracked<A>(-std::fabs(x)));
  }
  template <class A>
  static arith::Tracked<A> linear(double x, double y, double p) {
    return x >= 0 ? arith::Tracked<A>::difference(1, y) : arith::Tracked<A>(p) * arith::Tracked<A>(y);
  }
  template <class A>
  static arith::Tracked<A> rest(double y, double p) {
    if (p == 1) return 1.0;
    return arith::Tracked<A>::difference(1, y) + arith::Tracked<A>(p) * arith::Tracked<A>(y);
  }
};

}  // namespace lossproof::logistic
