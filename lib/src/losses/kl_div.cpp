// L(x, y) = t (log t - x) for the log-probability x of a class and its target t = y, or t = e^y where the target is a
// logarithm. dL/dx = -t; dL/dy = log y + 1 - x, or t (y + 1 - x).
//
// Near t = e^x the difference cancels; that costs further arithmetics, no accuracy. Since log t is irrational for
// rational t other than 1 (Lindemann), the results are 0 only where they are for t = 1: at x = 0, and dL/dy at x = 1; of a
// logarithm y at x = y, and dL/dy at x = y + 1.
#include <cmath>
#include <optional>

#include "engine/elements.h"
#include "lossproof/losses.h"

namespace lossproof {
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
                                .in_vectors = nullptr};

}  // namespace

const Loss kl_div{kernel};

}  // namespace lossproof
