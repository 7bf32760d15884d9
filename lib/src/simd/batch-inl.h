// What is known of the rows of a batch: their targets' logits, the sums of their exponentials, what becomes of them.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_BATCH_INL_H_
#undef LOSSPROOF_SIMD_BATCH_INL_H_
#else
#define LOSSPROOF_SIMD_BATCH_INL_H_
#endif

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "simd/short_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Rows in lanes: the target's e^x, the sum of the others', the target's x, and the errors of the first two, relative.
struct RowLanes {
  Vec own;
  Vec others;
  Vec logit;
  double own_error;
  double others_error;
};

/// Rows of a batch: bit r is row r.
using RowSet = std::uint64_t;

/// n rows from r on.
inline RowSet rows_from(std::int64_t r, std::int64_t n) { return (n == 64 ? ~RowSet{0} : (RowSet{1} << n) - 1) << r; }

/// Calls work(r) for each row in order.
template <class Work>
HWY_INLINE void for_each_row(RowSet rows, const Work& work) {
  for (; rows != 0; rows &= rows - 1) work(static_cast<std::int64_t>(std::countr_zero(rows)));
}

template <DType input, Precision precision>
struct Batch {
  static constexpr std::int64_t most = 64;
  static constexpr double own_error = exp_error(precision);
  static_assert(precision_of_row(short_row) != Precision::result, "the sum of no short row is that precise");
  static constexpr double others_error =
      exp_error(precision) + (precision == Precision::result ? sum_error : std::max(sum_error, short_sum_error));

  Batch() {
    for (double* lanes_of_rows : {own, others, logit, scale, weight}) std::fill_n(lanes_of_rows, most + step, 1.0);
  }

  /// The targets of rows `first` and those that follow; of ignored ones, class 0.
  void look_up(const Integers& targets, std::int64_t ignore_index, std::int64_t first, std::int64_t rows) {
    targets.copy(first, first + rows, target);
    skipped = 0;
    const auto ignored = hn::Set(bits, ignore_index);
    for (std::int64_t r = 0; r < rows; r += step) {
      skipped |= bits_of(bits, hn::Eq(hn::Load(bits, target + r), ignored)) << r;
    }
    skipped &= rows_from(0, rows);
    decided = rows_from(0, rows) & ~skipped;
    apart = 0;
    for_each_row(skipped, [&](std::int64_t r) { target[r] = 0; });
  }

  /// The weights of the targets' classes, of which there is one for each.
  void look_up_weights(const void* weights, std::int64_t rows) {
    weightless = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      weight[r] = real_element(input, weights, target[r]);
      if (weight[r] == 0) weightless |= rows_from(r, 1);
    }
  }

  /// Of n rows from r on, those that are decided and have no weight are as good as ignored.
  void skip_weightless(std::int64_t r, std::int64_t n) {
    skipped |= weightless & decided & rows_from(r, n);
    decided &= ~skipped;
  }

  /// Leaves rows where what became of clamped logits may be 2^-60 of a sum, where a logit was above exp_limit, or NaN.
  void leave_extreme(std::int64_t classes, std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; k += step) {
      const Vec sum = hn::LoadU(lanes, others + k);
      const Vec total = hn::Add(sum, hn::LoadU(lanes, own + k));
      const Mask present = hn::And(hn::Ge(sum, constant(static_cast<double>(classes) * 0x1p-678)),
                                   hn::Ge(hn::LoadU(lanes, logit + k), constant(-256)));
      const Mask in_range = hn::And(hn::Ge(total, constant(0x1p-369)), hn::Le(total, constant(0x1p738)));
      keep(k, r + n, hn::And(present, in_range));  // false with NaN
    }
  }

  /// Leaves those of rows k to `end` - 1 whose lane, k first, is not set.
  HWY_INLINE void keep(std::int64_t k, std::int64_t end, Mask mask) {
    decided &= bits_of(lanes, mask) << k | ~rows_from(k, std::min(step, end - k));
  }

  /// Which of the lanes from r on are decided rows.
  Mask decided_from(std::int64_t r) const { return mask_of(decided >> r); }

  RowLanes lanes_of(std::int64_t r) const {
    return {hn::Load(lanes, own + r), hn::Load(lanes, others + r), hn::Load(lanes, logit + r), own_error, others_error};
  }

  /// One number of each row r of `which` that is decided, enclosed by the lanes `ends(r)`, to `place(r)`; rows whose
  /// number is not decided are left.
  template <DType output, class EndsOfRows, class Place>
  void store_each(RowSet which, const EndsOfRows& ends, const Place& place) {
    alignas(64) float rounded[step];
    for (std::int64_t r = 0; r < most; r += step) {
      const RowSet here = which & rows_from(r, step);
      if (here == 0) continue;
      const Ends e = ends(r);
      const auto undecided = round_and_store<output>(e.one, e.other, rounded, 0);
      decided &= ~(here & bits_of(float_bits, hn::Ne(undecided, hn::Zero(float_bits))) << r);
      for_each_row(here & decided, [&](std::int64_t k) {
        std::memcpy(place(k), reinterpret_cast<const char*>(rounded) + (k - r) * bytes_of<output>, bytes_of<output>);
      });
    }
  }

  RowSet decided;     ///< so far; what is neither this nor skipped is left to the careful path
  RowSet skipped;     ///< ignored
  RowSet apart;       ///< the target's gradient is stored by itself
  RowSet weightless;  ///< of no weight, where there are weights
  alignas(64) std::int64_t target[most];
  alignas(64) double own[most + step];     ///< e^x of the target
  alignas(64) double others[most + step];  ///< the sum of the others' e^x
  alignas(64) double logit[most + step];   ///< x of the target
  alignas(64) double scale[most + step];   ///< what the gradient multiplies e^x by
  alignas(64) double weight[most + step];  ///< of the target's class
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
