// One element of a gradient: grad_output * weight * derivative / divisor, rounded once, with its edges.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "arith/ladder.h"
#include "arith/tracked.h"
#include "engine/divisor.h"

namespace lossproof::detail {

/// A derivative that needs no evaluation: NaN, an infinity, or an exact number. A zero may be the limit of derivatives
/// that differ from 0, as that of the sigmoid at infinity is; times an infinite grad_output that has no limit.
struct KnownDerivative {
  double at;
  bool zero_is_limit = false;
};

inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The product where one factor is infinite or the derivative 0 or NaN. `grad_output` is neither NaN nor 0.
inline double product_at_edge(double grad_output, const KnownDerivative& derivative) {
  if (derivative.at != 0) return grad_output * derivative.at;
  return std::isinf(grad_output) && derivative.zero_is_limit ? nan_value : 0.0;
}

/// derivative * factor / divisor; factor is neither 0 nor infinite. A division is what costs most here.
template <class A>
arith::Approx<A> scaled(const arith::Approx<A>& derivative, double factor, double divisor) {
  using Real = typename A::Real;
  Real value = derivative.value * Real(factor);
  double radius = derivative.radius * std::fabs(factor);
  if (divisor != 1) {
    value = value / Real(divisor);
    radius /= divisor;
  } else if (radius == 0 && A::product_is_exact(derivative.value, Real(factor)) &&
             (derivative.beyond == 0 || A::is_double(value))) {
    // An exact product need not be a double, as what `beyond` is said of must.
    return {value, 0, factor > 0 ? derivative.beyond : -derivative.beyond};
  }
  // 4 op: the product, the quotient, and what lies beyond a derivative of radius 0.
  return {value, radius + 4 * A::op * A::magnitude(value)};
}

/// What a derivative is multiplied with and divided by. The product with an infinite grad_output is its sign alone.
struct Scale {
  double grad_output;
  double weight;
  const Divisor& divisor;
};

template <class A>
arith::Approx<A> scaled(const arith::Tracked<A>& derivative, const Scale& scale) {
  const arith::Tracked<A> product = derivative * arith::Tracked<A>(scale.grad_output);
  return over(product * arith::Tracked<A>(scale.weight), scale.divisor).result();
}

/// A derivative that is divided last: 3 times 1/3 is 1. denominator > 0.
template <class A>
struct Fraction {
  arith::Tracked<A> numerator;
  arith::Tracked<A> denominator{1.0};
};

template <class A>
arith::Approx<A> scaled(const Fraction<A>& derivative, const Scale& scale) {
  const arith::Tracked<A> product =
      derivative.numerator * arith::Tracked<A>(scale.grad_output) * arith::Tracked<A>(scale.weight);
  if (scale.divisor.count() == 1.0) return (product / derivative.denominator).result();
  const arith::Tracked<A> divisor(scale.divisor.in<A>());
  if (scale.divisor.sign() > 0) return (product / (derivative.denominator * divisor)).result();
  return (-product / (derivative.denominator * -divisor)).result();
}

template <class A>
arith::Approx<A> scaled(const arith::Approx<A>& derivative, const Scale& scale) {
  const std::optional<double> count = scale.divisor.count();
  if (count && scale.weight == 1) return scaled(derivative, scale.grad_output, *count);
  return scaled(arith::Tracked<A>(derivative), scale);
}

template <class A>
arith::Approx<A> scaled(const arith::Share<A>& derivative, const Scale& scale) {
  using Real = typename A::Real;
  if constexpr (requires { Real::share; }) {
    const int sign_of_divisor = scale.divisor.sign();
    const Real& sum = scale.divisor.in<A>().value;
    const Real divisor = sign_of_divisor < 0 ? -sum : sum;
    if (arith::sign_of(divisor) <= 0) return arith::Tracked<A>::unknown().approx();  // too few bits to tell
    const Real factor = Real(std::fabs(scale.grad_output)) * Real(std::fabs(scale.weight));
    const Real magnitude = Real::share(derivative.part, derivative.other, factor, divisor);
    const bool is_positive = (scale.grad_output > 0) == (scale.weight > 0);
    return {derivative.sign * sign_of_divisor * (is_positive ? 1 : -1) > 0 ? magnitude : -magnitude, 0};
  } else {
    const auto fraction = derivative.part / derivative.total;
    const double radius = derivative.relative * A::magnitude(fraction) + derivative.absolute;
    return scaled(arith::Approx<A>{derivative.sign > 0 ? fraction : -fraction, radius}, scale);
  }
}

/// `derivative(A{})` is the derivative in arithmetic A, as Approx<A>, Share<A>, Tracked<A> or Fraction<A>, unless it is
/// known. Its row has no NaN. First is the arithmetic to begin with.
template <class First, class Evaluate>
double gradient_element(const Scale& scale, const std::optional<KnownDerivative>& known, Evaluate&& derivative,
                        const arith::Format& format, Refinements& counts) {
  const double g = scale.grad_output;
  if (std::isnan(g)) return nan_value;
  if (g == 0) return 0;
  if (scale.divisor.sign() == 0) return nan_value;
  if (scale.weight == 0) return 0;
  const double sign = scale.divisor.sign() * (scale.weight > 0 ? 1 : -1);
  if (known && (std::isinf(g) || known->at == 0 || !std::isfinite(known->at))) {
    return product_at_edge(g * sign, *known);
  }
  const auto times = [&](const Scale& by) {
    return arith::rounded<First>(format, counts, [&]<class A>(A arithmetic) {
      return known ? scaled(arith::Approx<A>{typename A::Real(known->at), 0}, by) : scaled(derivative(arithmetic), by);
    });
  };
  if (!std::isinf(g)) return times(scale);
  const Divisor one(1);
  const double direction = times({1, sign, one});
  const auto unscaled = [&]<class A>(A arithmetic) { return scaled(derivative(arithmetic), Scale{1, 1, one}); };
  if (direction == 0 && arith::is_zero(unscaled)) return 0;  // what rounds to 0 may be exactly that
  return std::copysign(1.0, direction) * g;
}

}  // namespace lossproof::detail
