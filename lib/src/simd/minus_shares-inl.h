// Masses less a softmax of their sum, as the gradients of log_softmax and of cross entropy are: see shares-inl.h.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_MINUS_SHARES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_MINUS_SHARES_INL_H_
#undef LOSSPROOF_SIMD_MINUS_SHARES_INL_H_
#else
#define LOSSPROOF_SIMD_MINUS_SHARES_INL_H_
#endif

#include <cmath>
#include <cstdint>

#include "simd/masses-inl.h"
#include "simd/pair_gradients-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Stores factor (p_j M - m_j) of the open row, M = sum_k m_k, for a factor that is neither 0 nor infinite; false if
/// one is not decided, M is not finite, or where the share of a clamped exponential would not be a normal number, or
/// not round to 0 by itself. The factor is off by 2^-84 of itself; for masses see masses-inl.h.
///
/// Radius: p_j is off by share_error, M by sum_error of the masses' sizes and by what they are off by, and an op each
/// for its products; m_j times the factor by what m_j is off by and an op, the factor by op and the difference by op of
/// both terms. The share of an exponential that was clamped lies between 0 and what it is taken for; without a mass
/// beside it either rounds to 0 of its sign.
template <class Row, class Masses>
bool store_minus_shares(const Row& row, const Masses& m, arith::DD exact_factor, const MutableTensorView& out) {
  const double factor = exact_factor.hi;
  const auto view = row.view();
  const Sums sums = row.add_up(m);
  if (!std::isfinite(sums.mass)) return false;
  if (sums.mass == 0) return row.store_zeros(row.first(), out), true;
  const double scale = factor / row.total();
  const double most_of_a_share = sums.mass * std::fabs(scale);
  if (!(most_of_a_share >= 0x1p-230 && most_of_a_share <= 0x1p550)) return false;
  const auto in_pairs = [&] { return store_minus_shares_in_pairs(view, row.classes(), m, exact_factor, out); };
  if (!row.keeps()) return in_pairs();
  const double of_share = most_of_a_share * (Row::share_error + sum_error + Masses::error + 4 * Row::op);
  const double of_mass = std::fabs(factor) * (Masses::error + 4 * Row::op);
  const auto enclosed = [=](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
    const Vec e = view.e(k, n);
    const Vec own = m(k, n);
    const Vec share = hn::Mul(e, constant(sums.sum * scale));
    const Vec value = hn::Sub(hn::Add(share, hn::Zero(lanes)), hn::Mul(own, constant(factor)));
    const Vec radius = hn::MulAdd(e, constant(of_share), hn::Mul(hn::Abs(own), constant(of_mass)));
    return ends_of(Bounded{value, hn::Add(radius, of_clamped(view.x(k, n), own, share))});
  };
  return row.store(out, 0, row.classes(), enclosed) || in_pairs();
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
