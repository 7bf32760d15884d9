// L(p, y) = -y log p - (1 - y) log(1 - p), each logarithm at least -100.
// dL/dp = -y / p + (1 - y) / (1 - p) = (p - y) / (p (1 - p)), where a logarithm that is clamped is a constant;
// dL/dy = log(1 - p) - log p. It is 0 at p = 1/2 alone.
#include <cmath>
#include <optional>

#include "engine/elements.h"
#include "lossproof/losses.h"

namespace lossproof {
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
  static constexpr double least_log = -100;

  /// Whether log p < -100: this is the largest double below e^-100.
  static bool is_clamped(double p) { return p <= 0x1.a8c1f14e2af5cp-145; }

  template <class A>
  static Tracked<A> log_of_input(double p) {
    return is_clamped(p) ? Tracked<A>(least_log) : arith::log_of<A>(p);
  }
  /// Of doubles below 1 the nearest is 2^-53 away, which is far from e^-100.
  template <class A>
  static Tracked<A> log_of_rest(double p) {
    return p == 1 ? Tracked<A>(least_log) : arith::log_of_complement<A>(p);
  }
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real, true}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel =
    detail::element_kernel<BinaryCrossEntropy>("binary_cross_entropy", arguments, nullptr, {.weight = true});

}  // namespace

const Loss binary_cross_entropy{kernel};

}  // namespace lossproof
