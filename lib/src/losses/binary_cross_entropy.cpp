// L(p, y) = -y log p - (1 - y) log(1 - p), each logarithm at least -100.
// dL/dp = -y / p + (1 - y) / (1 - p) = (p - y) / (p (1 - p)), where a logarithm that is clamped is a constant;
// dL/dy = log(1 - p) - log p. It is 0 at p = 1/2 alone.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/binary_cross_entropy.cpp"
#include <hwy/foreach_target.h>

#include <cmath>
#include <optional>

#include "engine/elements.h"
#include "losses/clamped.h"
#include "lossproof/losses.h"
#include "simd/elements-inl.h"
#include "simd/logarithm-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// For |y| <= 2^60. Logarithms are off by log_error of themselves, 1 - y and products by op, their sum by op of both
/// terms; the derivative by 5 op (the difference, the quotient, 1 - p and its product) and its factor and the product
/// by two more. Another 4 op are for the ends of the enclosure.
class BinaryCrossEntropyLanes {
 public:
  using Sum = Terms<BinaryCrossEntropyLanes>;

  BinaryCrossEntropyLanes(Vec p, Vec y) : p_(p), y_(y) {}

  Mask usable() const { return hn::And(hn::Le(p_, constant(1)), hn::Le(hn::Abs(y_), constant(0x1p60))); }

  /// Never -0.
  Bounded value(bool) const {
    const Vec of_input = hn::IfThenElse(is_clamped(), constant(clamped::least_log), log_of_element(p_));
    const Vec of_rest = hn::IfThenElse(is_1(), constant(clamped::least_log), log_of_complement(p_));
    const Vec a = hn::Mul(y_, of_input);
    const Vec b = hn::Mul(hn::Sub(constant(1), y_), of_rest);
    const Vec mass = hn::Add(hn::Abs(a), hn::Abs(b));
    constexpr double error = log_error(Precision::element) + 7 * arith::Fast::op;
    return {hn::Sub(hn::Zero(lanes), hn::Add(a, b)), hn::Mul(constant(error), mass)};
  }

  /// A derivative of 0 is +0 whatever the sign of the factor.
  Ends gradient(const Factor& factor) const {
    const Vec rest = hn::Sub(constant(1), p_);
    const Vec beside = hn::IfThenElse(is_1(), hn::Neg(y_), hn::Sub(p_, y_));
    const Vec numerator = hn::IfThenElse(is_clamped(), hn::Sub(constant(1), y_), beside);
    const Vec denominator = hn::IfThenElse(is_clamped(), rest, hn::IfThenElse(is_1(), constant(1), hn::Mul(p_, rest)));
    const Vec derivative = hn::Mul(hn::Div(numerator, denominator), factor.value);
    return within(hn::Add(derivative, hn::Zero(lanes)), 11 * arith::Fast::op);
  }

 private:
  Mask is_1() const { return hn::Eq(p_, constant(1)); }
  Mask is_clamped() const { return hn::Le(p_, constant(clamped::largest)); }

  Vec p_;
  Vec y_;
};

void binary_cross_entropy(const detail::Request& request, detail::Stretch& stretch) {
  element_pass<BinaryCrossEntropyLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(binary_cross_entropy);
}
namespace {

using arith::Tracked;
using detail::KnownDerivative;

struct BinaryCrossEntropy {
  static constexpr std::size_t inputs = 2;

  /// At an infinite y that of y dL/dy, where dL/dy is not 0.
  static std::optional<double> known_value(double p, double y) {
    if (std::isinf(y) && p != 0.5) return p < 0.5 ? y : -y;
    if ((p == 0 || p == 1) && p == y) return 0;
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_derivative(double p, double y) {
    if (std::isinf(y)) return KnownDerivative{-y};
    const double zero_at = is_clamped(p) ? 1 : p == 1 ? 0 : p;
    if (y == zero_at) return KnownDerivative{0};
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_target_derivative(double p, double) {
    if (p == 0.5) return KnownDerivative{0};
    return std::nullopt;
  }

  template <class A>
  static Tracked<A> value(double p, double y) {
    if (p == 0.5) return -log_of_input<A>(p);
    return -(Tracked<A>(y) * log_of_input<A>(p) + Tracked<A>::difference(1, y) * log_of_rest<A>(p));
  }

  template <class A>
  static detail::Fraction<A> derivative(double p, double y) {
    const auto rest = Tracked<A>::difference(1, p);
    if (is_clamped(p)) return {Tracked<A>::difference(1, y), rest};
    if (p == 1) return {Tracked<A>(-y)};
    return {Tracked<A>::difference(p, y), Tracked<A>(p) * rest};
  }

  template <class A>
  static Tracked<A> target_derivative(double p, double) {
    return log_of_rest<A>(p) - log_of_input<A>(p);
  }

 private:
  static bool is_clamped(double p) { return p <= clamped::largest; }

  template <class A>
  static Tracked<A> log_of_input(double p) {
    return is_clamped(p) ? Tracked<A>(clamped::least_log) : arith::log_of<A>(p);
  }
  /// Of doubles below 1 the nearest is 2^-53 away, which is far from e^-100.
  template <class A>
  static Tracked<A> log_of_rest(double p) {
    return p == 1 ? Tracked<A>(clamped::least_log) : arith::log_of_complement<A>(p);
  }
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real, true}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::element_kernel<BinaryCrossEntropy>(
    "binary_cross_entropy", arguments,
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::binary_cross_entropy)[simd::target_index()](request, stretch);
    },
    {.weight = true});

}  // namespace

const Loss binary_cross_entropy{kernel};

}  // namespace lossproof
#endif
