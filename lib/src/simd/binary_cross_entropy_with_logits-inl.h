// Binary cross entropy of logits in lanes: see losses/binary_cross_entropy_with_logits.cpp.
//
// In lanes, for numbers x and |y| <= 2^60. The product x y of two numbers of at most 24 bits is exact, so that
//   a |x| = max(x, 0) - x y
// is rounded once. With E the error of exp, or e of simd::decay: the value is off by E + log_error + 2 op of |a x| + l.
// The derivative is const -+ q far and near, since what cancels near x = 0 and y = 1/2 only costs a refinement: off by
// E + 3 op of |const| + q, its product with a factor by 3 op more. Another 4 op are for the ends of the enclosure and
// what the radius itself is rounded by.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_BINARY_CROSS_ENTROPY_WITH_LOGITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_BINARY_CROSS_ENTROPY_WITH_LOGITS_INL_H_
#undef LOSSPROOF_SIMD_BINARY_CROSS_ENTROPY_WITH_LOGITS_INL_H_
#else
#define LOSSPROOF_SIMD_BINARY_CROSS_ENTROPY_WITH_LOGITS_INL_H_
#endif

#include <cmath>

#include "simd/elements-inl.h"
#include "simd/logarithm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

template <Precision precision>
class BinaryCrossEntropyWithLogitsLanes {
 public:
  /// A logit of -0 becomes one of +0.
  BinaryCrossEntropyWithLogitsLanes(Vec x, Vec y)
      : x_(hn::Add(x, hn::Zero(lanes))),
        y_(y),
        negative_(hn::Or(x, constant(-0.0))),
        decay_(decay<precision>(negative_)) {}

  Mask usable() const { return hn::And(hn::Gt(negative_, constant(-HUGE_VAL)), hn::Le(hn::Abs(y_), constant(0x1p60))); }

  Bounded value(bool) const {
    const Vec l = log1p_of_fraction<precision>(decay_);
    const Vec linear = this->linear();
    constexpr double error = exp_error(precision) + log_error(precision) + 6 * arith::Fast::op;
    return {hn::Add(linear, l), hn::Mul(constant(error), hn::Add(hn::Abs(linear), l))};
  }

  Bounded gradient(const Factor& factor) const {
    const Vec q = hn::Div(decay_, hn::Add(decay_, constant(1)));
    const Vec limit = hn::IfNegativeThenElse(x_, hn::Neg(y_), hn::Sub(constant(1), y_));
    const Vec derivative = hn::Sub(limit, hn::CopySign(q, x_));
    const Vec mass = hn::Mul(hn::Add(hn::Abs(limit), q), hn::Abs(factor.value));
    return {hn::Mul(derivative, factor.value), hn::Mul(constant(exp_error(precision) + 10 * arith::Fast::op), mass)};
  }

  /// The sum of l as the logarithm of the product of 1 + e, which is at most 2^most in a lane.
  ///
  /// Radius: a factor 1 + e is off by E l, relatively, and by 2 op for two roundings; log_of_normal by 2^-47.5 and as
  /// much of the logarithm; additions as in TermSum. It is absolute, and for terms that are not negative: where losses
  /// are small, or targets outside [0, 1], it decides nothing, and they are added up one by one.
  class Sum {
   public:
    Sum() : product_(constant(1)), linear_(hn::Zero(lanes)), least_(linear_) {}

    HWY_INLINE void add(const BinaryCrossEntropyWithLogitsLanes& f, Mask mask) {
      const Vec linear = hn::IfThenElseZero(mask, f.linear());
      product_ = hn::MulAdd(product_, hn::IfThenElseZero(mask, f.decay_), product_);
      linear_ = hn::Add(linear_, linear);
      least_ = hn::Min(linear, least_);
    }

    /// An infinity or NaN makes the sum one of them.
    bool usable() const { return std::isfinite(hn::GetLane(hn::SumOfLanes(lanes, linear_))); }

    arith::Approx<arith::Fast> total() const {
      const auto sum = [](Vec v) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(lanes, v)); };
      constexpr double op = arith::Fast::op;
      constexpr double absolute = static_cast<double>(HWY_LANES(double)) * (0x1.8p-48 + 2 * op * TermSum::most);
      const double logarithms = sum(log_of_normal(product_));
      const double mass = sum(linear_) + logarithms;
      const double relative = exp_error(precision) + 0x1.8p-48;
      return {mass, arith::radius_slack * (relative * logarithms + absolute + (TermSum::most + 8) * op * mass)};
    }

    /// To 36 bits, with which a sum that is refined as a whole is so once in 2^11.
    bool decided() const {
      const arith::Approx<arith::Fast> t = total();
      return t.radius <= 0x1p-36 * t.value && hn::GetLane(hn::MinOfLanes(lanes, least_)) >= 0;
    }

   private:
    Vec product_;
    Vec linear_;
    Vec least_;
  };

 private:
  Vec linear() const { return hn::NegMulAdd(x_, y_, hn::Max(x_, hn::Zero(lanes))); }

  Vec x_;
  Vec y_;
  Vec negative_;  // -|x|
  Vec decay_;     // e^-|x|
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
