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

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// sigmoid(z) from e = e^-|z|, off by 2 op and what e is off.
HWY_INLINE Vec sigmoid_of(Vec z, Vec e) {
  const Vec one = constant(1);
  return hn::Div(hn::IfNegativeThenElse(z, e, one), hn::Add(one, e));
}

/// softplus with a beta that is a parameter. With E the error of exp and z = beta x, which is off by op, e is off by
/// E + |z| op with |z| <= exp_limit; the value by that, log_error and 4 op (the reciprocal of beta, a product, a sum), the
/// derivative by that and 5 op with its factor. Another 4 op are for the ends of the enclosure.
class SoftplusLanes {
 public:
  using Sum = NoSum;

  SoftplusLanes(const detail::Parameters& parameters, Vec x)
      : x_(x),
        beta_(parameters.beta),
        z_(hn::Mul(x, constant(parameters.beta))),
        magnitude_(hn::Abs(z_)),
        decay_(exp<Precision::element>(hn::Neg(magnitude_))) {}

  Mask usable() const {
    const double size = std::fabs(beta_);
    const double most = size >= 0x1p-64 && size <= 0x1p64 ? exp_limit : -1;
    return hn::Le(magnitude_, constant(most));
  }

  Ends value(bool) const {
    const Vec tail = hn::Mul(log1p_of_fraction<Precision::element>(decay_), constant(1 / beta_));
    const Vec value = hn::Add(hn::IfThenElseZero(hn::Gt(z_, hn::Zero(lanes)), x_), tail);
    return within(value, decay_error + log_error(Precision::element) + 8 * arith::Fast::op);
  }

  Ends gradient(const Factor& factor) const {
    return within(hn::Mul(sigmoid_of(z_, decay_), factor.value), decay_error + 9 * arith::Fast::op);
  }

 private:
  static constexpr double decay_error = exp_error(Precision::element) + exp_limit * arith::Fast::op;

  Vec x_;
  double beta_;
  Vec z_;
  Vec magnitude_;
  Vec decay_;  // e^-|z|
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
