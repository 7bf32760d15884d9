// The loop over rows of logits with a class index each, in lanes of f64: batches of short rows, chunks of long ones.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_CLASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_CLASSES_INL_H_
#undef LOSSPROOF_SIMD_CLASSES_INL_H_
#else
#define LOSSPROOF_SIMD_CLASSES_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/classes.h"
#include "simd/batch-inl.h"
#include "simd/columns-inl.h"
#include "simd/elements-inl.h"
#include "simd/long_row-inl.h"
#include "simd/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Formula offers, for rows that are not extreme (see batch-inl.h),
///   static Bounded value(const RowLanes&)
///   class Sum<vectors>                                : adds up values, add(RowLanes, mask) and add_to(sum)
/// The derivatives are e^x over the sum of all, and minus the sum of the others over it at the target.
template <class Formula, DType input, Precision precision>
class ClassPass {
 public:
  ClassPass(const detail::Request& request, detail::Stretch& stretch)
      : request_(request),
        stretch_(stretch),
        logits_(request.inputs[0].data()),
        targets_(request.inputs[1]),
        weights_(request.weight ? request.weight->data() : nullptr),
        classes_(detail::classes_of(request)),
        row_(logits_, classes_, request.grad, stretch.alone),
        reduced_(request.reduction != Reduction::none) {
    if (request.grad_output && !reduced_) grad_output_.emplace(*request.grad_output);
  }

  void run() {
    for (std::int64_t i = stretch_.begin; i < stretch_.end; i += max_rows) {
      const std::int64_t rows = std::min(max_rows, stretch_.end - i);
      if (stretch_.refuse) {
        for (std::int64_t r = 0; r < rows; ++r) stretch_.left.push_back(i + r);
      } else {
        run_batch(i, rows);
      }
    }
  }

 private:
  static constexpr std::int64_t capacity = 2048;
  static_assert(step * short_row <= capacity && step * most_columns + most_beyond <= 2 * capacity);
  using Rows = Batch<input, precision>;
  static constexpr std::int64_t max_rows = Rows::most;
  /// Of derivatives: the errors of the sum, and of the others or of an exponential, which is less; and 8 op for the
  /// divisor, grad_output over it, times the weight and over the sum, the product, and the ends of the enclosure.
  static constexpr double relative = 2 * Rows::others_error + 8 * arith::Fast::op;

  void run_batch(std::int64_t first, std::int64_t rows) {
    rows_.look_up(targets_, request_.ignore_index, first, rows);
    if (weights_ != nullptr) rows_.look_up_weights(weights_, rows);
    const std::int64_t together = request_.grad ? rows_kept() : rows;
    for (std::int64_t r = 0; r < rows; r += together) {
      const std::int64_t n = std::min(together, rows - r);
      add_rows(first, r, n);
      rows_.look_up_logits(logits_, classes_, first, r, n);
      rows_.leave_extreme(classes_, r, n);
      if (request_.grad) set_scales(first, r, n);
      if (weights_ != nullptr) rows_.skip_weightless(r, n);
      if (request_.grad) store_gradients(first, r, n);
    }
    if (request_.grad) finish_gradients(first);
    if (request_.value) finish_values(first, rows);
    count_results(first, rows);
  }

  void count_results(std::int64_t first, std::int64_t rows) {
    const std::int64_t of_a_row = (request_.grad ? classes_ : 0) + (request_.value && !reduced_ ? 1 : 0);
    stretch_.results += static_cast<std::uint64_t>(of_a_row * std::popcount(rows_.decided));
    const RowSet left = rows_from(0, rows) & ~rows_.decided & ~rows_.skipped;
    for_each_row(left, [&](std::int64_t r) { stretch_.left.push_back(first + r); });
  }

  /// How many rows' exponentials are kept at once.
  std::int64_t rows_kept() const { return classes_ > short_row ? 1 : capacity / classes_ / step * step; }

  /// The sums of n rows from r on.
  void add_rows(std::int64_t first, std::int64_t r, std::int64_t n) {
    if constexpr (precision == Precision::term && most_columns > 0) {
      if (!request_.grad && classes_ <= most_columns) return add_columns(first, r, n);
    }
    const std::int64_t together = rows_kept();
    for (std::int64_t k = r; k < r + n; k += together) {
      classes_ > short_row ? add_row(first, k) : add_short_rows(first, k, std::min(together, r + n - k));
    }
  }

  void add_row(std::int64_t first, std::int64_t r) {
    if ((rows_.skipped >> r & 1) != 0) return;
    rows_.others[r] = row_.template add<precision>((first + r) * classes_, rows_.target[r]);
  }

