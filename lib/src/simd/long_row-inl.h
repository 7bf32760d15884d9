// One row of logits at a time: its sum and its gradient, by several threads where it is long enough for them.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_LONG_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_LONG_ROW_INL_H_
#undef LOSSPROOF_SIMD_LONG_ROW_INL_H_
#else
#define LOSSPROOF_SIMD_LONG_ROW_INL_H_
#endif

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "arith/dd.h"
#include "engine/parallel.h"
#include "simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Exponentials of a row of up to `most_kept` classes, 1 MiB, are kept between its sum and its gradient; those of a
/// longer one are evaluated again.
template <DType input, std::int64_t capacity>
class LongRow {
 public:
  static constexpr std::int64_t most_kept = 1 << 17;

  LongRow(const void* logits, std::int64_t classes, const std::optional<MutableTensorView>& grad, bool may_split)
      : logits_(logits),
        grad_(grad ? static_cast<const char*>(grad->data()) : nullptr),
        size_(grad ? static_cast<std::int64_t>(size_of(grad->dtype())) : 0),
        classes_(classes),
        pieces_(may_split ? detail::tasks_for(classes, 1) : 1) {
    if (keeps() && classes + step > capacity) memory_ = std::make_unique_for_overwrite<double[]>(index(classes + step));
    kept_ = memory_ ? memory_.get() : here_;
  }

  /// Whether the exponentials of the row that was added last are there.
  bool keeps() const { return grad_ != nullptr && classes_ <= most_kept; }
  double* kept() { return kept_; }
  const double* kept() const { return kept_; }

  /// The sum of e^x of the row whose first logit is number i, but for its target; off by sum_error of itself beyond the
  /// error of an exponential.
  template <Precision precision>
  double add(std::int64_t i, std::int64_t target) {
    if (pieces_ == 1) return add<precision>(i, 0, classes_, target);
    std::vector<double> sums(index(pieces_));
    detail::in_parallel(pieces_,
                        [&](std::int64_t p) { sums[index(p)] = add<precision>(i, cut(p), cut(p + 1), target); });
    arith::DD total;
    for (const double sum : sums) total = total + arith::DD{sum};
    return total.hi;
  }

  /// Stores e^x * scale of that row, of which the sum was made last, as scale_and_store does.
  template <Precision precision, DType output>
  bool store(std::int64_t i, double scale, double relative, void* out) {
    if (pieces_ == 1) return store<precision, output>(i, 0, classes_, scale, relative, out);
    std::atomic<bool> decided{true};
    detail::in_parallel(pieces_, [&](std::int64_t p) {
      if (!store<precision, output>(i, cut(p), cut(p + 1), scale, relative, out)) decided = false;
    });
    return decided;
  }

  /// Whether a logit of that row is -inf.
  bool has_absent(std::int64_t i) const {
    Mask absent = hn::FirstN(lanes, 0);
    for (std::int64_t k = 0; k < classes_; k += step) {
      const Vec x = load_part<input>(logits_, i + k, std::min(step, classes_ - k));
      absent = hn::Or(absent, hn::Eq(x, constant(-HUGE_VAL)));
    }
    return !hn::AllFalse(lanes, absent);
  }

 private:
  static std::size_t index(std::int64_t n) { return static_cast<std::size_t>(n); }

  /// Where piece p begins: whole vectors, so that no two pieces store in one.
  std::int64_t cut(std::int64_t p) const {
    return p == pieces_ ? classes_ : classes_ / pieces_ * p / (8 * step) * (8 * step);
  }

  template <Precision precision>
  double add(std::int64_t i, std::int64_t begin, std::int64_t end, std::int64_t target) {
    return keeps() ? add<RowSum<input, precision, true>>(i, begin, end, target)
                   : add<RowSum<input, precision, false>>(i, begin, end, target);
  }

  template <class Sum>
  HWY_NOINLINE double add(std::int64_t i, std::int64_t begin, std::int64_t end, std::int64_t target) {
    Sum sum(logits_, i, kept_, grad_ + i * size_, size_);
    sum.add(begin, end, target);
    return sum.total();
  }

  template <Precision precision, DType output>
  bool store(std::int64_t i, std::int64_t begin, std::int64_t end, double scale, double relative, void* out) {
    if (keeps()) return scale_and_store<output>(kept_ + begin, end - begin, scale, relative, out, i + begin);
    constexpr std::int64_t chunk = 1024;
    alignas(64) double e[chunk + step];
    bool decided = true;
    for (std::int64_t k = begin; k < end; k += chunk) {
      const std::int64_t n = std::min(chunk, end - k);
      exponentials<input, precision>(logits_, i + k, n, e);
      decided = scale_and_store<output>(e, n, scale, relative, out, i + k) && decided;
    }
    return decided;
  }

  const void* logits_;
  const char* grad_;
  std::int64_t size_;
  std::int64_t classes_;
  std::int64_t pieces_;
  std::unique_ptr<double[]> memory_;
  double* kept_;
  alignas(64) double here_[capacity];
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
