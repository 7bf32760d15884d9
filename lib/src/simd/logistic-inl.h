// The sigmoid and softplus in lanes: see losses/logistic.h.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_LOGISTIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_LOGISTIC_INL_H_
#undef LOSSPROOF_SIMD_LOGISTIC_INL_H_
#else
#define LOSSPROOF_SIMD_LOGISTIC_INL_H_
#endif

#include <cmath>

#include "simd/elements-inl.h"
#include "simd/logarithm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// sigmoid(z) from e = e^-|z|, off by 2 op and what e is off.
HWY_INLINE Vec sigmoid_of(Vec z, Vec e) {
  const Vec one = constant(1);
  return hn::Div(hn::IfNegativeThenElse(z, e, one), hn::Add(one, e));
}

/// Up to here e^-z / (1 + e^-z) is a normal number of f32.
inline constexpr double most_normal = 87;

/// softplus with a beta that is a parameter, (max(z, 0) + log(1 + e)) / beta with z = beta x and e = e^-|z|. With E the
/// error of exp, z is off by op, e by E + |z| op with |z| <= exp_limit, or is decay's; the value by that, log_error and
/// 4 op (z, a sum, the reciprocal of beta, a product), the derivative by that and 5 op with its factor. Another 4 op
/// are for the ends of the enclosure.
class SoftplusLanes {
 public:
  using Sum = NoSum;

  SoftplusLanes(const detail::Parameters& parameters, Vec x)
      : beta_(parameters.beta),
        z_(hn::Mul(x, constant(parameters.beta))),
        negative_(hn::Or(z_, constant(-0.0))),
        decay_(decay<Precision::element>(negative_)) {}

  Mask usable() const { return hn::Gt(negative_, constant(is_beta_ordinary() ? -HUGE_VAL : 1)); }
  Mask is_normal() const {
    return hn::And(usable(), hn::Ge(z_, constant(std::fabs(beta_) <= 1 ? -most_normal : HUGE_VAL)));
  }

  Near near_value() const {
    return {hn::Mul(hn::Add(hn::Max(z_, hn::Zero(lanes)), tail()), constant(1 / beta_)), error};
  }
  Ends value(bool) const { return ends_of(near_value()); }

  Ends gradient(const Factor& factor) const {
    return within(hn::Mul(sigmoid_of(z_, decay_), factor.value), decay_error + 9 * arith::Fast::op);
  }

 protected:
  static constexpr double decay_error = exp_error(Precision::element) + exp_limit * arith::Fast::op;
  static constexpr double error = decay_error + log_error(Precision::element) + 8 * arith::Fast::op;

  /// log(1 + e).
  HWY_INLINE Vec tail() const { return log1p_of_fraction<Precision::element>(decay_); }

 private:
  bool is_beta_ordinary() const { return std::fabs(beta_) >= 0x1p-64 && std::fabs(beta_) <= 0x1p64; }

  double beta_;
  Vec z_;
  Vec negative_;  // -|z|
  Vec decay_;     // e^-|z|
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
