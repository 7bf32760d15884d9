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
#include "simd/elements-inl.h"
#include "simd/long_row-inl.h"
#include "simd/pairs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Formula offers, for rows that are not extreme (see batch-inl.h),
///   static Bounded value(const RowLanes&)
///   static Vec target_derivative(const RowLanes&)     : the rest are e^x over the sum of all
///   class Sum<vectors>                                : adds up values, add(RowLanes, mask) and add_to(sum)
/// Its gradient is known to `relative`: the errors of the exponential and of the sum, and 8 op for grad_output over
/// divisor and sum, the product, and the ends of the enclosure.
template <class Formula, DType input, Precision precision>
class ClassPass {
 public:
  ClassPass(const detail::Request& request, detail::Stretch& stretch)
      : request_(request),
        stretch_(stretch),
        logits_(request.inputs[0].data()),
        targets_(request.inputs[1]),
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
  static_assert(step * short_row <= capacity);
  using Rows = Batch<input, precision>;
  using State = typename Rows::State;
  static constexpr std::int64_t max_rows = Rows::most;

  void run_batch(std::int64_t first, std::int64_t rows) {
    rows_.look_up(targets_, request_.ignore_index, first, rows);
    const std::int64_t together = classes_ > short_row ? 1 : capacity / classes_ / step * step;
    for (std::int64_t r = 0; r < rows; r += together) {
      const std::int64_t n = std::min(together, rows - r);
      classes_ > short_row ? add_row(first, r) : add_short_rows(first, r, n);
      rows_.look_up_logits(logits_, classes_, first, r, n);
      rows_.leave_extreme(classes_, r, n);
      if (request_.grad) store_gradients(first, r, n);
    }
    if (request_.grad) finish_gradients(first, rows);
    if (request_.value) finish_values(first, rows);
    count_results(first, rows);
  }

  void count_results(std::int64_t first, std::int64_t rows) {
    const std::int64_t of_a_row = (request_.grad ? classes_ : 0) + (request_.value && !reduced_ ? 1 : 0);
    stretch_.results += static_cast<std::uint64_t>(of_a_row * rows_.count(State::decided, rows));
    if (rows_.count(State::left, rows) == 0) return;
    for (std::int64_t r = 0; r < rows; ++r) {
      if (rows_.state[r] == State::left) stretch_.left.push_back(first + r);
    }
  }

  void add_row(std::int64_t first, std::int64_t r) {
    if (rows_.state[r] == State::skipped) return;
    rows_.others[r] = row_.template add<precision>((first + r) * classes_, rows_.target[r]);
  }

  /// The sums are a loop of their own: a vector that is loaded right after one of its elements was stored waits for it.
  void add_short_rows(std::int64_t first, std::int64_t r, std::int64_t n) {
    double* e = row_.kept();
    exponentials<input, precision>(logits_, (first + r) * classes_, n * classes_, e);
    std::fill_n(e + n * classes_, ((n + step - 1) / step * step - n) * classes_ + step, 0.0);
    for (std::int64_t k = 0; k < n; ++k) {
      if (rows_.state[r + k] != State::skipped) e[k * classes_ + rows_.target[r + k]] = 0;
    }
    for (std::int64_t k = 0; k < n; k += step) {
      hn::StoreU(sums_of_rows(e + k * classes_, classes_), lanes, rows_.others + r + k);
    }
  }

