// The exponential as an unevaluated sum of two doubles in lanes, for gradients of which the first test fails: in a row
// of 10^5 logits one in twenty does, and double-double proper costs a hundred times as much. Needs fused multiply-adds.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_PAIRS_INL_H_
#undef LOSSPROOF_SIMD_PAIRS_INL_H_
#else
#define LOSSPROOF_SIMD_PAIRS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "arith/ladder.h"
#include "simd/rows-inl.h"

#if HWY_NATIVE_FMA
HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

HWY_INLINE Pair product(Pair a, Pair b) {
  const Vec hi = hn::Mul(a.hi, b.hi);
  return {hi, hn::MulAdd(a.lo, b.hi, hn::MulAdd(a.hi, b.lo, hn::MulSub(a.hi, b.hi, hi)))};
}

/// What 2^(k/16) has beyond the double next to it, relative to it.
HWY_ALIGN inline constexpr double exp_table_lo[1 << table_bits] = {0x0.0p+0,
                                                                   0x1.79aa65d837b6cp-54,
                                                                   -0x1.01b15eaa59348p-55,
                                                                   0x1.68efde3a8a893p-54,
                                                                   0x1.34d754db0abb6p-55,
                                                                   0x1.59f48a72a4c6cp-55,
                                                                   0x1.690cebb7aafb0p-56,
                                                                   0x1.063e1e21c5409p-54,
                                                                   -0x1.3b3efbf5e2229p-54,
                                                                   -0x1.b32dcb94da51dp-56,
                                                                   0x1.db72fc1f0eab4p-55,
                                                                   0x1.1affc2b91ce27p-56,
                                                                   0x1.c1a7792cb3386p-55,
                                                                   0x1.36eae30af0cb3p-56,
                                                                   0x1.4a385a63d07a7p-56,
                                                                   -0x1.ff7128fd391f1p-55};

/// The relative error of exp_pair, for |x| <= exp_limit and an x of at most 24 bits.
///
/// x - n L is exact, for L = ln2/16 cut to 38 bits; what is cut off times n, below 2^-29, is rounded to 2^-82. With
/// r = r_hi + r_lo the sum 1 + r + r^2/2 + ... + r^8/8! leaves out 2^-68; all but 1 + r_hi is below 2^-12 and rounded
/// to 2^-64 in four operations, and in the product by 2^-64 more. The table is off by 2^-106.
inline constexpr double pair_error = 0x1p-62;

HWY_INLINE Pair exp_pair(Vec x) {
  constexpr double c[] = {1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320};
  const Vec shift = constant(0x1.8p52);
  const Vec shifted = hn::MulAdd(x, constant(0x1.71547652b82fep+4), shift);
  const Vec n = hn::Sub(shifted, shift);
  const Vec cut = hn::NegMulAdd(n, constant(ln2_16_hi), x);
  const Pair r = two_sum(cut, hn::Mul(n, constant(-ln2_16_lo)));
  const Vec square = hn::Mul(r.hi, r.hi);
  const Vec higher = hn::MulAdd(hn::Mul(square, r.hi), polynomial(c, r.hi), hn::Mul(r.lo, r.hi));
  const Vec rest = hn::Add(r.lo, hn::MulAdd(square, constant(0.5), higher));
  const Pair first = two_sum(constant(1), r.hi);
  const hn::Vec<Bits> index = hn::BitCast(bits, shifted);
  const auto scaled = hn::Add(from_table(bits, exp_table, index), hn::ShiftLeft<52 - table_bits>(index));
  const Vec table = hn::BitCast(lanes, scaled);
  const Vec beyond = hn::GatherIndex(lanes, exp_table_lo, hn::And(index, hn::Set(bits, (1 << table_bits) - 1)));
  const Pair e = product({table, hn::Mul(table, beyond)}, {first.hi, hn::Add(first.lo, rest)});
  return two_sum(e.hi, e.lo);
}

/// A sum, off by 2^-70 of its mass beyond what its terms are off by, and that mass or a bit more.
struct PairSums {
  arith::DD sum;
  double mass;
};

