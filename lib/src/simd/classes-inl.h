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
#include <span>

#include "engine/classes.h"
#include "simd/class_sums-inl.h"
#include "simd/elements-inl.h"
#include "simd/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Formula offers, for rows that are not extreme (see batch-inl.h),
///   static Bounded value(const RowLanes&)
///   class Sum<vectors>             : adds up values, add(RowLanes, mask) at most so often between calls of fold(sum),
///                                    after the last of which comes add_to(sum)
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
        sums_(request, stretch),
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
    losses_.add_to(stretch_.sum);
  }

 private:
  using Rows = Batch<input, precision>;
  static constexpr std::int64_t max_rows = Rows::most;
  /// Of derivatives: the errors of the sum, and of the others or of an exponential, which is less; and 8 op for the
  /// divisor, grad_output over it, times the weight and over the sum, the product, and the ends of the enclosure.
  static constexpr double relative = 2 * Rows::others_error + 8 * arith::Fast::op;

  void run_batch(std::int64_t first, std::int64_t rows) {
    rows_.look_up(targets_, request_.ignore_index, first, rows);
    if (weights_ != nullptr) rows_.look_up_weights(weights_, rows);
    const std::int64_t together = request_.grad ? sums_.rows_kept() : rows;
    for (std::int64_t r = 0; r < rows; r += together) {
      const std::int64_t n = std::min(together, rows - r);
      sums_.add(rows_, first, r, n);
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

  /// Of n rows from r on, but not of the targets that are left apart.
  void store_gradients(std::int64_t first, std::int64_t r, std::int64_t n) {
    if (sums_.are_short()) put_target_derivatives(r, n);
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      for (std::int64_t k = r; k < r + n; k += step) {
        const std::int64_t rows = std::min(step, r + n - k);
        if (sums_.are_short() && store_short_rows<output>(first, k, rows, k - r, n)) continue;
        for_each_row(rows_.decided & rows_from(k, rows),
                     [&](std::int64_t j) LOSSPROOF_INLINE_LAMBDA { store_row<output>(first + j, j, j - r); });
      }
    });
  }

  /// Rows r to r + rows - 1 of the batch, of which the first is number k of the n whose exponentials are kept. What is
  /// stored of rows that are not decided means nothing: they get what they get later.
  template <DType output>
  HWY_INLINE bool store_short_rows(std::int64_t first, std::int64_t r, std::int64_t rows, std::int64_t k,
                                   std::int64_t n) {
    const std::span<const double> scales(rows_.scale + r, static_cast<std::size_t>(rows));
    return scale_and_store_rows<output>(sums_.row().kept() + k * classes_, classes_, (n - k) * classes_, scales,
                                        relative, request_.grad->data(), (first + r) * classes_);
  }

  /// Those of the targets of n short rows from r on, where their exponentials were: they are stored with the rest.
  void put_target_derivatives(std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; ++k)
      sums_.row().kept()[(k - r) * classes_ + rows_.target[k]] = -rows_.others[k];
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
      if (sums_.row().has_absent((first + k) * classes_)) rows_.decided &= ~rows_from(k, 1);
    });
  }

  /// Row r of the batch, which is number k of those whose exponentials are kept.
  template <DType output>
  void store_row(std::int64_t row, std::int64_t r, std::int64_t k) {
    void* out = request_.grad->data();
    const std::int64_t i = row * classes_;
    const double scale = rows_.scale[r];
    const bool decided = sums_.are_short() ? scale_and_store<output>(sums_.row().kept() + k * classes_, classes_, scale,
                                                                     relative, out, i)
                                           : sums_.row().template store<precision, output>(i, scale, relative, out);
    if (decided && sums_.are_short()) return;
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
    for (std::int64_t r = 0; r < rows; r += step) losses_.add(rows_.lanes_of(r), rows_.decided_from(r));
    losses_.fold(stretch_.sum);
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  const void* logits_;
  Integers targets_;
  const void* weights_;  ///< of the classes, null if there are none
  std::int64_t classes_;
  ClassSums<input, precision> sums_;
  bool reduced_;
  std::optional<Reals> grad_output_;
  Rows rows_;
  typename Formula::template Sum<max_rows / step> losses_;  ///< where they are reduced and have no weights
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