  /// The sums are a loop of their own: a vector that is loaded right after one of its elements was stored waits for it.
  void add_short_rows(std::int64_t first, std::int64_t r, std::int64_t n) {
    double* e = row_.kept();
    const std::int64_t i = (first + r) * classes_;
    if (request_.grad) {
      const char* grad = static_cast<const char*>(request_.grad->data());
      const auto size = static_cast<std::int64_t>(size_of(request_.grad->dtype()));
      exponentials<input, precision>(logits_, i, n * classes_, e, [&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
        __builtin_prefetch(grad + k * size, 1);
      });
    } else {
      exponentials<input, precision>(logits_, i, n * classes_, e);
    }
    std::fill_n(e + n * classes_, ((n + step - 1) / step * step - n) * classes_ + step, 0.0);
    for (std::int64_t k = 0; k < n; ++k) e[k * classes_ + rows_.target[r + k]] = 0;
    for (std::int64_t k = 0; k < n; k += step) {
      hn::StoreU(sums_of_rows(e + k * classes_, classes_), lanes, rows_.others + r + k);
    }
  }

  /// Of the last rows there is a copy with memory for what is read beyond them.
  void add_columns(std::int64_t first, std::int64_t r, std::int64_t n) {
    constexpr std::int64_t size = bytes_of<input>;
    ColumnSums<input> columns(classes_);
    for (std::int64_t k = r; k < r + n; k += step) {
      const char* rows = static_cast<const char*>(logits_) + (first + k) * classes_ * size;
      const std::int64_t there = std::min(step, r + n - k);
      if ((stretch_.end - first - k - step) * classes_ < most_beyond) {
        const std::int64_t bytes = there * classes_ * size;
        char* copy = reinterpret_cast<char*>(row_.kept());
        std::memcpy(copy, rows, static_cast<std::size_t>(bytes));
        std::memset(copy + bytes, 0, static_cast<std::size_t>((step * classes_ + most_beyond) * size - bytes));
        rows = copy;
      }
      hn::Store(columns.sums(rows, rows_.target + k, there), lanes, rows_.others + k);
    }
  }

