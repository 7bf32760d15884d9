// Binary cross entropy from logits: Bishop, Pattern Recognition and Machine Learning, eq. 4.90, with the logistic
// sigmoid of eq. 4.59 and its derivative of eq. 4.91; a weight p of positive targets as in PyTorch's BCEWithLogitsLoss.
#include <cmath>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  const R& y = row.y[0];
  const R s = 1 / (1 + exp(-row.x[0]));
  const R p = row.pos_weight.empty() ? R(1) : row.pos_weight[0];
  return {weighted(row, R(-p * y * log(s) - (1 - y) * log(1 - s))),
          {weighted(row, row.pos_weight.empty() ? R(s - y) : R((1 - y) * s - p * y * (1 - s)))},
          {weighted(row, R(log(1 - s) - p * log(s)))}};
}

// With t = exp(-|x|) in (0, 1]: for x <= 0, -log s = log(1 + t) - x, -log(1 - s) = log(1 + t) and s = t / (1 + t); for
// x > 0, -log s = log(1 + t), -log(1 - s) = log(1 + t) + x and 1 - s = t / (1 + t). So
//   L = log(1 + t) + (x > 0 ? (1 - y) x : -y x),   dL/dx = x > 0 ? (1 - y) - t / (1 + t) : t / (1 + t) - y,
// where t occurs once in L, nothing cancels for y in {0, 1}, and the rest is exact where it fits: a t that is too
// small for MPFR ([0, 2^-2^30]) leaves an enclosure whose lower end is that exact rest. At x = 0 no y has a part in L.
// dL/dy = -x.
template <class R>
void plain(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const R& y = row.y[0];
  const bool positive = is_positive(x);
  const R t = exp_enclosure(positive ? R(-x) : x);
  if (wanted.value) {
    const R linear = is_zero(x) ? R(0) : positive ? R((1 - y) * x) : R(-(y * x));
    term.value = weighted(row, R(log1p_enclosure(t) + linear));
  }
  if (wanted.grad_y) term.grad_y.assign(1, weighted(row, R(-x)));
  if (!wanted.grad) return;
  const R smaller = t / (1 + t);
  term.grad.assign(1, weighted(row, positive ? R((1 - y) - smaller) : R(smaller - y)));
}

// With a weight p, and c = (1 - y) + p y:
//   L = c log(1 + t) + (x > 0 ? (1 - y) x : -p y x),   dL/dx = x > 0 ? (1 - y) - c t / (1 + t) : c t / (1 + t) - p y,
//   dL/dy = (p - 1) log(1 + t) - (x > 0 ? x : p x).
template <class R>
void positive_weighted(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const R& y = row.y[0];
  const R& p = row.pos_weight[0];
  const bool positive = is_positive(x);
  const R t = exp_enclosure(positive ? R(-x) : x);
  if (wanted.grad_y) term.grad_y.assign(1, weighted(row, R((p - 1) * log1p_enclosure(t) - (positive ? x : R(p * x)))));
  if (!wanted.value && !wanted.grad) return;
  const R c = (1 - y) + p * y;
  if (wanted.value) {
    term.value = weighted(row, R(c * log1p_enclosure(t) + (positive ? R((1 - y) * x) : R(-(p * y * x)))));
  }
  if (!wanted.grad) return;
  const R smaller = c * (t / (1 + t));
  term.grad.assign(1, weighted(row, positive ? R((1 - y) - smaller) : R(smaller - p * y)));
}

template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  if (row.pos_weight.empty() || is_zero(R(row.pos_weight[0] - 1))) return plain(row, wanted, term);
  positive_weighted(row, wanted, term);
}

double pos_weight_of(const Row<double>& row) { return row.pos_weight.empty() ? 1 : row.pos_weight[0]; }

/// c, the factor of log(1 + e^-x).
Rational mass(const Row<double>& row) {
  const double p = pos_weight_of(row);
  if (p == 1) return 1;
  const Rational y(row.y[0]);
  return 1 - y + Rational(p) * y;
}

/// The sign of dL/dy = (p - 1) log(1 + e^-x) - x, of its limit at x = +-inf. It is 0 for finite x only at x = 0 and p =
/// 1: the logarithm is irrational.
int sign_of_slope(double x, double p) {
  if (p == 1 || x == infinity) return -sign_of(x);
  if (x == -infinity || (p == 0 && x < 0)) return x == -infinity ? sign_of(p) : -1;
  return sign_of_nonzero([&] {
    const Arb l = log1p_enclosure(exp_enclosure(Arb(-std::fabs(x))));
    return (Arb(p) - 1) * l - (x > 0 ? Arb(x) : Arb(p) * Arb(x));
  });
}

