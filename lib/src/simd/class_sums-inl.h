// The exponentials of a batch of rows, the target's and the sum of the others: several short rows at once, or long rows
// one at a time.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_CLASS_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#undef LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#else
#define LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/stretch.h"
#include "simd/batch-inl.h"
#include "simd/long_row-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

template <DType input, Precision precision>
class ClassSums {
 public:
  using Rows = Batch<input, precision>;
  static constexpr std::int64_t capacity = 3072;
  static_assert(step * short_row <= capacity);
  using Row = LongRow<input, capacity + 2 * step>;

  ClassSums(const detail::Request& request, const detail::Stretch& stretch)
      : grad_(request.grad),
        logits_(request.inputs[0].data()),
        classes_(detail::classes_of(request)),
        row_(logits_, classes_, request.grad, stretch.alone) {}

  bool are_short() const { return classes_ <= (grad_ ? short_row : short_row_of_values); }

  /// How many rows' exponentials are kept at once.
  std::int64_t rows_kept() const { return are_short() ? capacity / classes_ / step * step : 1; }

  /// What the row that was added last has kept, or the short rows that were.
  Row& row() { return row_; }

  /// Those of n rows of the batch from r on, of which number 0 is row `first`.
  void add(Rows& rows, std::int64_t first, std::int64_t r, std::int64_t n) {
    const std::int64_t together = rows_kept();
    for (std::int64_t k = r; k < r + n; k += together) {
      are_short() ? add_short(rows, first, k, std::min(together, r + n - k)) : add_long(rows, first, k);
    }
    if (are_short() || row_.keeps()) return;
    for (std::int64_t k = r; k < r + n; k += step) {
      const Vec logits = clamped(hn::LoadU(lanes, rows.logit + k), lowest, highest);
      hn::StoreU(exp<precision>(logits), lanes, rows.own + k);
    }
  }

 private:
  /// The target's logit is looked up at last, here as there: until then memory is fetched in order.
  void add_long(Rows& rows, std::int64_t first, std::int64_t r) {
    const std::int64_t i = (first + r) * classes_;
    if ((rows.skipped >> r & 1) != 0) return;
    rows.others[r] = row_.template add<precision>(i, rows.target[r]);
    rows.logit[r] = real_element(input, logits_, i + rows.target[r]);
    if (row_.keeps()) rows.own[r] = row_.kept()[rows.target[r]];
  }

  /// The sums are a loop of their own: a vector that is loaded right after one of its elements was stored waits for it.
  void add_short(Rows& rows, std::int64_t first, std::int64_t r, std::int64_t n) {
    double* e = row_.kept();
    const std::int64_t i = (first + r) * classes_;
    if (grad_) {
      const char* grad = static_cast<const char*>(grad_->data());
      const auto size = static_cast<std::int64_t>(size_of(grad_->dtype()));
      exponentials<input, precision>(logits_, i, n * classes_, e, [&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
        __builtin_prefetch(grad + k * size, 1);
      });
    } else {
      const char* after = static_cast<const char*>(logits_) + n * classes_ * bytes_of<input>;
      exponentials<input, precision>(logits_, i, n * classes_, e, [&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
        __builtin_prefetch(after + k * bytes_of<input>);
      });
    }
    std::fill_n(e + n * classes_, ((n + step - 1) / step * step - n) * classes_ + step, 0.0);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t j = k * classes_ + rows.target[r + k];
      rows.own[r + k] = std::exchange(e[j], 0);
      rows.logit[r + k] = real_element(input, logits_, i + j);
    }
    for (std::int64_t k = 0; k < n; k += step) {
      hn::StoreU(sums_of_rows(e + k * classes_, classes_), lanes, rows.others + r + k);
    }
  }

  const std::optional<MutableTensorView>& grad_;
  const void* logits_;
  std::int64_t classes_;
  Row row_;
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
