// The pieces of a loss over rows of logits: exponentials of many logits, sums of a row, a row scaled and stored.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_ROWS_INL_H_
#undef LOSSPROOF_SIMD_ROWS_INL_H_
#else
#define LOSSPROOF_SIMD_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "simd/memory-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

inline constexpr std::int64_t step = HWY_LANES(double);

/// Rows in lanes: the target's e^x, the sum of the others', the target's x, and the errors of the first two, relative.
struct RowLanes {
  Vec own;
  Vec others;
  Vec logit;
  double own_error;
  double others_error;
};

/// e^x of n logits from `i` on, and whatever up to a whole vector. Returns the largest |x|, NaN apart: its e^x is NaN.
template <DType input>
double exponentials(const void* logits, std::int64_t i, std::int64_t n, double* e) {
  Vec largest = hn::Zero(lanes);
  std::int64_t k = 0;
  for (; k + step <= n; k += step) {
    const Vec x = load<input>(logits, i + k);
    largest = hn::Max(hn::Abs(x), largest);
    hn::Store(exp(x), lanes, e + k);
  }
  if (k < n) {
    const Vec x = load_part<input>(logits, i + k, n - k);
    largest = hn::Max(hn::Abs(x), largest);
    hn::Store(exp(x), lanes, e + k);
  }
  return hn::GetLane(hn::MaxOfLanes(lanes, largest));
}

/// The sum of n numbers of one sign, which is off by sum_error(n) of itself: in each of four vectors a lane adds
/// n / (4 step) + 1, and joining them 2 + 3 additions more. There is memory up to a whole vector.
inline constexpr double sum_error(std::int64_t n) {
  return (static_cast<double>(n) / (4 * static_cast<double>(step)) + 6) * arith::Fast::op;
}

HWY_INLINE double sum_of(const double* e, std::int64_t n) {
  Vec a = hn::Zero(lanes);
  Vec b = a;
  Vec c = a;
  Vec d = a;
  std::int64_t k = 0;
  for (; k + 4 * step <= n; k += 4 * step) {
    a = hn::Add(a, hn::LoadU(lanes, e + k));
    b = hn::Add(b, hn::LoadU(lanes, e + k + step));
    c = hn::Add(c, hn::LoadU(lanes, e + k + 2 * step));
    d = hn::Add(d, hn::LoadU(lanes, e + k + 3 * step));
  }
  for (; k + step <= n; k += step) a = hn::Add(a, hn::LoadU(lanes, e + k));
  if (k < n) {
    b = hn::Add(b, hn::IfThenElseZero(hn::FirstN(lanes, static_cast<std::size_t>(n - k)), hn::LoadU(lanes, e + k)));
  }
  return hn::GetLane(hn::SumOfLanes(lanes, hn::Add(hn::Add(a, b), hn::Add(c, d))));
}

/// Stores n numbers e * scale from `i` on, each rounded once, and returns whether all were decided, where e * scale is
/// off by `relative` of itself. There is memory for e up to a whole vector.
template <DType output>
HWY_INLINE bool scale_and_store(const double* e, std::int64_t n, double scale, double relative, void* out,
                                std::int64_t i) {
  const Vec low = constant(scale * (1 - relative));
  const Vec high = constant(scale * (1 + relative));
  auto undecided = hn::Zero(float_bits);
  std::int64_t k = 0;
  for (; k + step <= n; k += step) {
    const Vec v = hn::LoadU(lanes, e + k);
    undecided = hn::Or(undecided, round_and_store<output>(hn::Mul(v, low), hn::Mul(v, high), out, i + k));
  }
  if (k < n) {
    const Mask mask = hn::FirstN(lanes, static_cast<std::size_t>(n - k));
    const Vec v = hn::IfThenElseZero(mask, hn::LoadU(lanes, e + k));
    undecided = hn::Or(undecided, round_and_store_part<output>(hn::Mul(v, low), hn::Mul(v, high), n - k, out, i + k));
  }
  return all_zero(undecided);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
