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
#include "simd/elements-inl.h"
#include "simd/pairs-inl.h"
#include "simd/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Formula offers, for rows whose logits are within exp_limit,
///   static Bounded value(const RowLanes&)
///   static Vec target_derivative(const RowLanes&)     : the rest are e^x over the sum of all
/// Its gradient is known to `relative`: the errors of the exponential, and of the sum and 8 op for three products, a
/// quotient, and the ends of the enclosure.
template <class Formula, DType input>
class ClassPass {
 public:
  ClassPass(const detail::Request& request, detail::Stretch& stretch)
      : request_(request),
        stretch_(stretch),
        logits_(request.inputs[0].data()),
        targets_(request.inputs[1]),
        classes_(request.inputs[0].shape()[detail::class_dimension(request.inputs[0].rank())]),
        reduced_(request.reduction != Reduction::none) {
    if (request.grad_output && !reduced_) grad_output_.emplace(*request.grad_output);
    for (double* lanes_of_rows : {own_, others_, logit_, scale_}) std::fill_n(lanes_of_rows, max_rows + step, 1.0);
  }

  void run() {
    const std::int64_t most = std::clamp<std::int64_t>(capacity / classes_, 1, max_rows);
    for (std::int64_t i = stretch_.begin; i < stretch_.end; i += most) {
      run_batch(i, std::min(most, stretch_.end - i));
    }
  }

 private:
  static constexpr std::int64_t capacity = 2048;
  static constexpr std::int64_t max_rows = 64;

  /// What becomes of each row of a batch.
  enum class State : std::uint8_t { decided, skipped, left };

  void run_batch(std::int64_t first, std::int64_t rows) {
    double largest = 0;
    if (stretch_.refuse) {
      for (std::int64_t r = 0; r < rows; ++r) stretch_.left.push_back(first + r);
      return;
    }
    for (std::int64_t c = 0; c < classes_; c += capacity) {
      const std::int64_t n = rows > 1 ? rows * classes_ : std::min(capacity, classes_ - c);
      largest = std::max(largest, exponentials<input>(logits_, first * classes_ + c, n, e_));
      if (!(largest <= exp_limit) && rows > 1) {  // one row may spoil the batch
        for (std::int64_t r = 0; r < rows; ++r) run_batch(first + r, 1);
        return;
      }
      take(first, rows, c, std::min(capacity, classes_ - c));
    }
    own_error_ = exp_error(largest);
    others_error_ = own_error_ + sum_error(std::min(capacity, classes_)) +
                    static_cast<double>(classes_ / capacity) * arith::Fast::op;
    for (std::int64_t r = 0; r < rows; ++r) {
      const bool usable = largest <= exp_limit && std::isfinite(own_[r]) && std::isfinite(others_[r]);
      state_[r] = target_[r] == request_.ignore_index ? State::skipped : usable ? State::decided : State::left;
    }
    if (request_.grad) store_gradients(first, rows);
    if (request_.value) finish_values(first, rows);
    for (std::int64_t r = 0; r < rows; ++r) {
      if (state_[r] == State::left) stretch_.left.push_back(first + r);
    }
  }

