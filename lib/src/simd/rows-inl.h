// The pieces of a loss over rows of logits: exponentials, their sums, a row scaled and stored.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_ROWS_INL_H_
#undef LOSSPROOF_SIMD_ROWS_INL_H_
#else
#define LOSSPROOF_SIMD_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "simd/terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

inline constexpr std::int64_t step = HWY_LANES(double);

/// Logits below `lowest`, -inf among them, count as that, and those above `highest` as that: their sum tells.
inline constexpr double lowest = -512;
inline constexpr double highest = 600;

/// n logits from `i` on, up to a whole vector.
template <DType input>
HWY_INLINE Vec logits_of(const void* logits, std::int64_t i, std::int64_t n = step) {
  return hn::PromoteTo(lanes, clamped(load_floats_part<input>(logits, i, n), lowest, highest));
}

/// e^x of n logits from `i` on, with memory up to a whole vector. `meanwhile(k)` is called for every second vector but
/// the last few, with the number of its first logit, before it and those beside it.
template <DType input, Precision precision, class Meanwhile>
HWY_INLINE void exponentials(const void* logits, std::int64_t i, std::int64_t n, double* e,
                             const Meanwhile& meanwhile) {
  const auto at = [&]<std::size_t n>(std::int64_t k, std::int64_t in_vector) LOSSPROOF_INLINE_LAMBDA {
    Vec x[n];
    Power p[n];
    for_each_below<n>([&](std::int64_t j)
                          LOSSPROOF_INLINE_LAMBDA { x[j] = logits_of<input>(logits, i + k + j * step, in_vector); });
    powers<precision>(x, p);
    for_each_below<n>([&](std::int64_t j) LOSSPROOF_INLINE_LAMBDA {
      hn::StoreU(hn::Mul(p[j].table, p[j].polynomial), lanes, e + k + j * step);
    });
  };
  std::int64_t k = 0;
  for (; k + 4 * step <= n; k += 4 * step) {
    meanwhile(i + k);
    meanwhile(i + k + 2 * step);
    at.template operator()<4>(k, step);
  }
  for (; k < n; k += step) at.template operator()<1>(k, std::min(step, n - k));
}
template <DType input, Precision precision>
void exponentials(const void* logits, std::int64_t i, std::int64_t n, double* e) {
  exponentials<input, precision>(logits, i, n, e, [](std::int64_t) {});
}

/// The sum of e^x over a row but for its target, whose exponentials are kept at `e` if `keep`.
///
/// Positive terms: an accumulator adds at most `block` / 4 vectors, two additions join the four, and the blocks are
/// added without error before second order; the lanes take 3 more and the pair one. All in all sum_error of itself.
template <DType input, Precision precision, bool keep>
class RowSum {
 public:
  /// `grad` is where element 0 of the row's gradient will go, `size` bytes each. With `keep` that memory is fetched
  /// while the exponentials keep the core busy.
  RowSum(const void* logits, std::int64_t first, double* e, const char* grad, std::int64_t size)
      : logits_(logits), first_(first), e_(e), grad_(grad), size_(size) {}

