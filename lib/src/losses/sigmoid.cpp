// sigmoid(x) = 1 / (1 + e^-x): with e = e^-|x| it is e / (1 + e) for x < 0, 1 / (1 + e) for others; its derivative is
// e / (1 + e)^2, whose condition in e is at most 1.
//
// Near 0 they are 1/2 and 1/4 and next to nothing, which tells the side of a midpoint (Approx::beyond).
//
// Radius: e is off by fn of itself and by `floor`, a sum, a quotient and a product by op each.
// In lanes, for |x| <= exp_limit: by the error E of exp, and 2 op for the value, 4 op for the derivative, its factor's and
// the product's two more. Another 4 op are for the ends of the enclosure.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/sigmoid.cpp"
#include <hwy/foreach_target.h>

#include "engine/elements.h"
#include "losses/logistic.h"
#include "lossproof/losses.h"
#include "simd/logistic-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

class SigmoidLanes {
 public:
  using Sum = NoSum;

  SigmoidLanes(const detail::Parameters&, Vec x)
      : x_(x), negative_(hn::Or(x, constant(-0.0))), decay_(exp<Precision::element>(negative_)) {}

  Mask usable() const { return hn::Ge(negative_, constant(-exp_limit)); }

  Ends value(bool) const { return within(sigmoid_of(x_, decay_), error + 6 * arith::Fast::op); }

  Ends gradient(const Factor& factor) const {
    const Vec sum = hn::Add(decay_, constant(1));
    return within(hn::Mul(hn::Div(decay_, hn::Mul(sum, sum)), factor.value), error + 10 * arith::Fast::op);
  }

 private:
  static constexpr double error = exp_error(Precision::element);

  Vec x_;
  Vec negative_;  // -|x|
  Vec decay_;     // e^-|x|
};

void sigmoid(const detail::Request& request, detail::Stretch& stretch) { element_pass<SigmoidLanes>(request, stretch); }

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(sigmoid);
}
namespace {

struct Sigmoid {
  static constexpr std::size_t inputs = 1;

  static std::optional<double> known_value(double x) {
    if (x == 0) return 0.5;
    if (!std::isinf(x)) return std::nullopt;
    return x > 0 ? 1.0 : 0.0;
  }

  static std::optional<detail::KnownDerivative> known_derivative(double x) {
    if (x == 0) return detail::KnownDerivative{0.25};
    if (!std::isinf(x)) return std::nullopt;
    return detail::KnownDerivative{0, true};
  }

  template <class A>
  static arith::Approx<A> value(double x) {
    if (std::fabs(x) < 0x1p-10 * A::op) return {typename A::Real(0.5), 0, x > 0 ? 1 : -1};  // 1/2 + x/4 - ...
    const auto e = logistic::decay<A>(x);
    const auto s = x < 0 ? logistic::smaller<A>(e) : logistic::larger<A>(e);
    return {s, 2 * A::fn * A::magnitude(s) + A::floor};
  }

  template <class A>
  static arith::Approx<A> derivative(double x) {
    if (x * x < 0x1p-10 * A::op) return {typename A::Real(0.25), 0, -1};  // 1/4 - x^2/16 + ...
    const auto e = logistic::decay<A>(x);
    const auto d = logistic::smaller<A>(e) * logistic::larger<A>(e);
    return {d, 3 * A::fn * A::magnitude(d) + A::floor};
  }
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::element_kernel<Sigmoid>(
    "sigmoid", arguments,
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::sigmoid)[simd::target_index()](request, stretch);
    },
    {.reduction = false});

}  // namespace

const Loss sigmoid{kernel};

}  // namespace lossproof
#endif
