// (x - y)^2, with the derivatives 2 (x - y) and 2 (y - x).
//
// Radius: the difference is off by op relatively, the square by op more: (1 + op)^3 - 1 < 4 op. In double-double a
// square below 2^-900 has lost low parts to underflow; it is then within `floor` of the truth. Exact results are told
// apart, since they often lie midway between two numbers: x^2 of few bits, x - 1 for x in [1/4, 1/2).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/mse_loss.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "engine/elements.h"
#include "engine/streaming.h"
#include "lossproof/losses.h"
#include "simd/elements-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

class SquaredErrorLanes {
 public:
  SquaredErrorLanes(Vec x, Vec y) : x_(x), y_(y), difference_(hn::Sub(x, y)) {}

  Mask usable() const { return hn::Lt(hn::Abs(difference_), constant(HUGE_VAL)); }

  Bounded value(bool tell_exact) const {
    const Vec square = hn::Mul(difference_, difference_);
    return tell_exact ? Bounded{square, radius(square, is_exact(difference_))} : Bounded{square, radius(square)};
  }

  /// Never -0: a derivative of 0 is one whatever the sign of the factor.
  Bounded gradient(const Factor& factor) const {
    const Vec twice = hn::Add(difference_, difference_);
    const Vec product = hn::Add(hn::Mul(twice, factor.value), hn::Zero(lanes));
    const Mask exact = factor.exact ? is_exact(factor.value) : hn::Lt(factor.value, factor.value);
    return {product, radius(product, exact)};
  }

  /// All terms are of one sign and off by 4 op: one sum serves for value, mass and, at last, radius.
  class Sum {
   public:
    Sum() : sum_(hn::Zero(lanes)) {}
    HWY_INLINE void add(const SquaredErrorLanes& f, Mask mask) {
      const Vec d = hn::IfThenElseZero(mask, f.difference_);
      sum_ = hn::MulAdd(d, d, sum_);
    }
    bool usable() const { return std::isfinite(hn::GetLane(hn::SumOfLanes(lanes, sum_))); }
    bool decided() const { return true; }
    arith::Approx<arith::Fast> total() const {
      const double sum = hn::GetLane(hn::SumOfLanes(lanes, sum_));
      return {sum, (TermSum::most + 12) * arith::Fast::op * sum};
    }

   private:
    Vec sum_;
  };

 private:
  /// Where the difference is exact and so is its product with a number: both have at most 26 bits.
  Mask is_exact(Vec other) const {
    const Vec back = hn::Sub(difference_, x_);
    const Vec rest = hn::Sub(hn::Sub(x_, hn::Sub(difference_, back)), hn::Add(y_, back));
    const auto long_bits = hn::ShiftLeft<37>(hn::Or(hn::BitCast(bits, difference_), hn::BitCast(bits, other)));
    return hn::Eq(hn::Or(hn::Abs(rest), hn::BitCast(lanes, long_bits)), hn::Zero(lanes));
  }

  /// 4 op of a value, with its factor's op and twice op for the ends of the enclosure.
  static Vec radius(Vec value) { return hn::Mul(hn::Abs(value), constant(8 * arith::Fast::op)); }
  static Vec radius(Vec value, Mask exact) { return hn::IfThenZeroElse(exact, radius(value)); }

  Vec x_;
  Vec y_;
  Vec difference_;
};

#if HWY_NATIVE_FMA
using WholeFloats = hn::ScalableTag<float>;
using WholeBits = hn::ScalableTag<std::uint32_t>;
using FloatVec = hn::Vec<WholeFloats>;
inline constexpr WholeFloats whole{};
inline constexpr WholeBits whole_bits{};

/// Squares (x - y)^2 of f32 numbers, stored in whole vectors, in f32 alone.
///
/// Radius, with u = 2^-24: x - y = d + e exactly, |e| <= u |d|; d^2 = p + q0 exactly where 2^-30 <= |d| and p < 2^126,
/// |q0| <= u p. q = q0 + 2 d e, below 3 u p, is rounded by 3 u^2 p, as it is when the radius is added to it; e^2 is
/// left out: together below 8 u^2 p = 2^-45 p. Where e is 0, q is q0 and p + q is d^2: so it is where x and y are
/// close, and d of few bits, whose square is often a midpoint. A d of 0 is exact.
class Squares {
 public:
  Squares() : differ_(hn::Zero(whole_bits)), least_(hn::Set(whole_bits, ~0u)), most_(hn::Zero(whole_bits)) {}

  /// Those of the numbers from `i` on; past the caches if it `streams`: then they are aligned.
  template <bool streams>
  HWY_INLINE void store(const float* x, const float* y, std::int64_t i, float* out) {
    const FloatVec a = hn::LoadU(whole, x + i);
    const FloatVec b = hn::LoadU(whole, y + i);
    const FloatVec d = hn::Sub(a, b);
    const FloatVec back = hn::Sub(d, a);
    const FloatVec e = hn::Sub(hn::Sub(a, hn::Sub(d, back)), hn::Add(b, back));
    const FloatVec p = hn::Mul(d, d);
    const FloatVec q = hn::MulAdd(hn::Add(d, d), e, hn::MulSub(d, d, p));
    const FloatVec inexact = hn::IfThenZeroElse(hn::Eq(e, hn::Zero(whole)), p);
    const FloatVec relative = hn::Set(whole, 0x1p-45f);
    const FloatVec low = hn::Add(p, hn::NegMulAdd(inexact, relative, q));
    const FloatVec high = hn::Add(p, hn::MulAdd(inexact, relative, q));
    streams ? hn::Stream(low, whole, out + i) : hn::StoreU(low, whole, out + i);
    differ_ = hn::Or(differ_, hn::Xor(bits_of(low), bits_of(high)));
    const auto twice = hn::Add(bits_of(d), bits_of(d));  // without the sign
    least_ = hn::Min(least_, hn::Sub(twice, hn::Set(whole_bits, 1)));
    most_ = hn::Max(most_, bits_of(p));
  }

