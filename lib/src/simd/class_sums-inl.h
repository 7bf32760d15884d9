// The sums of exponentials of a batch of rows, each but for its target's: by columns, several short rows at once, or
// long rows one at a time.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_CLASS_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#undef LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#else
#define LOSSPROOF_SIMD_CLASS_SUMS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "engine/stretch.h"
#include "simd/batch-inl.h"
#include "simd/long_row-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

template <DType input, Precision precision>
class ClassSums {
 public:
  using Rows = Batch<input, precision>;
  static constexpr std::int64_t capacity = 2048;
  using Row = LongRow<input, capacity + 2 * step>;

  ClassSums(const detail::Request& request, const detail::Stretch& stretch)
      : grad_(request.grad),
        end_(stretch.end),
        logits_(request.inputs[0].data()),
        classes_(detail::classes_of(request)),
        row_(logits_, classes_, request.grad, stretch.alone) {}

  bool are_short() const { return classes_ <= short_row; }

  /// How many rows' exponentials are kept at once.
  std::int64_t rows_kept() const { return are_short() ? capacity / classes_ / step * step : 1; }

  /// What the row that was added last has kept, or the short rows that were.
  Row& row() { return row_; }

  /// Those of n rows of the batch from r on, of which number 0 is row `first`.
  void add(Rows& rows, std::int64_t first, std::int64_t r, std::int64_t n) {
    if constexpr (precision == Precision::term && most_columns > 0) {
      if (!grad_ && classes_ <= most_columns) return add_columns(rows, first, r, n);
    }
    const std::int64_t together = rows_kept();
    for (std::int64_t k = r; k < r + n; k += together) {
      are_short() ? add_short(rows, first, k, std::min(together, r + n - k)) : add_long(rows, first, k);
    }
  }

 private:
  static_assert(step * short_row <= capacity);
  static_assert((step * most_columns + most_beyond) * bytes_of<input> <= capacity * 8, "a copy of the last rows fits");

  void add_long(Rows& rows, std::int64_t first, std::int64_t r) {
    if ((rows.skipped >> r & 1) != 0) return;
    rows.others[r] = row_.template add<precision>((first + r) * classes_, rows.target[r]);
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
      exponentials<input, precision>(logits_, i, n * classes_, e);
    }
    std::fill_n(e + n * classes_, ((n + step - 1) / step * step - n) * classes_ + step, 0.0);
    for (std::int64_t k = 0; k < n; ++k) e[k * classes_ + rows.target[r + k]] = 0;
    for (std::int64_t k = 0; k < n; k += step) {
      hn::StoreU(sums_of_rows(e + k * classes_, classes_), lanes, rows.others + r + k);
    }
  }

  /// Of the last rows there is a copy with memory for what is read beyond them.
  void add_columns(Rows& rows, std::int64_t first, std::int64_t r, std::int64_t n) {
    constexpr std::int64_t size = bytes_of<input>;
    ColumnSums<input> columns(classes_);
    for (std::int64_t k = r; k < r + n; k += step) {
      const char* logits = static_cast<const char*>(logits_) + (first + k) * classes_ * size;
      const std::int64_t there = std::min(step, r + n - k);
      if ((end_ - first - k - step) * classes_ < most_beyond) {
        const std::int64_t bytes = there * classes_ * size;
        char* copy = reinterpret_cast<char*>(row_.kept());
        std::memcpy(copy, logits, static_cast<std::size_t>(bytes));
        std::memset(copy + bytes, 0, static_cast<std::size_t>((step * classes_ + most_beyond) * size - bytes));
        logits = copy;
      }
      hn::Store(columns.sums(logits, rows.target + k, there), lanes, rows.others + k);
    }
  }

  const std::optional<MutableTensorView>& grad_;
  std::int64_t end_;  ///< of the stretch: no row from here on is read
  const void* logits_;
  std::int64_t classes_;
  Row row_;
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
