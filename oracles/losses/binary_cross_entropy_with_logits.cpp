// Binary cross entropy from logits: Bishop, Pattern Recognition and Machine Learning, eq. 4.90, with the logistic
// sigmoid of eq. 4.59 and its derivative of eq. 4.91.
#include <cmath>
#include <limits>

#include "oracles/definitions.h"

namespace oracles {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  const R& y = row.y[0];
  const R s = 1 / (1 + exp(-row.x[0]));
  return {-y * log(s) - (1 - y) * log(1 - s), {s - y}, {log(1 - s) - log(s)}};
}

// With t = exp(-|x|) in (0, 1]: for x <= 0, -log s = log(1 + t) - x, -log(1 - s) = log(1 + t) and s = t / (1 + t); for
// x > 0, -log s = log(1 + t), -log(1 - s) = log(1 + t) + x and 1 - s = t / (1 + t). So
//   L = log(1 + t) + (x > 0 ? (1 - y) x : -y x),   dL/dx = x > 0 ? (1 - y) - t / (1 + t) : t / (1 + t) - y,
// where t occurs once in L, nothing cancels for y in {0, 1}, and the rest is exact where it fits: a t that is too
// small for MPFR ([0, 2^-2^30]) leaves an enclosure whose lower end is that exact rest. dL/dy = -x.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const R& y = row.y[0];
  const bool positive = is_positive(x);
  const R t = exp_enclosure(positive ? R(-x) : x);
  if (wanted.value) term.value = log1p_enclosure(t) + (positive ? R((1 - y) * x) : R(-(y * x)));
  if (wanted.grad_y) term.grad_y.assign(1, R(-x));
  if (!wanted.grad) return;
  const R smaller = t / (1 + t);
  term.grad.assign(1, positive ? R((1 - y) - smaller) : R(smaller - y));
}

/// The loss at logits of +-inf: the sign of infinity that its vanishing or growing factor has, or 0.
double value_at_infinity(double factor) { return factor == 0 ? 0 : factor > 0 ? infinity : -infinity; }

// L ~ -x y for y = +-inf. At x = +inf, L = softplus(-x) + (1 - y) x; at x = -inf, L = softplus(x) - y x.
std::optional<Limit> limit(const Row<double>& row) {
  const double x = row.x[0];
  const double y = row.y[0];
  if (std::isnan(x) || std::isnan(y)) return Limit{{nan, {nan}, {nan}}, {false}, {false}};
  if (std::isinf(y)) return Limit{{x == 0 ? nan : -x * y, {-y}, {-x}}, {false}, {false}};
  if (std::isfinite(x)) return std::nullopt;
  if (x > 0) return Limit{{value_at_infinity(1 - y), {Rational(1) - Rational(y)}, {-x}}, {true}, {false}};
  return Limit{{value_at_infinity(y), {-y}, {-x}}, {true}, {false}};
}

// For rational x and y, L = log(1 + e^x) - x y is irrational: were it rational, then e^0 + e^x = e^(L + xy), a linear
// relation with nonzero rational coefficients between exponentials of rationals, in which equal exponents leave e^0 * 2
// = e^L at x = 0; by the Lindemann-Weierstrass theorem distinct exponents admit none, and 2 = e^L needs L = 0. The same
// holds for a sum over rows: the product of the (1 + e^x) expands into exponentials with positive integer coefficients
// of sum 2^n >= 2, against the one exponential of the sum of L + xy.
std::optional<Rational> exact_value(const Row<double>&, std::size_t) { return std::nullopt; }

// s is rational only if e^-x is, that is at x = 0 (Lindemann).
std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t) {
  if (output == Output::grad_target) return Near{Rational(-row.x[0])};
  if (row.x[0] != 0) return std::nullopt;
  return Near{Rational(0.5) - Rational(row.y[0])};
}

}  // namespace

const Definition& binary_cross_entropy_with_logits() {
  static const Definition loss{
      .name = "binary_cross_entropy_with_logits",
      .form = Form::elements,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real}},
      .takes = {},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = [](const Row<double>&) { return true; }},
  };
  return loss;
}

}  // namespace oracles
