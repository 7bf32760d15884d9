// The loop over elements of elementwise losses, in lanes of f64.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_ELEMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_ELEMENTS_INL_H_
#undef LOSSPROOF_SIMD_ELEMENTS_INL_H_
#else
#define LOSSPROOF_SIMD_ELEMENTS_INL_H_
#endif

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/stretch.h"
#include "simd/terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// What a call wants: values stored, gradients stored, values added up.
struct Wants {
  bool value;
  bool gradient;
  bool sum;
};

/// The memory of a call, by element; `y` is null for functions of one input. `grad_output` is null where one number, in
/// `factor`, stands for all.
struct Elements {
  const void* x;
  const void* y;
  detail::Parameters parameters;
  MutableTensorView value;
  MutableTensorView gradient;
  TensorView grad_output;
  Factor factor;
};

/// Formula is made from (x, y), or from the parameters and (x) or (x, y), in lanes, and offers
///   Mask usable()                 : where the inputs are finite and in its range; elsewhere the rest means nothing
///   Bounded value(bool tell_exact): with a radius of 0 where it is exact, if told to find out; of a function, Ends
///   Mask is_normal(), Near near_value() : where it has them, usable inputs whose value is a normal number of f32
///   Bounded gradient(Factor)      : the derivative times the factor; or Ends
///   class Sum                     : adds up formulas, add(formula, mask); `usable` says whether all were, `decided`
///                                   whether `total()` is good. Of a function, NoSum.
/// Outputs have the dtype `output`, or any if it is f64.
template <class Formula, DType input, DType output, Wants wants>
class ElementPass {
 public:
  ElementPass(const Elements& elements, detail::Stretch& stretch) : elements_(elements), stretch_(stretch) {}

  void run() {
    const std::int64_t whole = stretch_.begin + (stretch_.end - stretch_.begin) / step * step;
    run_blocks(stretch_.begin, whole, stretch_.refuse ? few : TermSum::most * step);
    if (whole < stretch_.end) run_vectors(whole, stretch_.end);
    const std::uint64_t done = static_cast<std::uint64_t>(stretch_.end - stretch_.begin) - stretch_.left.size();
    stretch_.results += done * ((wants.value ? 1u : 0u) + (wants.gradient ? 1u : 0u));
  }

 private:
  static constexpr std::int64_t step = HWY_LANES(double);
  static constexpr std::int64_t few = 16 * step;
  static constexpr bool is_near = wants.value && !wants.gradient && output == DType::f32 && requires(const Formula& f) {
    f.near_value();
  };

  /// Which lanes are decided.
  struct Decided {
    Decided() : usable(hn::FirstN(lanes, static_cast<std::size_t>(step))), undecided(hn::Zero(float_bits)) {}
    bool all() const { return hn::AllTrue(lanes, usable) && all_zero(undecided); }
    std::uint64_t lane_bits() const {
      return bits_of(lanes, usable) & bits_of(float_bits, hn::Eq(undecided, hn::Zero(float_bits)));
    }
    Mask usable;
    hn::Vec<FloatBits> undecided;
  };

  /// Blocks of this many elements. One that is not decided is cut into small ones, and those that are not go vector by
  /// vector.
  void run_blocks(std::int64_t begin, std::int64_t end, std::int64_t block) {
    for (std::int64_t i = begin; i < end; i += block) {
      const std::int64_t block_end = std::min(i + block, end);
      if (!stretch_.refuse && run_block(i, block_end)) continue;
      block > few ? run_blocks(i, block_end, few) : run_vectors(i, block_end);
    }
  }

  /// Whether all of the block, of whole vectors, is decided; without a branch in its loop.
  bool run_block(std::int64_t begin, std::int64_t end) {
    const Elements elements = elements_;  // a copy that no store can alias
    Decided decided;
    typename Formula::Sum sum;
    for (std::int64_t i = begin; i < end; i += step) {
      const Formula f = formula(elements, i, step);
      if constexpr (is_near) {
        evaluate_near(elements, f, i, decided.usable);
      } else if constexpr (wants.value || wants.gradient) {
        evaluate(elements, f, i, step, output != DType::f32, decided);
      }
      if constexpr (wants.sum) sum.add(f, hn::FirstN(lanes, static_cast<std::size_t>(step)));
    }
    if (!decided.all()) return false;
    if constexpr (wants.sum) {
      if (!sum.usable()) return false;
      stretch_.sum.add(sum.decided() ? sum.total() : sum_of_terms(elements, begin, end));
    }
    return true;
  }

  arith::Approx<arith::Fast> sum_of_terms(const Elements& elements, std::int64_t begin, std::int64_t end) const {
    TermSum terms;
    for (std::int64_t i = begin; i < end; i += step) {
      terms.add(formula(elements, i, step).value(false), hn::FirstN(lanes, static_cast<std::size_t>(step)));
    }
    return terms.total();
  }

  /// Up to TermSum::most vectors one by one, of which the last may be of fewer elements. Lanes that are not decided are
  /// left.
  HWY_NOINLINE void run_vectors(std::int64_t begin, std::int64_t end) {
    TermSum terms;
    for (std::int64_t i = begin; i < end; i += step) {
      const std::int64_t n = std::min(step, end - i);
      const Formula f = formula(elements_, i, n);
      Decided decided;
      evaluate(elements_, f, i, n, true, decided);
      const std::uint64_t good = stretch_.refuse ? 0 : decided.lane_bits();
      for (std::int64_t k = 0; k < n; ++k) {
        if ((good >> k & 1) == 0) stretch_.left.push_back(i + k);
      }
      if constexpr (wants.sum) terms.add(f.value(false), mask_of(good & ((std::uint64_t{1} << n) - 1)));
    }
    if (wants.sum) stretch_.sum.add(terms.total());
  }