  /// Adds up classes c to c + n of the rows, whose exponentials lie in e_ row after row. The sums are a loop of their own:
  /// a vector that is loaded right after one of its elements was stored waits for it.
  void take(std::int64_t first, std::int64_t rows, std::int64_t c, std::int64_t n) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t target = target_[r] = targets_[first + r];
      const bool ignored = target == request_.ignore_index;
      if (c == 0) {
        own_[r] = others_[r] = ignored ? 1 : 0;
        logit_[r] = ignored ? 0 : real_element(input, logits_, (first + r) * classes_ + target);
      }
      if (target < c || target >= c + n) continue;
      own_[r] = e_[r * n + target - c];
      e_[r * n + target - c] = 0;
    }
    for (std::int64_t r = 0; r < rows; ++r) others_[r] += sum_of(e_ + r * n, n);
  }

  RowLanes lanes_of(std::int64_t r) const {
    return {hn::Load(lanes, own_ + r), hn::Load(lanes, others_ + r), hn::Load(lanes, logit_ + r), own_error_,
            others_error_};
  }

  void store_gradients(std::int64_t first, std::int64_t rows) {
    with_dtype(request_.grad->dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      const double relative = own_error_ + others_error_ + 16 * arith::Fast::op;
      const double target_relative = 2 * others_error_ + 16 * arith::Fast::op;
      set_scales(first, rows);
      for (std::int64_t r = 0; r < rows; ++r) {
        if (state_[r] == State::decided) store_row<output>(first + r, r, relative);
      }
      store_targets<output>(first, rows, target_relative);
      constexpr std::int64_t size = output == DType::f32 ? 4 : 2;
      for (std::int64_t r = 0; r < rows; ++r) {
        char* row = static_cast<char*>(request_.grad->data()) + (first + r) * classes_ * size;
        if (state_[r] == State::skipped) std::memset(row, 0, static_cast<std::size_t>(classes_ * size));
      }
    });
  }

  /// grad_output over the divisor and the sum of all. Rows whose grad_output is not a number to multiply by are left.
  void set_scales(std::int64_t first, std::int64_t rows) {
    std::fill_n(scale_, rows, stretch_.grad_output / stretch_.divisor);
    for (std::int64_t r = 0; grad_output_ && r < rows; ++r) {
      scale_[r] = (*grad_output_)[first + r];
      const bool ordinary = scale_[r] != 0 && std::isfinite(scale_[r]);
      if (!ordinary && state_[r] == State::decided) state_[r] = State::left;
    }
    for (std::int64_t r = 0; r < rows; r += step) {
      const Vec sum = hn::Add(hn::Load(lanes, own_ + r), hn::Load(lanes, others_ + r));
      hn::Store(hn::Div(hn::Load(lanes, scale_ + r), sum), lanes, scale_ + r);
    }
  }

  template <DType output>
  HWY_INLINE void store_row(std::int64_t row, std::int64_t r, double relative) {
    void* out = request_.grad->data();
    bool decided = true;
    if (classes_ <= capacity) {
      decided = scale_and_store<output>(e_ + r * classes_, classes_, scale_[r], relative, out, row * classes_);
    }
    for (std::int64_t c = 0; classes_ > capacity && c < classes_; c += capacity) {
      const std::int64_t n = std::min(capacity, classes_ - c);
      exponentials<input>(logits_, row * classes_ + c, n, e_);
      if (const std::int64_t t = target_[r] - c; t >= 0 && t < n) e_[t] = 0;
      decided = scale_and_store<output>(e_, n, scale_[r], relative, out, row * classes_ + c) && decided;
    }
    if (decided) return;
    const double grad_output = grad_output_ ? (*grad_output_)[row] : stretch_.grad_output;
    const arith::DD factor = arith::DD{grad_output} / arith::DD{stretch_.divisor};
    decided = store_row_in_pairs<input, output>(logits_, row * classes_, classes_, factor, out);
    if (!decided) state_[r] = State::left;
  }

  template <DType output>
  void store_targets(std::int64_t first, std::int64_t rows, double relative) {
    constexpr std::int64_t size = output == DType::f32 ? 4 : 2;
    alignas(64) float rounded[step];
    alignas(64) std::int32_t undecided[step];
    for (std::int64_t r = 0; r < rows; r += step) {
      const Vec v = hn::Mul(Formula::target_derivative(lanes_of(r)), hn::Load(lanes, scale_ + r));
      hn::Store(
          round_and_store<output>(hn::Mul(v, constant(1 - relative)), hn::Mul(v, constant(1 + relative)), rounded, 0),
          float_bits, undecided);
      for (std::int64_t k = 0; k < std::min(step, rows - r); ++k) {
        if (state_[r + k] != State::decided) continue;
        if (undecided[k] != 0) {
          state_[r + k] = State::left;
          continue;
        }
        const std::int64_t at = (first + r + k) * classes_ + target_[r + k];
        std::memcpy(static_cast<char*>(request_.grad->data()) + at * size,
                    reinterpret_cast<const char*>(rounded) + k * size, static_cast<std::size_t>(size));
        stretch_.results += static_cast<std::uint64_t>(classes_);
      }
    }
  }

  void finish_values(std::int64_t first, std::int64_t rows) {
    if (reduced_) return add_values(rows);
    with_dtype(request_.value->dtype(),
               [&](auto dtype) HWY_ATTR { store_values<decltype(dtype)::value>(first, rows); });
  }

  void add_values(std::int64_t rows) {
    TermSum terms;
    for (std::int64_t r = 0; r < rows; r += step) {
      alignas(64) double kept[step];
      for (std::int64_t k = 0; k < step; ++k) kept[k] = r + k < rows && state_[r + k] == State::decided ? 1 : 0;
      terms.add(Formula::value(lanes_of(r)), hn::Gt(hn::Load(lanes, kept), hn::Zero(lanes)));
    }
    stretch_.sum.add(terms.total());
  }

  template <DType output>
  void store_values(std::int64_t first, std::int64_t rows) {
    constexpr std::int64_t size = output == DType::f32 ? 4 : 2;
    alignas(64) float rounded[step];
    alignas(64) std::int32_t undecided[step];
    for (std::int64_t r = 0; r < rows; r += step) {
      const Bounded b = Formula::value(lanes_of(r));
      hn::Store(round_and_store<output>(hn::Sub(b.value, b.radius), hn::Add(b.value, b.radius), rounded, 0), float_bits,
                undecided);
      for (std::int64_t k = 0; k < std::min(step, rows - r); ++k) {
        State& state = state_[r + k];
        if (state == State::decided && undecided[k] != 0) state = State::left;
        if (state == State::left) continue;
        char* out = static_cast<char*>(request_.value->data()) + (first + r + k) * size;
        std::memset(out, 0, static_cast<std::size_t>(size));
        if (state == State::skipped) continue;
        std::memcpy(out, reinterpret_cast<const char*>(rounded) + k * size, static_cast<std::size_t>(size));
        ++stretch_.results;
      }
    }
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  const void* logits_;
  Integers targets_;
  std::int64_t classes_;
  bool reduced_;
  std::optional<Reals> grad_output_;
  double own_error_ = 0;
  double others_error_ = 0;
  State state_[max_rows];
  std::int64_t target_[max_rows];
  alignas(64) double own_[max_rows + step];
  alignas(64) double others_[max_rows + step];
  alignas(64) double logit_[max_rows + step];
  alignas(64) double scale_[max_rows + step];
  alignas(64) double e_[capacity + step];
};

template <class Formula>
void class_pass(const detail::Request& request, detail::Stretch& stretch) {
  with_dtype(request.inputs[0].dtype(),
             [&](auto dtype) HWY_ATTR { ClassPass<Formula, decltype(dtype)::value>(request, stretch).run(); });
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
