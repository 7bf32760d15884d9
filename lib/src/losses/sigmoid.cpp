// sigmoid(x) = 1 / (1 + e^-x): with e = e^-|x| it is e / (1 + e) for x < 0, 1 / (1 + e) for others; its derivative is
// e / (1 + e)^2, whose condition in e is at most 1.
//
// Near 0 they are 1/2 and 1/4 and next to nothing, which tells the side of a midpoint (Approx::beyond).
//
// Radius: e is off by fn of itself and by `floor`, a sum, a quotient and a product by op each.
// In lanes from e = e^-x, for x within exp_limit, where it neither overflows nor cancels: s = 1 / (1 + e) by the error
// E of exp and 2 op, the derivative s (s e) by E and 6 op, its factor and the product by two more. Another 4 op are for
// the ends of the enclosure. Beyond exp_limit both are of decay's kind (see simd::decay), and so is 1 - s.
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
      : x_(x),
        e_(decay<Precision::element>(hn::Min(hn::Neg(x), constant(exp_limit)))),
        sigmoid_(hn::Div(constant(1), hn::Add(e_, constant(1)))) {}

  Mask usable() const { return hn::Lt(hn::Abs(x_), constant(HUGE_VAL)); }
  /// At infinity too, where the value is 1 as it is far out.
  Mask is_normal() const { return hn::Ge(x_, constant(-most_normal)); }

  Near near_value() const { return {sigmoid_, error + 6 * arith::Fast::op}; }
  Ends value(bool) const { return ends_of(near_value()); }

  Ends gradient(const Factor& factor) const {
    const Vec derivative = hn::Mul(sigmoid_, hn::Mul(sigmoid_, e_));
    return within(hn::Mul(derivative, factor.value), error + 12 * arith::Fast::op);
  }

 private:
  static constexpr double error = exp_error(Precision::element);

  Vec x_;
  Vec e_;
  Vec sigmoid_;
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
constexpr detail::Kernel kernel =
    detail::element_kernel<Sigmoid>("sigmoid", arguments,
                                    [](const detail::Request& request, detail::Stretch& stretch) {
                                      HWY_DISPATCH_TABLE(simd::sigmoid)[simd::target_index()](request, stretch);
                                    },
                                    {.reduction = false});

}  // namespace

const Loss sigmoid{kernel};

}  // namespace lossproof
#endif
