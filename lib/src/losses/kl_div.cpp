// L(x, y) = t (log t - x) for the log-probability x of a class and its target t = y, or t = e^y where the target is a
// logarithm. dL/dx = -t; dL/dy = log y + 1 - x, or t (y + 1 - x).
//
// Near t = e^x the difference cancels; that costs further arithmetics, no accuracy. Since log t is irrational for
// rational t other than 1 (Lindemann), the results are 0 only where they are for t = 1: at x = 0, and dL/dy at x = 1;
// of a logarithm y at x = y, and dL/dy at x = y + 1.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/kl_div.cpp"
#include <hwy/foreach_target.h>

#include <cmath>
#include <optional>

#include "engine/elements.h"
#include "lossproof/losses.h"
#include "simd/elements-inl.h"
#include "simd/logarithm-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Where there is no mass x has no part in the value, unless it is NaN.
HWY_INLINE Vec input_beside(Vec x, Mask none) { return hn::IfThenZeroElse(none, x); }

HWY_INLINE Mask is_usable(Vec x, Mask none) {
  return hn::And(hn::Eq(x, x), hn::Le(hn::Abs(input_beside(x, none)), constant(0x1p60)));
}

/// For |x| <= 2^60 and y in [0, 2^60]. log y is off by log_error of itself, the difference by op of itself and the
/// product by op more; -y times its factor by op, unless the factor is exact. Another 4 op are for the ends of the
/// enclosure.
class DivergenceLanes {
 public:
  using Sum = Terms<DivergenceLanes>;

  DivergenceLanes(Vec x, Vec y) : x_(x), y_(y) {}

  Mask usable() const {
    const Mask in_range = hn::And(hn::Ge(y_, hn::Zero(lanes)), hn::Le(y_, constant(0x1p60)));
    return hn::And(in_range, is_usable(x_, is_none()));
  }

  /// Never -0.
  Bounded value(bool) const {
    const Vec x = input_beside(x_, is_none());
    const Vec log = hn::IfThenZeroElse(is_none(), log_of_element(y_));
    const Vec mass = hn::Mul(y_, hn::Add(hn::Abs(log), hn::Abs(x)));
    constexpr double error = log_error(Precision::element) + 8 * arith::Fast::op;
    return {hn::MulAdd(y_, hn::Sub(log, x), hn::Zero(lanes)), hn::Mul(constant(error), mass)};
  }

  Bounded gradient(const Factor& factor) const {
    const Vec product = hn::Sub(hn::Zero(lanes), hn::Mul(y_, factor.value));
    const double error = factor.exact ? 0 : 6 * arith::Fast::op;
    return {product, hn::Mul(hn::Abs(product), constant(error))};
  }

 private:
  Mask is_none() const { return hn::Eq(y_, hn::Zero(lanes)); }

  Vec x_;
  Vec y_;
};

/// For |x| <= 2^60 and |y| <= exp_limit, or y = -infinity. e^y is off by the error of exp, the difference and the
/// products by an op each. Another 4 op are for the ends of the enclosure.
class DivergenceOfLogarithmsLanes {
 public:
  using Sum = Terms<DivergenceOfLogarithmsLanes>;

  DivergenceOfLogarithmsLanes(Vec x, Vec y) : x_(x), y_(y) {}

  Mask usable() const {
    const Mask in_range = hn::Or(is_none(), hn::Le(hn::Abs(y_), constant(exp_limit)));
    return hn::And(in_range, is_usable(x_, is_none()));
  }

  /// Never -0.
  Bounded value(bool) const {
    const Vec gap = hn::IfThenZeroElse(is_none(), hn::Sub(y_, x_));
    const Vec product = hn::MulAdd(mass(), gap, hn::Zero(lanes));
    return {product, hn::Mul(hn::Abs(product), constant(error))};
  }

  Ends gradient(const Factor& factor) const {
    return within(hn::Sub(hn::Zero(lanes), hn::Mul(mass(), factor.value)), error);
  }

 private:
  static constexpr double error = exp_error(Precision::element) + 7 * arith::Fast::op;

  Mask is_none() const { return hn::Eq(y_, constant(-HUGE_VAL)); }
  /// e^y.
  Vec mass() const {
    return hn::IfThenZeroElse(is_none(), exp<Precision::element>(clamped(y_, -exp_limit, exp_limit)));
  }

