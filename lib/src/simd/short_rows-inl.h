// Rows of few logits, taken as if one followed the other: no lane of their exponentials is left over.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_SHORT_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_SHORT_ROWS_INL_H_
#undef LOSSPROOF_SIMD_SHORT_ROWS_INL_H_
#else
#define LOSSPROOF_SIMD_SHORT_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// The classes of rows that are taken so: with gradients, for which exponentials are kept, and of values alone.
inline constexpr std::int64_t short_row = 48 * step;
inline constexpr std::int64_t short_row_of_values = 32 * step;

/// A lane adds 49 numbers at most, and log2 of the lanes' number of additions join them.
inline constexpr double short_sum_error = 52 * arith::Fast::op;

/// The sum of each vector in a lane of one.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE Vec sums_of_lanes(const Vec* v) { return *v; }
#else
template <std::size_t n = HWY_LANES(double)>
HWY_INLINE Vec sums_of_lanes(const Vec* v) {
  if constexpr (n == 2) {
    return hn::Add(hn::InterleaveLower(lanes, v[0], v[1]), hn::InterleaveUpper(lanes, v[0], v[1]));
  } else if constexpr (n == 4) {
    // Lanes are (a, b, a', b'), (c, d, c', d') in blocks of two.
    const Vec ab = sums_of_lanes<2>(v);
    const Vec cd = sums_of_lanes<2>(v + 2);
    return hn::Add(hn::OddEvenBlocks(cd, ab), hn::SwapAdjacentBlocks(hn::OddEvenBlocks(ab, cd)));
  } else {
    Vec half[n / 2];
    for_each_below<n / 2>([&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
      const Vec& other = v[k + static_cast<std::int64_t>(n / 2)];
      half[k] = hn::Add(hn::ConcatLowerLower(lanes, other, v[k]), hn::ConcatUpperUpper(lanes, other, v[k]));
    });
    return sums_of_lanes<n / 2>(half);
  }
}
#endif

/// The sums of `step` rows of `classes` numbers each, of one sign, that lie one after the other, with memory up to a
/// whole vector: off by short_sum_error of themselves, for rows of at most short_row.
HWY_INLINE Vec sums_of_rows(const double* e, std::int64_t classes) {
  const std::int64_t whole = classes / step * step;
  const Mask tail = hn::FirstN(lanes, static_cast<std::size_t>(classes - whole));
  Vec sums[HWY_LANES(double)];
  for_each_below<HWY_LANES(double)>([&](std::int64_t r) LOSSPROOF_INLINE_LAMBDA {
    const double* row = e + r * classes;
    Vec sum = hn::IfThenElseZero(tail, hn::LoadU(lanes, row + whole));
    for (std::int64_t k = 0; k < whole; k += step) sum = hn::Add(sum, hn::LoadU(lanes, row + k));
    sums[r] = sum;
  });
  return sums_of_lanes(sums);
}

/// Stores rows of `classes` numbers e * scale each, one row after the other, as scale_and_store does. What follows
/// them, up to `room` numbers from e on in all, may be written too: in whole vectors.
template <DType output>
HWY_INLINE bool scale_and_store_rows(const double* e, std::int64_t classes, std::int64_t room,
                                     std::span<const double> scales, double relative, void* out, std::int64_t i) {
  auto undecided = hn::Zero(float_bits);
  for (const double scale : scales) {
    store_scaled<output>(e, classes, room, scale, relative, out, i, undecided);
    e += classes;
    i += classes;
    room -= classes;
  }
  return all_zero(undecided);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
