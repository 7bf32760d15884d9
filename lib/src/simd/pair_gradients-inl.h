// Gradients of a row of logits in pairs, for rows of which f64 has not decided every element: in a row of 10^4 logits
// one in ten is such a one, and double-double proper costs a hundred times as much. Needs fused multiply-adds.
//
// Radius, with p = pair_error and its 2^-70: shares e_k / Z are off by 3 p of themselves, their products by few 2^-100
// more; sums over the classes by p and 2^-70 of their mass.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_PAIR_GRADIENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_PAIR_GRADIENTS_INL_H_
#undef LOSSPROOF_SIMD_PAIR_GRADIENTS_INL_H_
#else
#define LOSSPROOF_SIMD_PAIR_GRADIENTS_INL_H_
#endif

#include <cmath>
#include <cstdint>

#include "simd/shares-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// What a share is off by beside a mass where its logit was clamped.
HWY_INLINE Vec of_clamped(Vec x, Vec mass, Vec share) {
  const Mask beside_mass = hn::And(hn::Lt(x, constant(lowest)), hn::Ne(mass, hn::Zero(lanes)));
  return hn::IfThenElseZero(beside_mass, hn::Abs(share));
}

#if HWY_NATIVE_FMA

HWY_INLINE Pair pair_of(arith::DD a) { return {constant(a.hi), constant(a.lo)}; }
HWY_INLINE Pair difference(Pair a, Pair b) {
  const Pair s = two_sum(a.hi, hn::Neg(b.hi));
  return two_sum(s.hi, hn::Add(s.lo, hn::Sub(a.lo, b.lo)));
}
/// e^x, and 0 of an absent class.
template <DType input>
HWY_INLINE Pair present_exp_pair(const RowView<input>& row, std::int64_t k, std::int64_t n) {
  const Mask absent = row.absent(k, n);
  const Pair e = exp_pair(logits_of<input>(row.logits, row.first + k, n));
  return {hn::IfThenZeroElse(absent, e.hi), hn::IfThenZeroElse(absent, e.lo)};
}

/// Stores value(k, n) of every class, rounded; false if one is not decided. What the high parts do not decide, which
/// leave out 2^-52 each, their pairs do.
template <class Value>
bool store_bounded_pairs(std::int64_t first, std::int64_t classes, const MutableTensorView& out, const Value& value) {
  return with_dtype(out.dtype(), [&](auto dtype) HWY_ATTR {
    constexpr DType output = decltype(dtype)::value;
    for (std::int64_t k = 0; k < classes; k += step) {
      const std::int64_t n = std::min(step, classes - k);
      const BoundedPair v = value(k, n);
      const Vec radius = hn::MulAdd(hn::Abs(v.value.hi), constant(0x1p-50), hn::Add(v.radius, v.radius));
      const Ends ends = ends_of(Bounded{v.value.hi, radius});
      // The sign of what has underflowed says nothing.
      const Mask normal = hn::Or(v.zero, hn::Ge(hn::Abs(v.value.hi), constant(0x1p-900)));
      const auto undecided = round_and_store<output>(ends.one, ends.other, out.data(), first + k, n);
      if (hn::AllTrue(lanes, normal) && all_zero(undecided)) continue;
      if (!store_pairs<output>(v, n, out.data(), first + k)) return false;
    }
    return true;
  });
}

/// factor (p_j M - m_j), M = sum_k m_k; see minus_shares-inl.h. The factor is off by 2^-84 and a mass by 2^-98 of
/// itself; the radius is doubled for its own rounding.
template <DType input, class Masses>
bool store_minus_shares_in_pairs(const RowView<input>& row, std::int64_t classes, const Masses& m, arith::DD factor,
                                 const MutableTensorView& out) {
  const PairSums mass = add_pairs(classes, [&](std::int64_t k, std::int64_t n) HWY_ATTR { return m.pair(k, n); });
  const arith::DD total = row_sum_in_pairs<input>(row.logits, row.first, classes);
  const arith::DD scale = factor / total;
  const Pair of_share = pair_of(mass.sum * scale);
  const double error = 8 * pair_error * mass.mass * std::fabs(scale.hi);
  return store_bounded_pairs(row.first, classes, out, [&](std::int64_t k, std::int64_t n) HWY_ATTR {
    const Pair e = present_exp_pair(row, k, n);
    const Pair mass_here = m.pair(k, n);
    const Pair own = product(mass_here, pair_of(factor));
    const Pair share = product(e, of_share);
    const Pair v = difference(share, own);
    const Vec rounding = hn::MulAdd(e.hi, constant(error), hn::Mul(hn::Abs(own.hi), constant(0x1p-82)));
    const Vec radius = hn::Add(rounding, of_clamped(row.x(k, n), mass_here.hi, share.hi));
    const Mask massless = hn::Eq(mass_here.hi, hn::Zero(lanes));
    return BoundedPair{v, radius, hn::And(row.absent(k, n), massless)};
  });
}

/// p_j (g_j - sum_k p_k g_k); see softmax.cpp. False too where a g is infinite or NaN. `of_clamped` is what the sum is
/// off by since exponentials were clamped; the radius is doubled for its own rounding.
template <DType input, class Factors>
bool store_softmax_gradient_in_pairs(const RowView<input>& row, std::int64_t classes, const Factors& g,
                                     double of_clamped, const MutableTensorView& out) {
  const PairSums sums = add_pairs(classes, [&](std::int64_t k, std::int64_t n) HWY_ATTR {
    return product(present_exp_pair(row, k, n), {g(k, n), hn::Zero(lanes)});
  });
  if (!std::isfinite(sums.mass)) return false;
  const arith::DD share = arith::DD{1} / row_sum_in_pairs<input>(row.logits, row.first, classes);
  const Pair mean = pair_of(sums.sum * share);
  const double error = (8 * pair_error * sums.mass + 2 * of_clamped) * share.hi;
  return store_bounded_pairs(row.first, classes, out, [&](std::int64_t k, std::int64_t n) HWY_ATTR {
    const Pair p = product(present_exp_pair(row, k, n), pair_of(share));
    const Pair d = difference({g(k, n), hn::Zero(lanes)}, mean);
    const Vec of_difference = hn::MulAdd(hn::Abs(d.hi), constant(8 * pair_error), constant(error));
    return BoundedPair{product(p, d), hn::Mul(p.hi, of_difference), row.absent(k, n)};
  });
}

#else

template <DType input, class Masses>
bool store_minus_shares_in_pairs(const RowView<input>&, std::int64_t, const Masses&, arith::DD,
                                 const MutableTensorView&) {
  return false;
}
template <DType input, class Factors>
bool store_softmax_gradient_in_pairs(const RowView<input>&, std::int64_t, const Factors&, double,
                                     const MutableTensorView&) {
  return false;
}

#endif

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