  /// All but the targets' of n rows from r on.
  void store_gradients(std::int64_t first, std::int64_t r, std::int64_t n) {
    set_scales(first, r, n);
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      for (std::int64_t k = r; k < r + n; ++k) {
        if (rows_.state[k] == State::decided) store_row<output>(first + k, k, k - r, n);
      }
    });
  }

  /// grad_output over the divisor and the sum of all. Rows whose grad_output is not a number to multiply by are left,
  /// as are those with a negative one and an absent class, whose derivative is +0.
  void set_scales(std::int64_t first, std::int64_t r, std::int64_t n) {
    for (std::int64_t k = r; k < r + n; ++k) {
      rows_.scale[k] = grad_output_ ? (*grad_output_)[first + k] : stretch_.grad_output / stretch_.divisor;
      if (rows_.state[k] != State::decided) continue;
      const bool ordinary = rows_.scale[k] != 0 && std::isfinite(rows_.scale[k]);
      if (!ordinary || (rows_.scale[k] < 0 && row_.has_absent((first + k) * classes_))) rows_.state[k] = State::left;
    }
    for (std::int64_t k = r; k < r + n; k += step) {
      const Vec sum = hn::Add(hn::LoadU(lanes, rows_.own + k), hn::LoadU(lanes, rows_.others + k));
      hn::StoreU(hn::Div(hn::LoadU(lanes, rows_.scale + k), sum), lanes, rows_.scale + k);
    }
  }

  /// Row r of the batch, which is number k of n whose exponentials are kept. Short ones are stored in whole vectors
  /// where what lies beyond is of rows that are stored later; for so few the set-up of scale_and_store does not pay.
  template <DType output>
  HWY_INLINE void store_row(std::int64_t row, std::int64_t r, std::int64_t k, std::int64_t n) {
    constexpr double relative = Rows::own_error + Rows::others_error + 8 * arith::Fast::op;
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
    if (decided) return;
    const double grad_output = grad_output_ ? (*grad_output_)[row] : stretch_.grad_output;
    const arith::DD factor = arith::DD{grad_output} / arith::DD{stretch_.divisor};
    if (!store_row_in_pairs<input, output>(logits_, i, classes_, factor, out)) rows_.state[r] = State::left;
  }

  /// The targets' gradients, and the zeros of skipped rows.
  void finish_gradients(std::int64_t first, std::int64_t rows) {
    constexpr double relative = 2 * Rows::others_error + 8 * arith::Fast::op;
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      char* grad = static_cast<char*>(request_.grad->data()) + first * classes_ * bytes_of<output>;
      const auto derivative = [&](std::int64_t r) HWY_ATTR {
        return within(hn::Mul(Formula::target_derivative(rows_.lanes_of(r)), hn::Load(lanes, rows_.scale + r)), relative);
      };
      store_each<output>(rows, derivative, [&](std::int64_t r) {
        return grad + (r * classes_ + rows_.target[r]) * bytes_of<output>;
      });
      const std::int64_t size = classes_ * bytes_of<output>;
      for (std::int64_t r = 0; r < rows; ++r) {
        if (rows_.state[r] == State::skipped) std::memset(grad + r * size, 0, static_cast<std::size_t>(size));
      }
    });
  }

  void finish_values(std::int64_t first, std::int64_t rows) {
    if (reduced_) return add_values(rows);
    with_dtype(request_.value->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      char* value = static_cast<char*>(request_.value->data()) + first * bytes_of<output>;
      const auto loss = [&](std::int64_t r) HWY_ATTR { return ends_of(Formula::value(rows_.lanes_of(r))); };
      store_each<output>(rows, loss, [&](std::int64_t r) { return value + r * bytes_of<output>; });
      for (std::int64_t r = 0; r < rows; ++r) {
        if (rows_.state[r] == State::skipped) std::memset(value + r * bytes_of<output>, 0, bytes_of<output>);
      }
    });
  }

  void add_values(std::int64_t rows) {
    typename Formula::template Sum<max_rows / step> losses;
    for (std::int64_t r = 0; r < rows; r += step) losses.add(rows_.lanes_of(r), rows_.decided(r, rows));
    losses.add_to(stretch_.sum);
  }

  /// One number of each decided row r, enclosed by the lanes `ends(r)`, to `place(r)`; rows whose number is not decided
  /// are left.
  template <DType output, class EndsOfRows, class Place>
  void store_each(std::int64_t rows, const EndsOfRows& ends, const Place& place) {
    alignas(64) float rounded[step];
    alignas(64) std::int32_t undecided[step];
    for (std::int64_t r = 0; r < rows; r += step) {
      const Ends e = ends(r);
      hn::Store(round_and_store<output>(e.one, e.other, rounded, 0), float_bits, undecided);
      for (std::int64_t k = 0; k < std::min(step, rows - r); ++k) {
        State& state = rows_.state[r + k];
        if (state == State::decided && undecided[k] != 0) state = State::left;
        if (state != State::decided) continue;
        const char* number = reinterpret_cast<const char*>(rounded) + k * bytes_of<output>;
        std::memcpy(place(r + k), number, bytes_of<output>);
      }
    }
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  const void* logits_;
  Integers targets_;
  std::int64_t classes_;
  LongRow<input, capacity + 2 * step> row_;
  bool reduced_;
  std::optional<Reals> grad_output_;
  Rows rows_;
};

/// A row is evaluated again where one element of its gradient is not decided: at one in 2^17 in `element`, that is one
/// row of 1,024 in 2^7, and at one in 2^27 in `term` for 16 bits.
inline Precision precision_of(const detail::Request& request) {
  if (!request.grad || request.grad->dtype() != DType::f32) return Precision::term;
  return detail::classes_of(request) <= 1024 ? Precision::element : Precision::result;
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
