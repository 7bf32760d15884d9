// The focal loss in lanes: see losses/focal.h.
//
// With E the error of exp, L that of log(1 + e) and relative errors of what is positive in op: a, b 1;
// n = a + e b E + 3; u = n / (1 + e) 2 E + 5; ce = a |x| + l E + L + 3; alpha_t 3. A power u^k by products has k times
// the error of u and k; e^(gamma log u) gamma times that of u, what log u is off by (see log_of_normal) gamma times,
// |z| + 1 for z = gamma log u and E. The value is alpha_t ce u^gamma. In the derivative
//   e (a - b) / n is off by 2 E + 6, times gamma and ce by 3 E + L + 11, the sum of the three terms by 2 of their mass,
// the factors before it by E + 9 and the power's. Another 4 are for the ends of the enclosure.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_FOCAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_FOCAL_INL_H_
#undef LOSSPROOF_SIMD_FOCAL_INL_H_
#else
#define LOSSPROOF_SIMD_FOCAL_INL_H_
#endif

#include <cmath>

#include "simd/elements-inl.h"
#include "simd/logarithm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

inline constexpr double usual_gamma = 2;
inline constexpr double least_weight = 0x1p-160;

/// Whether UsualFocalLanes evaluates it: alpha_t is at least the smaller one of alpha and 1 - alpha.
inline bool is_usual(const detail::Parameters& p) {
  return p.gamma == usual_gamma && (p.alpha < 0 || (p.alpha > 2 * least_weight && p.alpha < 1));
}

/// `precision` is that of the exponentials and of log(1 + e).
template <Precision precision>
class FocalLanes {
 public:
  using Sum = Terms<FocalLanes>;

  HWY_INLINE FocalLanes(const detail::Parameters& parameters, Vec x, Vec y)
      : gamma_(parameters.gamma),
        x_(x),
        size_(hn::Abs(x)),
        alpha_t_(alpha_t(parameters.alpha, y)),
        e_(decay<precision>(hn::Neg(size_), largest(parameters.gamma))),
        l_(log1p_of_fraction<precision>(e_)) {
    const Vec rest = hn::Sub(constant(1), y);
    a_ = hn::IfThenElse(is_positive(), rest, y);
    b_ = hn::IfThenElse(is_positive(), y, rest);
    n_ = hn::MulAdd(e_, b_, a_);
    ce_ = hn::MulAdd(a_, size_, l_);
    const Vec u = hn::Div(n_, hn::Add(e_, constant(1)));
    is_power_small_ = gamma_ <= most_factors && gamma_ == std::floor(gamma_);
    z_ = is_power_small_ ? hn::Zero(lanes) : hn::Mul(constant(gamma_), log_of_normal(u));
    power_ = is_power_small_ ? product_of(u) : exp<precision>(z_);
  }

  /// Where alpha_t is not next to nothing, no exponential leaves the range of normal numbers, nor does their product;
  /// and n is a number.
  Mask usable() const {
    const Mask near = hn::And(is_number_up_to(gamma_ <= 64 ? largest(gamma_) : -1), hn::Ge(z_, constant(-exp_limit)));
    return hn::And(near, hn::Ge(alpha_t_, constant(least_weight)));
  }

  Bounded value(bool) const { return {loss(), hn::Mul(loss(), hn::Add(power_error(), constant(value_error)))}; }

  Bounded gradient(const Factor& factor) const {
    const Vec lead = hn::Mul(hn::Mul(constant(gamma_), ce_), hn::Div(hn::Mul(hn::Sub(a_, b_), e_), n_));
    const Vec own = hn::Mul(e_, b_);
    const Vec size = hn::Div(hn::Mul(alpha_t_, power_), hn::Add(e_, constant(1)));
    const Vec scale = hn::Mul(hn::IfThenElse(is_positive(), size, hn::Neg(size)), factor.value);
    const Vec mass = hn::Mul(hn::Abs(scale), hn::Add(hn::Add(a_, own), hn::Abs(lead)));
    const Vec error = hn::Add(power_error(), constant(3 * exp_and_log + exp_error(precision) + 28 * op));
    return {hn::Mul(scale, hn::Add(hn::Sub(a_, own), lead)), hn::Mul(error, mass)};
  }

 protected:
  static constexpr double op = arith::Fast::op;
  static constexpr double exp_and_log = exp_error(precision) + log_error(precision);
  static constexpr double value_error = exp_and_log + 12 * op;               // but for the power's
  static constexpr double factor_error = 2 * exp_error(precision) + 6 * op;  // of each factor of a power

  /// Up to this |x| the product of e and the power is at least e^-exp_limit.
  static double largest(double gamma) { return exp_limit / (1 + gamma); }

