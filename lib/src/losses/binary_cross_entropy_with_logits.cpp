// L(x, y) = -y log s - (1 - y) log(1 - s), s = 1 / (1 + e^-x). With e = e^-|x| and l = log(1 + e), log s = -l and
// log(1 - s) = -l - x for x >= 0, and the other way round for x < 0, so that
//   L = a |x| + l,  a = 1 - y for x >= 0, a = y for x < 0.
// For y in [0, 1] both terms are at least 0: nothing cancels, and a confident right answer is l alone.
// Radius: a |x| is off by 2 op (1 - y, the product); e by fn, l by 2 fn since log1p has a condition of at most 1; the
// sum by op: 2 op |a x| + 2 fn l + op (|a x| + l) <= 3 fn (|a x| + l). `floor` is e's absolute error, and so l's.
//
// dL/dx = s - y, in two forms whose terms do not cancel at y = 0 and y = 1, nor, for small x, at y = 1/2:
//   |x| > 1/4:  (1 - y) - q for x > 0, q - y for x < 0,  q = e / (1 + e) = sigmoid(-|x|)
//   |x| <= 1/4: (1/2 - y) +- h,  h = tanh(|x| / 2) / 2 = d / (4 - 2 d),  d = 1 - e
// Radius: q and h are off by fn and 3 op, the other term and the sum by op each: below 2 fn (|1 - y| + q), and so on.
//
// Far out, and for the derivative near 0 too, one term is a number of few bits, as is 3/4 x, and the other next to
// nothing but not 0: it alone tells the side of a midpoint, so that case is told apart (Approx::beyond).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/binary_cross_entropy_with_logits.cpp"
#include <hwy/foreach_target.h>

#include "engine/elements.h"
#include "losses/logistic.h"
#include "losses/positive_weighted.h"
#include "lossproof/losses.h"
#include "simd/binary_cross_entropy_with_logits-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

void binary_cross_entropy_with_logits(const detail::Request& request, detail::Stretch& stretch) {
  if (request.grad || request.reduction == Reduction::none) {
    return element_pass<BinaryCrossEntropyWithLogitsLanes<Precision::element>>(request, stretch);
  }
  element_pass<BinaryCrossEntropyWithLogitsLanes<Precision::term>>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(binary_cross_entropy_with_logits);
}
namespace {

using arith::Approx;
using detail::KnownDerivative;

struct BinaryCrossEntropyWithLogits {
  static constexpr std::size_t inputs = 2;

  static std::optional<double> known_value(double x, double y) {
    if (std::isinf(y) && x != 0) return -x * y;
    if (!std::isinf(x)) return std::nullopt;
    const double disagreement = x > 0 ? 1 - y : y;
    return disagreement == 0 ? 0.0 : detail::infinity * disagreement;
  }

  static std::optional<KnownDerivative> known_derivative(double x, double y) {
    if (std::isinf(y)) return KnownDerivative{-y};
    if (x == 0 && y == 0.5) return KnownDerivative{0};
    if (std::isinf(x) && y == (x > 0 ? 1 : 0)) return KnownDerivative{0, true};
    return std::nullopt;
  }

  /// At a logit of 0 no target has a part in it.
  template <class A>
  static Approx<A> value(double x, double y) {
    using Real = typename A::Real;
    const Real a = x == 0 ? Real(0.0) : x > 0 ? A::difference(1, y) : Real(y);
    const Real linear = a * Real(std::fabs(x));
    const Real l = A::log1p(logistic::decay<A>(x));
    const bool exact = (x < 0 || A::difference_is_exact(1, y)) && A::product_is_exact(a, Real(std::fabs(x)));
    if (exact && A::is_remainder(l, linear)) return {linear, 0, 1};
    return {linear + l, 3 * A::fn * (A::magnitude(linear) + A::magnitude(l)) + A::floor};
  }

  template <class A>
  static Approx<A> derivative(double x, double y) {
    using Real = typename A::Real;
    const bool near = std::fabs(x) <= 0.25;
    const double limit = near ? 0.5 : x > 0 ? 1 : 0;
    const Real constant = A::difference(limit, y);
    const Real magnitude = near ? half_tanh<A>(x) : logistic::smaller<A>(logistic::decay<A>(x));
    const int sign = near == (x > 0) ? 1 : -1;
    if (A::difference_is_exact(limit, y) && A::is_remainder(magnitude, constant)) {
      return {constant, 0, x == 0 || std::isinf(x) ? 0 : sign};
    }
    const Real d = sign > 0 ? constant + magnitude : constant - magnitude;
    return {d, 2 * A::fn * (A::magnitude(constant) + A::magnitude(magnitude)) + A::floor};
  }

  template <class A>
  static typename A::Real half_tanh(double x) {
    using Real = typename A::Real;
    const Real d = -A::expm1(Real(-std::fabs(x)));
    return d / (Real(4.0) - Real(2.0) * d);
  }

  /// -x, whatever y is.
  static std::optional<KnownDerivative> known_target_derivative(double x, double) {
    if (x == 0 || std::isinf(x)) return KnownDerivative{-x};
    return std::nullopt;
  }
  template <class A>
  static Approx<A> target_derivative(double x, double) {
    return {typename A::Real(-x), 0};
  }
};

Refinements run(const detail::Kernel& kernel, const detail::Request& request) {
  if (request.pos_weight) return detail::run_elements<logistic::PositiveWeighted>(kernel, request);
  return detail::run_elements<BinaryCrossEntropyWithLogits>(kernel, request);
}

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel{
    .name = "binary_cross_entropy_with_logits",
    .form = detail::Form::elements,
    .arguments = arguments,
    .takes = {.weight = true, .pos_weight = true},
    .run = run,
    .in_vectors = [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::binary_cross_entropy_with_logits)[simd::target_index()](request, stretch);
    }};

}  // namespace

const Loss binary_cross_entropy_with_logits{kernel};

}  // namespace lossproof
#endif