  Vec x_;
  Vec y_;
};

void kl_div(const detail::Request& request, detail::Stretch& stretch) {
  if (request.parameters.log_target) return element_pass<DivergenceOfLogarithmsLanes>(request, stretch);
  element_pass<DivergenceLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(kl_div);
}
namespace {

using arith::Tracked;
using detail::KnownDerivative;

struct Divergence {
  static constexpr std::size_t inputs = 2;

  static std::optional<double> known_value(double x, double y) {
    if (y < 0) return detail::nan_value;
    if (y == 0 || (y == 1 && x == 0)) return 0;
    if (std::isinf(y) || std::isinf(x)) return y * ((std::isinf(y) ? y : 0) - x);
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_derivative(double, double y) {
    return KnownDerivative{y < 0 ? detail::nan_value : -y};
  }

  /// At y = 0 the limit of -infinity for every finite x.
  static std::optional<KnownDerivative> known_target_derivative(double x, double y) {
    if (y < 0) return KnownDerivative{detail::nan_value};
    if (y == 0) return KnownDerivative{-detail::infinity};
    if (y == 1 && x == 1) return KnownDerivative{0};
    if (std::isinf(y) || std::isinf(x)) return KnownDerivative{(std::isinf(y) ? y : 0) - x};
    return std::nullopt;
  }

  template <class A>
  static Tracked<A> value(double x, double y) {
    return Tracked<A>(y) * (arith::log_of<A>(y) - Tracked<A>(x));
  }
  template <class A>
  static Tracked<A> derivative(double, double y) {
    return Tracked<A>(-y);
  }
  template <class A>
  static Tracked<A> target_derivative(double x, double y) {
    return arith::log_of<A>(y) + Tracked<A>::difference(1, x);
  }
};

/// At y = -infinity, a target of 0, the results are 0 whatever x is.
struct DivergenceOfLogarithms {
  static constexpr std::size_t inputs = 2;

  static std::optional<double> known_value(double x, double y) {
    if (is_none(y) || (x == y && !std::isinf(x))) return 0;
    if (is_huge(y) || std::isinf(x)) return detail::infinity * (y - x);
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_derivative(double, double y) {
    if (is_none(y)) return KnownDerivative{0, true};
    if (is_huge(y)) return KnownDerivative{-detail::infinity};
    return std::nullopt;
  }

  static std::optional<KnownDerivative> known_target_derivative(double x, double y) {
    if (is_none(y)) return KnownDerivative{0, true};
    const arith::DD excess = arith::two_sum(x, -y);
    if (excess.hi == 1 && excess.lo == 0) return KnownDerivative{0};
    if (is_huge(y) || std::isinf(x)) return KnownDerivative{detail::infinity * (y - x + 1)};
    return std::nullopt;
  }

  template <class A>
  static Tracked<A> value(double x, double y) {
    return arith::exp_of<A>(y) * Tracked<A>::difference(y, x);
  }
  template <class A>
  static Tracked<A> derivative(double, double y) {
    return -arith::exp_of<A>(y);
  }
  template <class A>
  static Tracked<A> target_derivative(double x, double y) {
    return arith::exp_of<A>(y) * (Tracked<A>::difference(y, x) + Tracked<A>(1.0));
  }

 private:
  static bool is_none(double y) { return y == -detail::infinity; }

  /// e^(2^30) times a gap of 2^-1074, a factor of 2^-1074 and over a count of 2^63 is beyond every dtype.
  static bool is_huge(double y) { return y > 0x1p30; }
};

Refinements run(const detail::Kernel& kernel, const detail::Request& request) {
  if (request.parameters.log_target) return detail::run_elements<DivergenceOfLogarithms>(kernel, request);
  return detail::run_elements<Divergence>(kernel, request);
}

constexpr Argument arguments[] = {{"input", Argument::Kind::real}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel{.name = "kl_div",
                                .form = detail::Form::elements,
                                .arguments = arguments,
                                .takes = {.log_target = true},
                                .run = run,
                                .in_vectors = [](const detail::Request& request, detail::Stretch& stretch) {
                                  HWY_DISPATCH_TABLE(simd::kl_div)[simd::target_index()](request, stretch);
                                }};

}  // namespace

const Loss kl_div{kernel};

}  // namespace lossproof
#endif
