// Rows of few logits in lanes, a class of several rows in each vector: no lane is left over, and none is added to its
// neighbours.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_COLUMNS_INL_H_
#undef LOSSPROOF_SIMD_COLUMNS_INL_H_
#else
#define LOSSPROOF_SIMD_COLUMNS_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Columns are read four at a time, and so up to this many elements beyond the last row.
inline constexpr std::int64_t most_beyond = 3;

/// The classes of rows that are taken so: eight at a time, whose lines of memory do not yet displace each other. Where
/// a vector holds fewer rows, it does not pay.
inline constexpr std::int64_t most_columns = HWY_MAX_BYTES == 64 ? 384 : 0;

/// A lane adds a quarter of the classes in each of four sums, and two additions join the four.
inline constexpr double columns_error = (most_columns / 4 + 2) * arith::Fast::op;

template <DType input>
class ColumnSums;

#if HWY_MAX_BYTES == 64
/// Four columns of eight rows, whose elements `i` are `stride` elements apart.
template <DType input>
class Columns {
 public:
  HWY_INLINE Columns(const void* logits, std::int64_t i, std::int64_t stride) {
    const Element* at = static_cast<const Element*>(logits) + i;
    const auto a = row(at, stride);
    const auto b = row(at + stride, stride);
    const auto c = row(at + 2 * stride, stride);
    const auto d = row(at + 3 * stride, stride);
    const auto low_ac = hn::InterleaveLower(floats, a, c);
    const auto low_bd = hn::InterleaveLower(floats, b, d);
    const auto high_ac = hn::InterleaveUpper(floats, a, c);
    const auto high_bd = hn::InterleaveUpper(floats, b, d);
    columns_[0] = hn::InterleaveLower(floats, low_ac, low_bd);
    columns_[1] = hn::InterleaveUpper(floats, low_ac, low_bd);
    columns_[2] = hn::InterleaveLower(floats, high_ac, high_bd);
    columns_[3] = hn::InterleaveUpper(floats, high_ac, high_bd);
  }

  HWY_INLINE Vec operator[](std::int64_t k) const {
    return hn::PromoteTo(lanes, clamped(columns_[k], lowest, highest));
  }

 private:
  using Element = hn::TFromD<Stored<input>>;

  /// Four logits of a row, and those of the fourth row after it.
  static HWY_INLINE hn::Vec<Floats> row(const Element* at, std::int64_t stride) {
    const hn::Half<Stored<input>> half;
    return to_floats<input>(hn::Combine(Stored<input>(), hn::LoadU(half, at + 4 * stride), hn::LoadU(half, at)));
  }

  hn::Vec<Floats> columns_[4];
};

/// The sums of e^x of eight rows at a time, each but for its target's, to Precision::term.
template <DType input>
class ColumnSums {
 public:
  explicit ColumnSums(std::int64_t classes) : classes_(classes) { std::memset(others_, 0xff, sizeof(others_)); }

  /// Of rows one after the other; of those beyond the first n, which have no target, all classes are added. Memory
  /// of the rows after them is fetched meanwhile: in that order, which columns do not have.
  HWY_INLINE Vec sums(const char* logits, const std::int64_t* targets, std::int64_t n) {
    for (std::int64_t r = 0; r < n; ++r) others_[targets[r]] &= static_cast<std::uint8_t>(~(1 << r));
    Vec sums[4] = {hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes)};
    const char* next = logits + step * classes_ * bytes_of<input>;
    std::int64_t k = 0;
    for (; k + 4 <= classes_; k += 4) {
      for (std::int64_t b = 0; b < step * 4 * bytes_of<input>; b += 64) {
        __builtin_prefetch(next + step * k * bytes_of<input> + b);
      }
      add<4>(sums, logits, k);
    }
    if (classes_ - k == 3) add<3>(sums, logits, k);
    if (classes_ - k == 2) add<2>(sums, logits, k);
    if (classes_ - k == 1) add<1>(sums, logits, k);
    for (std::int64_t r = 0; r < n; ++r) others_[targets[r]] = 0xff;
    return hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  }

 private:
  /// n classes from k on.
  template <std::size_t n>
  HWY_INLINE void add(Vec (&sums)[4], const char* logits, std::int64_t k) const {
    const Columns<input> columns(logits, k, classes_);
    Vec x[n];
    Power p[n];
    for_each_below<n>([&](std::int64_t j) LOSSPROOF_INLINE_LAMBDA { x[j] = columns[j]; });
    powers<Precision::term>(x, p);
    for_each_below<n>([&](std::int64_t j) LOSSPROOF_INLINE_LAMBDA {
      const Mask others = mask_of(others_[k + j]);
      sums[j] = hn::IfThenElse(others, hn::MulAdd(p[j].table, p[j].polynomial, sums[j]), sums[j]);
    });
  }

  std::int64_t classes_;
  std::uint8_t others_[most_columns];  ///< of each class, the rows whose target is another one; all between two calls
};
#endif

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
