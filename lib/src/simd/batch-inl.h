// What is known of the rows of a batch: their targets' logits, the sums of their exponentials, what becomes of them.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_BATCH_INL_H_
#undef LOSSPROOF_SIMD_BATCH_INL_H_
#else
#define LOSSPROOF_SIMD_BATCH_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "simd/rows-inl.h"

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

template <DType input, Precision precision>
struct Batch {
  static constexpr std::int64_t most = 64;
  static constexpr double own_error = exp_error(precision);
  static constexpr double others_error = exp_error(precision) + sum_error;

  /// Of a row: decided so far, ignored, or left to the careful path.
  enum class State : std::uint8_t { decided, skipped, left };

  Batch() {
    for (double* lanes_of_rows : {own, others, logit, scale}) std::fill_n(lanes_of_rows, most + step, 1.0);
  }

  /// The targets of rows `first` and those that follow.
  void look_up(const Integers& targets, std::int64_t ignore_index, std::int64_t first, std::int64_t rows) {
    targets.copy(first, first + rows, target);
    for (std::int64_t r = 0; r < rows; ++r) state[r] = target[r] == ignore_index ? State::skipped : State::decided;
  }

  /// The targets' logits of n rows from r on: after the exponentials of all, for which their memory was fetched in order.
  void look_up_logits(const void* logits, std::int64_t classes, std::int64_t first, std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; ++k) {
      const bool ignored = state[k] == State::skipped;
      logit[k] = ignored ? 0 : real_element(input, logits, (first + k) * classes + target[k]);
    }
    for (std::int64_t k = r; k < r + n; k += step) {
      hn::StoreU(exp<precision>(clamped(hn::LoadU(lanes, logit + k), lowest, highest)), lanes, own + k);
    }
  }

  /// Leaves rows where what became of clamped logits may be 2^-60 of a sum, where a logit was above exp_limit, or NaN.
  void leave_extreme(std::int64_t classes, std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; k += step) {
      const Vec sum = hn::LoadU(lanes, others + k);
      const Vec total = hn::Add(sum, hn::LoadU(lanes, own + k));
      const Mask present = hn::And(hn::Ge(sum, constant(static_cast<double>(classes) * 0x1p-678)),
                                   hn::Ge(hn::LoadU(lanes, logit + k), constant(-256)));
      const Mask in_range = hn::And(hn::Ge(total, constant(0x1p-369)), hn::Le(total, constant(0x1p738)));
      const Mask ordinary = hn::And(present, in_range);  // false with NaN
      if (hn::AllTrue(lanes, ordinary)) continue;
      double flags[HWY_LANES(double)];
      hn::StoreU(hn::IfThenElseZero(ordinary, constant(1)), lanes, flags);
      for (std::int64_t l = 0; l < std::min(step, r + n - k); ++l) {
        if (flags[l] == 0 && state[k + l] == State::decided) state[k + l] = State::left;
      }
    }
  }

  std::int64_t count(State of, std::int64_t rows) const { return std::count(state, state + rows, of); }

  /// Which of the lanes from r on are decided rows.
  Mask decided(std::int64_t r, std::int64_t rows) const {
    const std::int64_t n = std::min(step, rows - r);
    if (std::count(state + r, state + r + n, State::decided) == n) return hn::FirstN(lanes, static_cast<std::size_t>(n));
    alignas(64) double kept[step];
    for (std::int64_t k = 0; k < step; ++k) kept[k] = k < n && state[r + k] == State::decided ? 1 : 0;
    return hn::Gt(hn::Load(lanes, kept), hn::Zero(lanes));
  }

  RowLanes lanes_of(std::int64_t r) const {
    return {hn::Load(lanes, own + r), hn::Load(lanes, others + r), hn::Load(lanes, logit + r), own_error, others_error};
  }

  State state[most];
  std::int64_t target[most];
  alignas(64) double own[most + step];     ///< e^x of the target
  alignas(64) double others[most + step];  ///< the sum of the others' e^x
  alignas(64) double logit[most + step];   ///< x of the target
  alignas(64) double scale[most + step];   ///< what the gradient multiplies e^x by
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