  Vec loss() const { return hn::Mul(hn::Mul(alpha_t_, ce_), power_); }
  Mask is_number_up_to(double most) const { return hn::And(hn::Le(size_, constant(most)), hn::Eq(n_, n_)); }

 private:
  static constexpr double most_factors = 8;

  Mask is_positive() const { return hn::Ge(x_, hn::Zero(lanes)); }

  static Vec alpha_t(double alpha, Vec y) {
    if (alpha < 0) return constant(1);
    return hn::MulAdd(constant(alpha), y, hn::Mul(constant(1 - alpha), hn::Sub(constant(1), y)));
  }

  Vec product_of(Vec u) const {
    Vec product = constant(1);
    for (int k = 0; k < static_cast<int>(gamma_); ++k) product = hn::Mul(product, u);
    return product;
  }

  /// 2^-47.5 max(1, |log u|) gamma is below 2^-47.5 (gamma + |z|).
  Vec power_error() const {
    const double of_factors = gamma_ * factor_error;
    if (is_power_small_) return constant(of_factors);
    const Vec of_log = hn::Mul(constant(0x1.7p-48 + op), hn::Add(constant(gamma_ + 1), hn::Abs(z_)));
    return hn::Add(of_log, constant(of_factors + exp_error(precision)));
  }

  double gamma_;
  Vec x_;

 protected:
  Vec size_;
  Vec alpha_t_;
  Vec a_;
  Vec b_;

 private:
  Vec e_;  // e^-|x|
  Vec l_;  // log(1 + e)
  Vec n_;
  Vec ce_;
  bool is_power_small_;
  Vec z_;
  Vec power_;  // u^gamma
};

/// With the gamma that most calls have as a constant, a power of two factors, and weights never next to nothing.
///
/// Beyond largest(gamma) e is e_0 = e^-largest(gamma), below 2^-246, instead of what is less. Where a is 0, loss and
/// derivative are e^3 times about alpha_t and 3: as of simd::decay. Elsewhere n, u and ce are off by less than e_0 / a
/// of themselves, the derivative's lead by itself,
///   |lead| <= gamma ce e_0 / n <= 2 (|x| + 1) e_0
/// next to a: with |x| < 2^128 all are off by less than 2^-60 of themselves for a >= 2^-57.
template <Precision precision>
class UsualFocalLanes : public FocalLanes<precision> {
 public:
  using Sum = Terms<UsualFocalLanes>;

  HWY_INLINE UsualFocalLanes(const detail::Parameters& parameters, Vec x, Vec y)
      : FocalLanes<precision>({.alpha = parameters.alpha, .gamma = usual_gamma}, x, y),
        is_weight_short_(parameters.alpha * 0x1p27 == std::floor(parameters.alpha * 0x1p27)) {}

  Mask usable() const {
    const Mask near = hn::Le(size_, constant(this->largest(usual_gamma)));
    const Mask far = hn::Or(hn::Eq(a_, hn::Zero(lanes)), hn::Ge(a_, constant(0x1p-57)));
    return hn::And(this->is_number_up_to(0x1.fffffep127), hn::Or(near, far));
  }

  /// For b = 0, a = 1 the loss is m (1 + l / |x|) / (1 + e)^2 with m = alpha_t |x|, from |x| = 1/2 on less than m, by
  /// at most 2 e of it. Often m is a midpoint. There alpha_t is alpha or 1 - alpha: where that has at most 27 bits, m
  /// is exact and has 51, so that no number of f32 and no midpoint lies between it and the double before, which stands
  /// for all that does.
  Bounded value(bool tell_exact) const {
    const Bounded bounded = FocalLanes<precision>::value(false);
    if (!tell_exact || !is_weight_short_) return bounded;
    const Mask below = hn::And(hn::Eq(this->b_, hn::Zero(lanes)), hn::Ge(size_, constant(48)));
    const Vec product = hn::Mul(this->alpha_t_, size_);
    const Vec before = hn::BitCast(lanes, hn::Sub(hn::BitCast(bits, product), hn::Set(bits, 1)));
    const Vec value = hn::Mul(product, constant(1 - 0x1p-48));
    return {hn::IfThenElse(below, value, bounded.value), hn::IfThenElse(below, hn::Sub(before, value), bounded.radius)};
  }

  Mask is_normal() const { return hn::And(usable(), hn::Ge(this->loss(), constant(0x1.001p-126))); }
  Near near_value() const { return {this->loss(), this->value_error + usual_gamma * this->factor_error}; }

 private:
  using FocalLanes<precision>::a_;
  using FocalLanes<precision>::size_;

  bool is_weight_short_;
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
