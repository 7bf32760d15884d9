// Logarithms of probabilities in lanes, close to 1 too.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_LOGARITHM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_LOGARITHM_INL_H_
#undef LOSSPROOF_SIMD_LOGARITHM_INL_H_
#else
#define LOSSPROOF_SIMD_LOGARITHM_INL_H_
#endif

#include "simd/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// The relative error of the logarithms here. Without an exponent they are 2 atanh(s), off by log_error(result) and what s
/// is off by is in it, for its numerator is exact. With one they are at least ln2/2, no less than 2 atanh(s) is, and two
/// sums add an op each.
inline constexpr double logarithm_error = log_error(Precision::result) + 4 * arith::Fast::op;

HWY_INLINE Vec sum_of(const Logarithm& l) {
  const Vec rest = hn::MulAdd(l.exponent, constant(ln2_lo), twice_atanh(hn::Div(l.s_numerator, l.s_denominator)));
  return hn::MulAdd(l.exponent, constant(ln2_hi), rest);
}

/// log(a) of a normal number of at most 24 bits. What it gives for 0 means nothing.
HWY_INLINE Vec log_of(Vec a) { return sum_of(reduced_for_log(a)); }

/// log(1 - p) for p in [0, 1) of at most 24 bits. From 1/4 on 1 - p is exact, below it has no exponent, and then
/// s = -p / (2 - p). What it gives for 1 means nothing.
HWY_INLINE Vec log_of_complement(Vec p) {
  Logarithm l = reduced_for_log(hn::Sub(constant(1), p));
  const Mask is_near_1 = hn::Lt(p, constant(0.25));
  l.s_numerator = hn::IfThenElse(is_near_1, hn::Neg(p), l.s_numerator);
  l.s_denominator = hn::IfThenElse(is_near_1, hn::Sub(constant(2), p), l.s_denominator);
  return sum_of(l);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
