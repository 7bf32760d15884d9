// (x - y)^2, with the derivative 2 (x - y).
//
// Radius: the difference is off by op relatively, the square by op more: (1 + op)^3 - 1 < 4 op. In double-double a
// square below 2^-900 has lost low parts to underflow; it is then within `floor` of the truth. Exact results are told
// apart, since they often lie midway between two numbers: x^2 of few bits, x - 1 for x in [1/4, 1/2).
#include "engine/elements.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

using arith::Approx;
using detail::KnownDerivative;

struct SquaredError {
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
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::element_kernel<SquaredError>("mse_loss", arguments);

}  // namespace

const Loss mse_loss{kernel};

}  // namespace lossproof
