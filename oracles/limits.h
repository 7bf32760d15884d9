// What the limits of losses have in common.
#pragma once

#include <limits>

#include "oracles/definition.h"

namespace oracles {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

inline int sign_of(double v) { return (v > 0) - (v < 0); }

/// The product of a sign and infinity, or 0.
inline double times_infinity(int sign) { return sign == 0 ? 0 : sign * infinity; }

inline double weight_of(const Row<double>& row, std::size_t j = 0) { return row.w.empty() ? 1 : row.w[j]; }

inline bool has_nan(const Row<double>& row) {
  for (const auto* numbers : {&row.x, &row.y}) {
    for (const double v : *numbers) {
      if (v != v) return true;
    }
  }
  return false;
}

/// The limits of one element of x and y.
inline Limit limit_of(Extended value, Extended grad, Extended grad_y, Wanted left = {}) {
  return {{std::move(value), {std::move(grad)}, {std::move(grad_y)}}, {false}, {false}, left};
}

inline Extended weighted(const Extended& x, double w) {
  return x.is_finite() ? Extended(x.rational() * Rational(w)) : Extended(x.nonfinite() * sign_of(w));
}

/// The limits of one element without its weight, times that: a weight of 0 leaves nothing of what is infinite or has no
/// limit. The formula has the weight of what is left to it.
inline Limit weighted(const Limit& limit, double w) {
  if (w == 0) return limit_of(0, 0, 0);
  Limit result = limit;
  result.value = weighted(limit.value, w);
  result.grad[0] = weighted(limit.grad[0], w);
  result.grad_y[0] = weighted(limit.grad_y[0], w);
  return result;
}

/// The sign of a number other than 0 that `number()` encloses, at every precision.
template <class F>
int sign_of_nonzero(const F& number) {
  for (int bits = 64;; bits *= 2) {
    const ArbPrecision in_force(bits);
    const Arb x = number();
    if (arb_is_positive(x.get()) != 0) return 1;
    if (arb_is_negative(x.get()) != 0) return -1;
  }
}

}  // namespace oracles