  /// Classes `begin` to `end` of which none is `target`, or one.
  HWY_INLINE void add(std::int64_t begin, std::int64_t end, std::int64_t target) {
    const std::int64_t whole = begin + (end - begin) / (4 * step) * (4 * step);
    std::int64_t k = begin;
    while (k < whole) {
      Vec sums[4] = {hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes)};
      for (const std::int64_t stop = std::min(k + block * step, whole); k < stop; k += 4 * step) {
        target - k >= 0 && target - k < 4 * step ? add_to<true>(sums, k, target) : add_to<false>(sums, k, target);
      }
      accumulate(sum_, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3])));
    }
    Vec rest = hn::Zero(lanes);
    for (; k < end; k += step) rest = hn::Add(rest, part(k, std::min(step, end - k), target));
    accumulate(sum_, rest);
  }

  HWY_INLINE double total() const { return hn::GetLane(hn::SumOfLanes(lanes, hn::Add(sum_.hi, sum_.lo))); }

 private:
  static constexpr std::int64_t block = 64;

  /// To each of four sums a vector, from class k on.
  template <bool has_target>
  HWY_INLINE void add_to(Vec (&sums)[4], std::int64_t k, std::int64_t target) const {
    Vec x[4];
    Power p[4];
    for_each_below<4>([&](std::int64_t j)
                          LOSSPROOF_INLINE_LAMBDA { x[j] = logits_of<input>(logits_, first_ + k + j * step); });
    powers<precision>(x, p);
    for_each_below<4>([&](std::int64_t j) LOSSPROOF_INLINE_LAMBDA {
      if constexpr (!keep && !has_target) {
        sums[j] = hn::MulAdd(p[j].table, p[j].polynomial, sums[j]);
      } else {
        const std::int64_t i = k + j * step;
        const Vec e = hn::Mul(p[j].table, p[j].polynomial);
        if constexpr (keep) hn::StoreU(e, lanes, e_ + i);
        sums[j] = hn::Add(sums[j], has_target ? hn::IfThenElseZero(others(i, target), e) : e);
      }
    });
    if constexpr (keep) {
      __builtin_prefetch(grad_ + k * size_, 1);
      __builtin_prefetch(grad_ + (k + 2 * step) * size_, 1);
    }
  }

  /// e^x of n classes from k on, a vector or fewer, without the target's.
  HWY_INLINE Vec part(std::int64_t k, std::int64_t n, std::int64_t target) const {
    const Vec e = exp<precision>(logits_of<input>(logits_, first_ + k, n));
    if constexpr (keep) hn::StoreU(e, lanes, e_ + k);
    return hn::IfThenElseZero(hn::And(others(k, target), hn::FirstN(lanes, static_cast<std::size_t>(n))), e);
  }

  /// Which lanes of classes from k on are not the target.
  HWY_INLINE static Mask others(std::int64_t k, std::int64_t target) {
    return hn::Ne(hn::Iota(lanes, 0), constant(static_cast<double>(target - k)));
  }

  const void* logits_;
  std::int64_t first_;
  double* e_;
  const char* grad_;
  std::int64_t size_;
  Pair sum_{hn::Zero(lanes), hn::Zero(lanes)};
};
inline constexpr double sum_error = 24 * arith::Fast::op;

/// Stores n numbers e * scale from `i` on, each rounded once, where e * scale is off by `relative` of itself, the op of
/// the ends of an enclosure included; `undecided` gets bits where they are not decided. There is memory for e up to a
/// whole vector. What follows the n, up to `room` numbers in all, may be written too: in whole vectors.
template <DType output>
HWY_INLINE void store_scaled(const double* e, std::int64_t n, std::int64_t room, double scale, double relative,
                             void* out, std::int64_t i, hn::Vec<FloatBits>& undecided) {
  const Vec low = constant(scale * (1 - relative));
  const Vec high = constant(scale * (1 + relative));
  std::int64_t k = 0;
  for (; k < n && k + step <= room; k += step) {
    const Vec v = hn::LoadU(lanes, e + k);
    undecided = hn::Or(undecided, round_and_store<output>(hn::Mul(v, low), hn::Mul(v, high), out, i + k));
  }
  if (k < n) {
    const Mask mask = hn::FirstN(lanes, static_cast<std::size_t>(n - k));
    const Vec v = hn::IfThenElseZero(mask, hn::LoadU(lanes, e + k));
    undecided = hn::Or(undecided, round_and_store<output>(hn::Mul(v, low), hn::Mul(v, high), out, i + k, n - k));
  }
}

/// Stores n numbers e * scale from `i` on likewise, and nothing else; returns whether all were decided.
template <DType output>
HWY_INLINE bool scale_and_store(const double* e, std::int64_t n, double scale, double relative, void* out,
                                std::int64_t i) {
  auto undecided = hn::Zero(float_bits);
  store_scaled<output>(e, n, n, scale, relative, out, i, undecided);
  return all_zero(undecided);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