  /// Whether all that were stored are decided.
  HWY_INLINE bool decided() const {
    const auto same = hn::Eq(differ_, hn::Zero(whole_bits));
    const auto normal = hn::Gt(least_, hn::Set(whole_bits, 2 * std::bit_cast<std::uint32_t>(0x1p-30f) - 2));
    const auto finite = hn::Lt(most_, hn::Set(whole_bits, std::bit_cast<std::uint32_t>(0x1p126f)));
    return hn::AllTrue(whole_bits, hn::And(same, hn::And(normal, finite)));
  }

 private:
  static HWY_INLINE hn::Vec<WholeBits> bits_of(FloatVec v) { return hn::BitCast(whole_bits, v); }

  hn::Vec<WholeBits> differ_;
  hn::Vec<WholeBits> least_;  ///< of 2 |d| - 1 as bits: the largest number where d is 0
  hn::Vec<WholeBits> most_;   ///< of p as bits
};

/// f32 squares in blocks, unless the pass is to refuse them.
template <bool streams>
void store_squares(const detail::Request& request, detail::Stretch& stretch) {
  constexpr auto step = static_cast<std::int64_t>(HWY_LANES(float));
  constexpr std::int64_t block = 8 * step;
  const auto* x = static_cast<const float*>(request.inputs[0].data());
  const auto* y = static_cast<const float*>(request.inputs[1].data());
  auto* out = static_cast<float*>(request.value->data());
  const auto store_part = [&](std::int64_t begin, std::int64_t end) {
    if (begin == end) return;
    detail::Stretch part{.begin = begin, .end = end};
    element_pass<SquaredErrorLanes>(request, part);
    stretch.results += part.results;
    stretch.left.insert(stretch.left.end(), part.left.begin(), part.left.end());
  };
  std::int64_t i = stretch.begin;
  if (streams) i += detail::before_aligned(out + i, sizeof(FloatVec), stretch.end - i);
  store_part(stretch.begin, i);
  for (; i + block <= stretch.end; i += block) {
    Squares squares;
    for (std::int64_t k = i; k < i + block; k += step) squares.template store<streams>(x, y, k, out);
    if (squares.decided()) {
      stretch.results += static_cast<std::uint64_t>(block);
    } else {
      store_part(i, i + block);
    }
  }
  store_part(i, stretch.end);
  if (streams) hwy::FlushStream();
}
#endif

void squared_error(const detail::Request& request, detail::Stretch& stretch) {
#if HWY_NATIVE_FMA
  const bool values_alone = request.reduction == Reduction::none && !request.grad && !stretch.refuse;
  const bool of_f32 = request.inputs[0].dtype() == DType::f32 && request.value && request.value->dtype() == DType::f32;
  if (values_alone && of_f32) {
    return detail::is_streamed(*request.value) ? store_squares<true>(request, stretch)
                                               : store_squares<false>(request, stretch);
  }
#endif
  element_pass<SquaredErrorLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(squared_error);
}
namespace {

using arith::Approx;
using detail::KnownDerivative;

struct SquaredError {
  static constexpr std::size_t inputs = 2;
  static constexpr bool weighted_mean = true;

  static std::optional<double> known_value(double x, double y) {
    if (x == y) return std::isinf(x) ? detail::nan_value : 0.0;
    if (std::isinf(x) || std::isinf(y)) return detail::infinity;
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_derivative(double x, double y) {
    if (x == y) return KnownDerivative{std::isinf(x) ? detail::nan_value : 0.0};
    if (std::isinf(x) || std::isinf(y)) return KnownDerivative{x - y};
    return std::nullopt;
  }

  template <class A>
  static Approx<A> value(double x, double y) {
    const auto difference = A::difference(x, y);
    const auto square = difference * difference;
    const bool exact = A::difference_is_exact(x, y) && A::product_is_exact(difference, difference);
    return {square, exact ? 0 : 4 * A::op * A::magnitude(square) + A::floor};
  }

  template <class A>
  static Approx<A> derivative(double x, double y) {
    const auto twice = typename A::Real(2.0) * A::difference(x, y);
    return {twice, A::difference_is_exact(x, y) ? 0 : 3 * A::op * A::magnitude(twice)};
  }

  static std::optional<KnownDerivative> known_target_derivative(double x, double y) { return known_derivative(y, x); }
  template <class A>
  static Approx<A> target_derivative(double x, double y) {
    return derivative<A>(y, x);
  }
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::element_kernel<SquaredError>(
    "mse_loss", arguments,
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::squared_error)[simd::target_index()](request, stretch);
    },
    {.weight = true});

}  // namespace

const Loss mse_loss{kernel};

}  // namespace lossproof
#endif
