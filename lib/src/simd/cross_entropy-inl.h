// Cross entropy of class indices in lanes.
//
// In lanes, for logits within exp_limit: e^x is in range as it is, so nothing is shifted by the largest logit. With
// O = sum over j != t of e^(x_j), off by E_o, and T = e^(x_t), off by E_t,
//   O <= T: L = log1p(O / T) = 2 atanh(O / (O + 2 T)), off by E_o + E_t + log_error of itself
//   O > T:  L = (k ln2 - x_t) + k ln2_rest + 2 atanh(s) from the logarithm of O + T: the argument by E_o + op, the
//           difference by op of L + 0.4, the last two by log_error and 2 op, the sum by op of L
// so both by E_o + E_t + log_error and 8 op, the ends of the enclosure included, of L or of L + 1.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_CROSS_ENTROPY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_CROSS_ENTROPY_INL_H_
#undef LOSSPROOF_SIMD_CROSS_ENTROPY_INL_H_
#else
#define LOSSPROOF_SIMD_CROSS_ENTROPY_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "simd/classes-inl.h"
#include "simd/logarithm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

struct CrossEntropyLanes {
  static Bounded value(const RowLanes& row) {
    const Mask confident = hn::Le(row.others, row.own);
    const Logarithm all = reduced_for_log(hn::Add(row.others, row.own));
    const Vec zero = hn::Zero(lanes);
    const Vec k = hn::IfThenElse(confident, zero, all.exponent);
    const Vec difference = hn::MulSub(k, constant(ln2_hi), hn::IfThenElse(confident, zero, row.logit));
    const Vec numerator = hn::IfThenElse(confident, row.others, all.s_numerator);
    const Vec twice = hn::Add(row.own, row.own);
    const Vec denominator = hn::IfThenElse(confident, hn::Add(row.others, twice), all.s_denominator);
    const Vec rest = hn::MulAdd(k, constant(ln2_lo), twice_atanh(hn::Div(numerator, denominator)));
    const Vec loss = hn::Add(difference, rest);
    const double relative = row.own_error + row.others_error + log_error(Precision::result) + 8 * arith::Fast::op;
    const Vec scale = hn::Add(loss, hn::IfThenElse(confident, zero, constant(1)));
    return {loss, hn::Mul(scale, constant(relative))};
  }

  /// The sum of the rows of a stretch, at most `vectors` of them between two calls of fold. Where the others have half
  /// the target's exponential or more, and the product of so many cannot leave the range of normal numbers, it is the
  /// logarithm of the product of the sums Z, less the targets' logits; where not, values are added one by one.
  ///
  /// Radius: Z is off by E_o + op, its product by op more for each factor, the logarithm by log_of_normal's bound and 2
  /// op; of the logits a lane adds `vectors` before they are added without error before second order, and the rest, in
  /// a lane and of them all, takes less than 16 op of the mass. It is absolute: such a loss is at least log(3/2). The
  /// radius itself is a sum of no more than 2^20 numbers.
  template <std::int64_t vectors>
  class Sum {
   public:
    Sum() : product_(constant(1)), linear_(hn::Zero(lanes)), exponent_(linear_), mass_(linear_) {}

    HWY_INLINE void add(const RowLanes& row, Mask mask) {
      constexpr auto largest = static_cast<double>(std::int64_t{1} << std::min<std::int64_t>(60, 960 / vectors));
      const Vec all = hn::Add(row.others, row.own);
      const Mask in_range = hn::And(hn::Le(all, constant(largest)), hn::Ge(all, constant(1 / largest)));
      const Mask spread = hn::Ge(hn::Add(row.others, row.others), row.own);
      const Mask usable = hn::And(in_range, spread);
      if (!hn::AllTrue(lanes, hn::Or(usable, hn::Not(mask)))) {
        has_terms_ = true;
        return terms_.add(value(row), mask);
      }
      const Vec logit = hn::IfThenElseZero(mask, row.logit);
      product_ = hn::Mul(product_, hn::IfThenElse(mask, all, constant(1)));
      linear_ = hn::Sub(linear_, logit);
      mass_ = hn::Add(mass_, hn::Abs(logit));
      of_factors_ += static_cast<double>(hn::CountTrue(lanes, mask)) * (row.others_error + 3 * arith::Fast::op);
    }

    /// Makes room for as many rows again; what was added one by one goes to `sum`.
    HWY_INLINE void fold(arith::Sum<arith::Fast>& sum) {
      const Scaled product = scaled_for_log(product_);
      product_ = product.m;
      exponent_ = hn::Add(exponent_, product.exponent);
      accumulate(folded_, linear_);
      linear_ = hn::Zero(lanes);
      if (!has_terms_) return;
      sum.add(terms_.total());
      terms_ = TermSum();
      has_terms_ = false;
    }

    /// What has been folded.
    void add_to(arith::Sum<arith::Fast>& sum) const {
      if (of_factors_ == 0) return;
      const Vec log = hn::MulAdd(exponent_, constant(ln2_hi + ln2_lo), log_of_normal(product_));
      const auto total = [](Vec v) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(lanes, v)); };
      const double mass = total(hn::Add(mass_, hn::Abs(log)));
      const double of_logarithms = static_cast<double>(step) * 0x1p-47;
      const double radius = of_factors_ + of_logarithms + (0x1p-47 + (vectors + 16) * arith::Fast::op) * mass;
      sum.add({total(hn::Add(log, hn::Add(folded_.hi, folded_.lo))), (1 + 0x1p-30) * radius});
    }

   private:
    Vec product_;
    Vec linear_;
    Vec exponent_;  ///< beside the product
    Pair folded_{hn::Zero(lanes), hn::Zero(lanes)};
    Vec mass_;
    double of_factors_ = 0;
    bool has_terms_ = false;
    TermSum terms_;
  };
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