  /// Of n elements from i on; lanes beyond them repeat the first.
  HWY_INLINE static Formula formula(const Elements& elements, std::int64_t i, std::int64_t n) {
    const auto at = [i, n](const void* data) LOSSPROOF_INLINE_LAMBDA { return load_part<input>(data, i, n); };
    if constexpr (std::is_constructible_v<Formula, Vec, Vec>) {
      return Formula(at(elements.x), at(elements.y));
    } else if constexpr (std::is_constructible_v<Formula, const detail::Parameters&, Vec, Vec>) {
      return Formula(elements.parameters, at(elements.x), at(elements.y));
    } else {
      return Formula(elements.parameters, at(elements.x));
    }
  }

  HWY_INLINE static void evaluate_near(const Elements& elements, const Formula& f, std::int64_t i, Mask& usable) {
    const Near near = f.near_value();
    store_floats(near.value, static_cast<float*>(elements.value.data()), i);
    usable = hn::And(hn::And(usable, f.is_normal()), Margin(near.relative).decides(near.value));
  }

  /// Results that are exact often lie midway between two numbers of few bits, seldom of 24: then it pays to tell them.
  HWY_INLINE static void evaluate(const Elements& elements, const Formula& f, std::int64_t i, std::int64_t n,
                                  bool tell_exact, Decided& decided) {
    decided.usable = hn::And(decided.usable, f.usable());
    if constexpr (wants.value) {
      decided.undecided = hn::Or(decided.undecided, store(ends_of(f.value(tell_exact)), elements.value, i, n));
    }
    if constexpr (wants.gradient) {
      Factor factor = elements.factor;
      if (elements.grad_output.data() != nullptr) {
        factor.value = with_dtype(elements.grad_output.dtype(), [&](auto dtype) LOSSPROOF_INLINE_LAMBDA {
          return load_part<decltype(dtype)::value>(elements.grad_output.data(), i, n);
        });
        const Vec size = hn::Abs(factor.value);
        const Mask ordinary = hn::And(hn::Gt(size, hn::Zero(lanes)), hn::Lt(size, constant(HUGE_VAL)));
        decided.usable = hn::And(decided.usable, ordinary);
      }
      decided.undecided = hn::Or(decided.undecided, store(ends_of(f.gradient(factor)), elements.gradient, i, n));
    }
  }

  /// As round_and_store, n elements.
  HWY_INLINE static hn::Vec<FloatBits> store(const Ends& ends, const MutableTensorView& out, std::int64_t i,
                                             std::int64_t n) {
    if constexpr (output == DType::f64) {
      return with_dtype(out.dtype(), [&](auto dtype) LOSSPROOF_INLINE_LAMBDA {
        return round_and_store<decltype(dtype)::value>(ends.one, ends.other, out.data(), i, n);
      });
    } else {
      return round_and_store<output>(ends.one, ends.other, out.data(), i, n);
    }
  }

  const Elements& elements_;
  detail::Stretch& stretch_;
};

template <class Formula, DType input, DType output>
void element_pass(Wants wants, const Elements& elements, detail::Stretch& stretch) {
  const auto run = [&]<Wants w>() HWY_ATTR { ElementPass<Formula, input, output, w>(elements, stretch).run(); };
  if constexpr (!std::is_same_v<typename Formula::Sum, NoSum>) {
    if (wants.sum && wants.gradient) return run.template operator()<Wants{false, true, true}>();
    if (wants.sum) return run.template operator()<Wants{false, false, true}>();
  }
  if (wants.value && wants.gradient) return run.template operator()<Wants{true, true, false}>();
  if (wants.value) return run.template operator()<Wants{true, false, false}>();
  run.template operator()<Wants{false, true, false}>();
}

template <class Formula>
void element_pass(const detail::Request& request, detail::Stretch& stretch) {
  const bool reduced = request.reduction != Reduction::none;
  const Wants wants{request.value && !reduced, request.grad.has_value(), request.value && reduced};
  const void* y = request.inputs.size() > 1 ? request.inputs[1].data() : nullptr;
  Elements elements{request.inputs[0].data(), y, request.parameters, {}, {}, {}, {}};
  if (wants.value) elements.value = *request.value;
  if (wants.gradient) elements.gradient = *request.grad;
  if (wants.gradient && !reduced) elements.grad_output = *request.grad_output;
  int exponent;
  const double divisor = stretch.divisor.hi;  // a count
  elements.factor = {constant(stretch.grad_output / divisor), std::frexp(divisor, &exponent) == 0.5};

  const DType output = wants.value ? elements.value.dtype() : elements.gradient.dtype();
  const bool uniform = !wants.value || !wants.gradient || elements.gradient.dtype() == output;
  with_dtype(request.inputs[0].dtype(), [&](auto dtype) HWY_ATTR {
    constexpr DType input = decltype(dtype)::value;
    if (uniform && output == input) return element_pass<Formula, input, input>(wants, elements, stretch);
    element_pass<Formula, input, DType::f64>(wants, elements, stretch);
  });
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