/// The sign of -d2L/dxdy = s + p (1 - s), that of 1 + p e^-x, at finite x; 0 only at x = 0 and p = -1.
int sign_of_turn(double x, double p) {
  if (p >= 0) return 1;
  if (x == 0 && p == -1) return 0;
  return sign_of_nonzero([&] {
    const Arb t = exp_enclosure(Arb(-std::fabs(x)));
    return x > 0 ? 1 + Arb(p) * t : t + Arb(p);
  });
}

// L ~ y dL/dy for y = +-inf, and where that is 0 at a finite x, which is at x = 0 and p = 1, L does not depend on y.
// dL/dx ~ -y (s + p (1 - s)), which for s = 1/2 and p = -1 leaves 1/2. At x = +inf, L ~ (1 - y) x and dL/dx = 1 - y; at
// x = -inf, L ~ -p y x and dL/dx = -p y: what is 0 of these is so in the limit, unless c is 0. dL/dy does not depend on
// y.
std::optional<Limit> limit(const Row<double>& row) {
  const double x = row.x[0];
  const double y = row.y[0];
  const double p = pos_weight_of(row);
  if (has_nan(row)) return limit_of(nan_value, nan_value, nan_value);
  Limit result = limit_of(0, 0, 0, {.grad_y = std::isfinite(x)});
  if (std::isinf(x)) result.grad_y[0] = times_infinity(x > 0 ? -1 : sign_of(p));
  result.y_zero_is_limit[0] = std::isinf(x);
  if (std::isinf(y)) {
    const int slope = sign_of_slope(x, p);
    const int turn = x == -infinity ? sign_of(p) : x == infinity ? 1 : sign_of_turn(x, p);
    result.left.value = slope == 0 && std::isfinite(x);
    result.value = slope == 0 ? nan_value : slope * y;
    result.grad[0] = turn == 0 ? (std::isinf(x) ? nan_value : 0.5) : -turn * y;
  } else {
    const Rational away = x > 0 ? 1 - Rational(y) : Rational(p) * Rational(y);
    result.value = times_infinity(away.sign());
    result.grad[0] = x > 0 ? away : Rational(-away);
    result.zero_is_limit[0] = mass(row) != 0;
  }
  return weighted(result, weight_of(row));
}

// For rational x and y, L = c log(1 + e^-x) + (1 - y) x is irrational unless c = 0: were it rational, then so were
// log(1 + e^-x) = r, and e^0 + e^-x = e^r, a linear relation with nonzero rational coefficients between exponentials of
// rationals, in which equal exponents leave e^0 * 2 = e^r at x = 0; by the Lindemann-Weierstrass theorem distinct
// exponents admit none, and 2 = e^r needs r = 0. The same holds for a sum over rows whose factors of the logarithm are
// of one sign: as integers over a common denominator they are the exponents of a product of (1 + e^-x), which expands
// into exponentials with positive integer coefficients of sum 2^n >= 2, against the one exponential of the rest.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  const Rational w(weight_of(row));
  if (w != 0 && mass(row) != 0) return std::nullopt;
  return w * (1 - Rational(row.y[0])) * Rational(row.x[0]);
}

// L = a |x| + l and dL/dx = +-(a - q) with l and q in (0, e^-|x|), which is below 2^-92 for |x| >= 64, and below
// 2^-1154 for |x| >= 800.
std::optional<Beside> beside_double(const Row<double>& row, Output output) {
  const double x = row.x[0], size = std::fabs(x);
  if (output == Output::grad_target || !row.w.empty() || !row.pos_weight.empty() || size < 64) return std::nullopt;
  const Ball a = x > 0 ? 1 - Ball(row.y[0]) : Ball(row.y[0]);
  const Ball lead = output == Output::value ? a * Ball(size) : x > 0 ? a : -a;
  const int side = output == Output::value || x < 0 ? 1 : -1;
  return std::fabs(lead.mid) >= 0x1p-30 || size >= 800 ? beside(lead, side) : std::nullopt;
}

// s is rational only if e^-x is, that is at x = 0 (Lindemann).
std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t) {
  const Rational w(weight_of(row));
  const Rational x(row.x[0]);
  if (output == Output::grad_target) {
    return w == 0 || pos_weight_of(row) == 1 ? std::optional(Near{-w * x}) : std::nullopt;
  }
  const Rational c = mass(row);
  if (w != 0 && c != 0 && x != 0) return std::nullopt;
  return Near{w * (1 - Rational(row.y[0]) - c / 2)};
}

}  // namespace

const Definition& binary_cross_entropy_with_logits() {
  static const Definition loss{
      .name = "binary_cross_entropy_with_logits",
      .form = Form::elements,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real}},
      .takes = {.weight = true, .pos_weight = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .beside_double = beside_double,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = [](const Row<double>& row) { return weight_of(row) * mass(row).sign() >= 0; }},
  };
  return loss;
}

}  // namespace oracles