  /// Of n rows from r on, but not of the targets that are left apart.
  void store_gradients(std::int64_t first, std::int64_t r, std::int64_t n) {
    if (classes_ <= short_row) put_target_derivatives(r, n);
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      for_each_row(rows_.decided & rows_from(r, n),
                   [&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA { store_row<output>(first + k, k, k - r, n); });
    });
  }

  /// Those of the targets of n short rows from r on, where their exponentials were: they are stored with the rest.
  void put_target_derivatives(std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; ++k) row_.kept()[(k - r) * classes_ + rows_.target[k]] = -rows_.others[k];
  }

  /// grad_output over the divisor and the sum of all, times the weight. Rows whose grad_output is not a number to
  /// multiply by are left, as are those where it is negative and a class absent, whose derivative is +0, and those of a
  /// factor above 2^128: times an exponential that was clamped, over the least sum, it might not round to 0.
  void set_scales(std::int64_t first, std::int64_t r, std::int64_t n) {
    if (grad_output_) {
      for (std::int64_t k = r; k < r + n; ++k) rows_.scale[k] = (*grad_output_)[first + k];
    }
    const Vec uniform = constant(stretch_.grad_output / stretch_.divisor.hi);
    RowSet negative = 0;
    for (std::int64_t k = r; k < r + n; k += step) {
      Vec scale = grad_output_ ? hn::LoadU(lanes, rows_.scale + k) : uniform;
      rows_.keep(k, r + n, hn::And(hn::Ne(scale, hn::Zero(lanes)), hn::Lt(hn::Abs(scale), constant(HUGE_VAL))));
      if (weights_ != nullptr) {
        scale = hn::Mul(scale, hn::LoadU(lanes, rows_.weight + k));
        rows_.keep(k, r + n, hn::Le(hn::Abs(scale), constant(0x1p128)));
      }
      negative |= bits_of(lanes, hn::Lt(scale, hn::Zero(lanes))) << k;
      const Vec sum = hn::Add(hn::LoadU(lanes, rows_.own + k), hn::LoadU(lanes, rows_.others + k));
      hn::StoreU(hn::Div(scale, sum), lanes, rows_.scale + k);
    }
    for_each_row(negative & rows_.decided & rows_from(r, n), [&](std::int64_t k) {
      if (row_.has_absent((first + k) * classes_)) rows_.decided &= ~rows_from(k, 1);
    });
  }

  /// Row r of the batch, which is number k of n whose exponentials are kept. Short ones are stored in whole vectors
  /// where what lies beyond is of rows that are stored later; for so few the set-up of scale_and_store does not pay.
  template <DType output>
  HWY_INLINE void store_row(std::int64_t row, std::int64_t r, std::int64_t k, std::int64_t n) {
    void* out = request_.grad->data();
    const std::int64_t i = row * classes_;
    bool decided;
    if (classes_ > short_row) {
      decided = row_.template store<precision, output>(i, rows_.scale[r], relative, out);
    } else {
      const std::int64_t whole = (classes_ + step - 1) / step * step;
      const std::int64_t stored = k * classes_ + whole <= n * classes_ ? whole : classes_;
      decided = scale_and_store_any<output>(row_.kept() + k * classes_, stored, rows_.scale[r], relative, out, i);
    }
    if (decided && classes_ <= short_row) return;
    rows_.apart |= rows_from(r, 1);
    if (decided) return;
    const double grad_output = grad_output_ ? (*grad_output_)[row] : stretch_.grad_output;
    arith::DD factor = arith::DD{grad_output} / stretch_.divisor;
    if (weights_ != nullptr) factor = factor * arith::DD{rows_.weight[r]};
    if (!store_row_in_pairs<input, output>(logits_, i, classes_, factor, out)) rows_.decided &= ~rows_from(r, 1);
  }

  /// The targets' gradients that are apart, and the zeros of skipped rows.
  void finish_gradients(std::int64_t first) {
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      char* grad = static_cast<char*>(request_.grad->data()) + first * classes_ * bytes_of<output>;
      const auto derivative = [&](std::int64_t r) HWY_ATTR {
        return within(hn::Neg(hn::Mul(hn::Load(lanes, rows_.others + r), hn::Load(lanes, rows_.scale + r))), relative);
      };
      rows_.template store_each<output>(rows_.apart, derivative, [&](std::int64_t r) {
        return grad + (r * classes_ + rows_.target[r]) * bytes_of<output>;
      });
      const std::int64_t size = classes_ * bytes_of<output>;
      const auto clear = [&](std::int64_t r) { std::memset(grad + r * size, 0, static_cast<std::size_t>(size)); };
      for_each_row(rows_.skipped, clear);
    });
  }

  void finish_values(std::int64_t first, std::int64_t rows) {
    if (reduced_) return add_values(rows);
    with_dtype(request_.value->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      char* value = static_cast<char*>(request_.value->data()) + first * bytes_of<output>;
      const auto loss = [&](std::int64_t r) HWY_ATTR { return ends_of(loss_of(r)); };
      rows_.template store_each<output>(rows_.decided, loss,
                                        [&](std::int64_t r) { return value + r * bytes_of<output>; });
      const auto clear = [&](std::int64_t r) { std::memset(value + r * bytes_of<output>, 0, bytes_of<output>); };
      for_each_row(rows_.skipped, clear);
    });
  }

  /// Of rows from r on, in lanes.
  HWY_INLINE Bounded loss_of(std::int64_t r) const {
    const Bounded loss = Formula::value(rows_.lanes_of(r));
    return weights_ == nullptr ? loss : weighted(loss, hn::Load(lanes, rows_.weight + r));
  }

  void add_values(std::int64_t rows) {
    if (weights_ != nullptr) {
      TermSum losses;
      for (std::int64_t r = 0; r < rows; r += step) {
        const Bounded loss = loss_of(r);
        // What is next to nothing might underflow, and the sum of such losses would lose its sign.
        rows_.keep(r, rows, hn::Ge(hn::Abs(loss.value), constant(0x1p-500)));
        losses.add(loss, rows_.decided_from(r));
      }
      return stretch_.sum.add(losses.total());
    }
    typename Formula::template Sum<max_rows / step> losses;
    for (std::int64_t r = 0; r < rows; r += step) losses.add(rows_.lanes_of(r), rows_.decided_from(r));
    losses.add_to(stretch_.sum);
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  const void* logits_;
  Integers targets_;
  const void* weights_;  ///< of the classes, null if there are none
  std::int64_t classes_;
  LongRow<input, capacity + 2 * step> row_;
  bool reduced_;
  std::optional<Reals> grad_output_;
  Rows rows_;
};

/// In `term` one element in 2^27 of a gradient of 16 bits is not decided.
inline Precision precision_of(const detail::Request& request) {
  const bool has_f32 = request.grad && request.grad->dtype() == DType::f32;
  return has_f32 ? precision_of_row(detail::classes_of(request)) : Precision::term;
}

template <class Formula>
void class_pass(const detail::Request& request, detail::Stretch& stretch) {
  with_dtype(request.inputs[0].dtype(), [&](auto dtype) HWY_ATTR {
    constexpr DType input = decltype(dtype)::value;
    const Precision precision = precision_of(request);
    if (precision == Precision::term) return ClassPass<Formula, input, Precision::term>(request, stretch).run();
    if (precision == Precision::element) return ClassPass<Formula, input, Precision::element>(request, stretch).run();
    ClassPass<Formula, input, Precision::result>(request, stretch).run();
  });
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
