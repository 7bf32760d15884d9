// The masses of a row's classes in lanes: as they are given, and as cross entropy makes them of a target, smoothing s
// and weights w, m_c = ((1 - s) y_c + s / C) w_c: see losses/soft_cross_entropy.h.
//
// Radius of the latter, for targets y >= 0, of which both terms have one sign: 1 - s, s / C, the product, the sum and
// the weight an op each, 5 op of itself. Without smoothing it is y_c w_c, exact, for y and w have 24 bits. As a pair it
// is off by 2^-98 of itself: four operations on pairs, each by 2^-101.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_MASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_MASSES_INL_H_
#undef LOSSPROOF_SIMD_MASSES_INL_H_
#else
#define LOSSPROOF_SIMD_MASSES_INL_H_
#endif

#include <cstdint>

#include "simd/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Those from element `first` of `data` on. Lanes beyond the n-th repeat the first of them.
template <DType dtype>
struct GivenMasses {
  static constexpr double error = 0;

  HWY_INLINE Vec operator()(std::int64_t k, std::int64_t n) const { return load_part<dtype>(data, first + k, n); }
#if HWY_NATIVE_FMA
  HWY_INLINE Pair pair(std::int64_t k, std::int64_t n) const { return {(*this)(k, n), hn::Zero(lanes)}; }
#endif

  const void* data;
  std::int64_t first;
};

/// Of a class, `target`, or of targets from element `first` of `targets` on.
template <DType dtype>
struct MadeMasses {
  static constexpr double error = 5 * arith::Fast::op;

  HWY_INLINE Vec operator()(std::int64_t k, std::int64_t n) const {
    const Vec spread = hn::MulAdd(y(k, n), constant(kept.hi), constant(even.hi));
    return weights == nullptr ? spread : hn::Mul(spread, load_part<dtype>(weights, k, n));
  }

#if HWY_NATIVE_FMA
  HWY_INLINE Pair pair(std::int64_t k, std::int64_t n) const {
    const Vec zero = hn::Zero(lanes);
    const Pair own = product({y(k, n), zero}, {constant(kept.hi), constant(kept.lo)});
    const Pair sum = two_sum(own.hi, constant(even.hi));
    const Pair spread = two_sum(sum.hi, hn::Add(sum.lo, hn::Add(own.lo, constant(even.lo))));
    return weights == nullptr ? spread : product(spread, {load_part<dtype>(weights, k, n), zero});
  }
#endif

  HWY_INLINE Vec y(std::int64_t k, std::int64_t n) const {
    if (targets != nullptr) return load_part<dtype>(targets, first + k, n);
    const Mask is_target = hn::Eq(hn::Iota(lanes, 0), constant(static_cast<double>(target - k)));
    return hn::IfThenElseZero(is_target, constant(1));
  }

  const void* targets;  ///< null of a class
  const void* weights;  ///< null if there are none
  std::int64_t first;
  std::int64_t target;
  arith::DD kept;  ///< 1 - s
  arith::DD even;  ///< s / C
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
