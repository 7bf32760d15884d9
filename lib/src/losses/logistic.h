// The logistic function and its logarithm, from e = e^-|x| in (0, 1]: what never overflows and cancels nothing.
//
// Radius, for an e that is off by E of itself and by `floor`: e / (1 + e) and 1 / (1 + e) have a condition of at most 1 in
// e, and log(1 + e) too.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "arith/arithmetic.h"
#include "engine/derivative.h"
#include "engine/kernel.h"

namespace lossproof::logistic {

/// e^-|x|, its limit 0 included.
template <class A>
typename A::Real decay(double x) {
  return std::isinf(x) ? typename A::Real(0.0) : A::exp(typename A::Real(-std::fabs(x)));
}

/// sigmoid(-|x|) and sigmoid(|x|).
template <class A, class Real = typename A::Real>
Real smaller(const Real& e) {
  return e / (Real(1.0) + e);
}
template <class A, class Real = typename A::Real>
Real larger(const Real& e) {
  return Real(1.0) / (Real(1.0) + e);
}

/// softplus(x) = log(1 + e^(beta x)) / beta = (x if beta x > 0, else 0) + l / beta, l = log(1 + e), e = e^-|beta x|: two
/// terms of beta's sign. Its derivative is sigmoid(beta x).
///
/// Radius: beta x is off by op, and counts for no more than 600 in e^-|beta x| (see Fast::exp, Fine::exp), so that e is
/// off by fn + 600 op of itself and by `floor`, l by 2 fn + 600 op, l / beta by op more and by floor / |beta|; the sum
/// by op. Far out the first term is a number of few bits and the other next to nothing, which tells the side of a
/// midpoint (Approx::beyond), and so are the derivative's 1 far out and its 1/2 near 0.
class Softplus {
 public:
  static constexpr std::size_t inputs = 1;

  explicit Softplus(const detail::Parameters& parameters) : beta_(parameters.beta) {}

  /// A loss of a few e^-1600 over |beta|, at most 2^1074, is below half the smallest subnormal number.
  std::optional<double> known_value(double x) const {
    if (std::isinf(x)) return is_beyond_zero(x) ? x : 0.0;
    if (!is_beyond_zero(x) && std::fabs(beta_ * x) > 1600) return std::copysign(0.0, beta_);
    return std::nullopt;
  }

  std::optional<detail::KnownDerivative> known_derivative(double x) const {
    if (x == 0) return detail::KnownDerivative{0.5};
    if (!std::isinf(x)) return std::nullopt;
    return is_beyond_zero(x) ? detail::KnownDerivative{1} : detail::KnownDerivative{0, true};
  }

  template <class A>
  arith::Approx<A> value(double x) const {
    using Real = typename A::Real;
    if (A::op != 0 && is_far_out(x)) return {Real(x), 0, beta_ > 0 ? 1 : -1};
    if (A::op != 0 && !(std::fabs(beta_) >= 0x1p-64 && std::fabs(beta_) <= 0x1p64)) {
      return {Real(0.0), detail::infinity};  // where a quotient may leave the range of f64
    }
    const Real tail = A::log1p(decay_of_product<A>(x)) / Real(beta_);
    const Real linear(is_beyond_zero(x) ? x : 0.0);
    const double of_tail = (3 * A::fn + 600 * A::op) * A::magnitude(tail) + A::floor / std::fabs(beta_);
    return {linear + tail, of_tail + A::op * (A::magnitude(linear) + A::magnitude(tail))};
  }

  template <class A>
  arith::Approx<A> derivative(double x) const {
    using Real = typename A::Real;
    if (A::op != 0 && is_far_out(x)) return {Real(1.0), 0, -1};
    const Real e = decay_of_product<A>(x);
    if (std::fabs(beta_ * x) < 0x1p-10 * A::op) return {Real(0.5), 0, is_beyond_zero(x) ? 1 : -1};  // 1/2 + z/4 - ...
    const Real d = is_beyond_zero(x) ? larger<A>(e) : smaller<A>(e);
    return {d, (2 * A::fn + 600 * A::op) * A::magnitude(d) + A::floor};
  }

 private:
  bool is_beyond_zero(double x) const { return (x > 0 && beta_ > 0) || (x < 0 && beta_ < 0); }

  /// The second term is e^-80 < 2^-115 of the first, whatever beta is, and the derivative as close to 1.
  bool is_far_out(double x) const { return is_beyond_zero(x) && std::fabs(beta_ * x) > 80; }

  template <class A>
  typename A::Real decay_of_product(double x) const {
    using Real = typename A::Real;
    return A::exp(-(Real(std::fabs(beta_)) * Real(std::fabs(x))));
  }

  double beta_;
};

}  // namespace lossproof::logistic
