// One element of a gradient: grad_output * derivative / divisor, rounded once, with its edges.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "arith/ladder.h"

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

template <class A>
arith::Approx<A> scaled(const arith::Share<A>& derivative, double factor, double divisor) {
  if constexpr (requires { A::Real::share; }) {
    const auto magnitude = A::Real::share(derivative.part, derivative.other, std::fabs(factor), divisor);
    return {derivative.sign * factor > 0 ? magnitude : -magnitude, 0};
  } else {
    const auto fraction = derivative.part / derivative.total;
    const double radius = derivative.relative * A::magnitude(fraction) + derivative.absolute;
    return scaled(arith::Approx<A>{derivative.sign > 0 ? fraction : -fraction, radius}, factor, divisor);
  }
}

/// `derivative(A{})` is the derivative in arithmetic A, as Approx<A> or Share<A>, unless it is known. Its row has no
/// NaN. First is the arithmetic to begin with.
template <class First, class Evaluate>
double gradient_element(double grad_output, double divisor, const std::optional<KnownDerivative>& known,
                        Evaluate&& derivative, const arith::Format& format, Refinements& counts) {
  if (std::isnan(grad_output)) return nan_value;
  if (grad_output == 0) return 0;
  if (known && (std::isinf(grad_output) || known->at == 0 || !std::isfinite(known->at))) {
    return product_at_edge(grad_output, *known);
  }
  const auto times = [&](double factor, double over) {
    return arith::rounded<First>(format, counts, [&]<class A>(A arithmetic) {
      return known ? scaled(arith::Approx<A>{typename A::Real(known->at), 0}, factor, over)
                   : scaled(derivative(arithmetic), factor, over);
    });
  };
  if (std::isinf(grad_output)) return std::copysign(1.0, times(1, 1)) * grad_output;
  return times(grad_output, divisor);
}

}  // namespace lossproof::detail
