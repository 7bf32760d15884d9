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

/// `derivative(A{})` is the derivative in arithmetic A, as arith::Approx<A>, unless it is known. Its row has no NaN.
template <class T, class Evaluate>
T gradient_element(double grad_output, double divisor, const std::optional<KnownDerivative>& known,
                   Evaluate&& derivative, Refinements& counts) {
  if (std::isnan(grad_output)) return std::numeric_limits<T>::quiet_NaN();
  if (grad_output == 0) return 0;
  if (known && (std::isinf(grad_output) || known->at == 0 || !std::isfinite(known->at))) {
    return static_cast<T>(product_at_edge(grad_output, *known));
  }
  const auto approximate = [&]<class A>(A arithmetic) {
    return known ? arith::Approx<A>{typename A::Real(known->at), 0} : derivative(arithmetic);
  };
  if (std::isinf(grad_output)) {
    return static_cast<T>(std::copysign(1.0, arith::rounded<T>(counts, approximate)) * grad_output);
  }
  return arith::rounded<T>(counts, [&]<class A>(A arithmetic) {
    using Real = typename A::Real;
    const arith::Approx<A> d = approximate(arithmetic);
    const Real value = d.value * Real(grad_output) / Real(divisor);
    const double factor = std::fabs(grad_output) / divisor;
    return arith::Approx<A>{value, d.radius * factor + 4 * A::op * A::magnitude(value)};
  });
}

}  // namespace lossproof::detail