/// The sum of n <= most_in_pairs terms, term(k, part) of the `part` from k on: 2^17 in a lane, in the second order.
inline constexpr std::int64_t most_in_pairs = step << 17;
template <class Term>
HWY_INLINE PairSums add_some_pairs(std::int64_t begin, std::int64_t end, const Term& term) {
  Pair sum{hn::Zero(lanes), hn::Zero(lanes)};
  Vec mass = hn::Zero(lanes);
  for (std::int64_t k = begin; k < end; k += step) {
    const std::int64_t part = std::min(step, end - k);
    const Mask mask = hn::FirstN(lanes, static_cast<std::size_t>(part));
    const Pair t = term(k, part);
    const Vec hi = hn::IfThenElseZero(mask, t.hi);
    const Pair s = two_sum(sum.hi, hi);
    sum = {s.hi, hn::Add(sum.lo, hn::Add(s.lo, hn::IfThenElseZero(mask, t.lo)))};
    mass = hn::Add(mass, hn::Abs(hi));
  }
  alignas(64) double hi[step];
  alignas(64) double lo[step];
  hn::Store(sum.hi, lanes, hi);
  hn::Store(sum.lo, lanes, lo);
  arith::DD total;
  for (std::int64_t k = 0; k < step; ++k) total = total + arith::two_sum(hi[k], lo[k]);
  return {total, hn::GetLane(hn::SumOfLanes(lanes, mass)) * (1 + 0x1p-20)};
}

/// That of n terms, whatever their number.
template <class Term>
PairSums add_pairs(std::int64_t n, const Term& term) {
  PairSums sums{};
  for (std::int64_t k = 0; k < n; k += most_in_pairs) {
    const PairSums more = add_some_pairs(k, std::min(k + most_in_pairs, n), term);
    sums = {sums.sum + more.sum, sums.mass + more.mass};
  }
  return sums;
}

/// The sum of e^x of n logits from `i` on, off by pair_error and 2^-70 of itself.
template <DType input>
HWY_NOINLINE arith::DD row_sum_in_pairs(const void* logits, std::int64_t i, std::int64_t n) {
  return add_pairs(n, [=](std::int64_t k, std::int64_t part)
                          LOSSPROOF_INLINE_LAMBDA { return exp_pair(logits_of<input>(logits, i + k, part)); })
      .sum;
}

/// Pairs with a bound of what they are off by; in lanes of `zero` they are exactly 0.
struct BoundedPair {
  Pair value;
  Vec radius;
  Mask zero = hn::FirstN(lanes, 0);
};

/// Each of n pairs, rounded, an exact 0 to +0; false if one is not decided, as one that underflows.
template <DType output>
HWY_NOINLINE bool store_pairs(const BoundedPair& v, std::int64_t n, void* out, std::int64_t i) {
  alignas(64) double hi[step];
  alignas(64) double lo[step];
  alignas(64) double radius[step];
  alignas(64) double is_zero[step];
  hn::Store(v.value.hi, lanes, hi);
  hn::Store(v.value.lo, lanes, lo);
  hn::Store(v.radius, lanes, radius);
  hn::Store(hn::IfThenElseZero(v.zero, constant(1)), lanes, is_zero);
  for (std::int64_t k = 0; k < n; ++k) {
    double rounded = 0;
    const arith::Approx<arith::Fine> pair{arith::two_sum(hi[k], lo[k]), radius[k]};
    if (is_zero[k] == 0 && !settle(pair, detail::format_of(output), rounded)) return false;
    store_real(output, out, i + k, rounded);
  }
  return true;
}

/// Stores e^x * scale, whose scale is off by 2 pair_error, of n logits from `i` on; false if one is not decided. What
/// the high parts do not decide, which leave out 2^-52 each, their pairs do.
template <DType input, DType output>
HWY_NOINLINE bool store_in_pairs(const void* logits, std::int64_t i, std::int64_t n, arith::DD scale, void* out) {
  const Pair factor{constant(scale.hi), constant(scale.lo)};
  for (std::int64_t k = 0; k < n; k += step) {
    const std::int64_t part = std::min(step, n - k);
    const Pair v = product(exp_pair(logits_of<input>(logits, i + k, part)), factor);
    const Vec low = hn::Mul(v.hi, constant(1 - 0x1p-50));
    const Vec high = hn::Mul(v.hi, constant(1 + 0x1p-50));
    if (part == step && all_zero(round_and_store<output>(low, high, out, i + k))) continue;
    const Vec radius = hn::Mul(hn::Abs(v.hi), constant(4 * pair_error));
    if (!store_pairs<output>({v, radius}, part, out, i + k)) return false;
  }
  return true;
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Stores the row's e^x * factor / sum of e^x, but for the target's; false if one is not decided, as without fused
/// multiply-adds.
template <DType input, DType output>
bool store_row_in_pairs([[maybe_unused]] const void* logits, [[maybe_unused]] std::int64_t i,
                        [[maybe_unused]] std::int64_t n, [[maybe_unused]] arith::DD factor,
                        [[maybe_unused]] void* out) {
#if HWY_NATIVE_FMA
  return store_in_pairs<input, output>(logits, i, n, factor / row_sum_in_pairs<input>(logits, i, n), out);
#else
  return false;
#endif
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
