// One term of the Kullback-Leibler divergence: Kullback and Leibler, "On information and sufficiency", 1951, eq. 2.4,
// of a target and a log-probability; the target may be a logarithm too, as in PyTorch's KLDivLoss.
#include <cmath>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  const R& x = row.x[0];
  const R& y = row.y[0];
  if (row.parameters.log_target) return {exp(y) * (y - x), {-exp(y)}, {exp(y) * (y - x + 1)}};
  return {y * (log(y) - x), {-y}, {log(y) + 1 - x}};
}

// As the definition: no identity narrows log y - x where it cancels. A y that is not positive is left to the contract
// by a logarithm of which nothing is known.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const R& y = row.y[0];
  if (row.parameters.log_target) {
    const R e = exp_enclosure(y);
    if (wanted.value) term.value = e * (y - x);
    if (wanted.grad) term.grad.assign(1, -e);
    if (wanted.grad_y) term.grad_y.assign(1, e * (y - x + 1));
    return;
  }
  if (wanted.value) term.value = y * (log_enclosure(y) - x);
  if (wanted.grad) term.grad.assign(1, is_positive(y) ? R(-y) : log_enclosure(y));
  if (wanted.grad_y) term.grad_y.assign(1, log_enclosure(y) + (1 - x));
}

// A y of 0, whatever x is, costs nothing: y log y -> 0 and y x = 0. There is no logarithm of a negative y. The
// difference of two infinities has no limit.
Limit limit_of_numbers(double x, double y) {
  if (y < 0) return limit_of(nan_value, nan_value, nan_value);
  if (y == 0) return limit_of(0, 0, -infinity);
  const double gap = std::isinf(y) ? y - x : -x;
  return limit_of(gap, -y, gap);
}

/// From it on a logarithm counts as infinite where x is another number: e^y times a gap of 2^-1074 is beyond every
/// dtype.
constexpr double huge = 0x1p30;

// A y of -inf is a y of 0 above: it costs nothing even at x = -inf, where e^y (y - x) has no limit.
Limit limit_of_logarithms(double x, double y) {
  if (y == -infinity) {
    Limit none = limit_of(0, 0, 0);
    none.zero_is_limit[0] = none.y_zero_is_limit[0] = true;
    return none;
  }
  if (y <= huge) return limit_of(-x, 0, -x, {.grad = true});
  if (std::isinf(x) || std::isinf(y)) return limit_of(y - x, -infinity, y - x);
  const Rational gap = Rational(y) - Rational(x);
  return limit_of(times_infinity(gap.sign()), -infinity, times_infinity(Rational(gap + 1).sign()));
}

std::optional<Limit> limit(const Row<double>& row) {
  if (has_nan(row)) return limit_of(nan_value, nan_value, nan_value);
  return row.parameters.log_target ? limit_of_logarithms(row.x[0], row.y[0]) : limit_of_numbers(row.x[0], row.y[0]);
}

bool is_undefined(const Row<double>& row) { return !row.parameters.log_target && row.y[0] < 0; }

bool is_edge(const Row<double>& row) { return row.parameters.log_target ? row.y[0] > huge : row.y[0] <= 0; }

// log y is irrational for rational y other than 1, and e^y for y other than 0 (Lindemann).
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  const Rational x(row.x[0]);
  const Rational y(row.y[0]);
  if (!row.parameters.log_target) return y == 1 ? std::optional<Rational>(-x) : std::nullopt;
  return y == 0 || x == y ? std::optional<Rational>(y - x) : std::nullopt;
}

/// e^y below it, times a gap of less than 2^1025, is below 2^-15000.
constexpr double far_below = -12'000;

std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t) {
  const Rational y(row.y[0]);
  const bool by_target = output == Output::grad_target;
  if (!row.parameters.log_target) {
    if (!by_target) return Near{-y};
    return y == 1 ? std::optional(Near{1 - Rational(row.x[0])}) : std::nullopt;
  }
  const Rational factor = by_target ? Rational(y - Rational(row.x[0]) + 1) : Rational(-1);
  if (factor == 0 || y == 0) return Near{factor};
  return y < far_below ? std::optional(Near{Rational(0), factor.sign()}) : std::nullopt;
}

// A sum of y log y of y <= 1, which are of one sign, is the logarithm of an algebraic number other than 1 unless all
// are 0 (Lindemann). A sum of e^y (y - x) with factors of one sign has nonzero coefficients of distinct exponentials,
// which are irrational unless all have y = 0 (Lindemann and Weierstrass).
bool is_in_theorem_of_sums(const Row<double>& row) {
  if (!row.parameters.log_target) return row.y[0] <= 1;
  return row.y[0] == 0 || row.y[0] >= row.x[0];
}

}  // namespace

const Definition& kl_div() {
  static const Definition loss{
      .name = "kl_div",
      .form = Form::elements,
      .arguments = {{"input", Argument::Kind::real}, {"target", Argument::Kind::real}},
      .takes = {.log_target = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .is_edge = is_edge,
      .is_undefined = is_undefined,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = is_in_theorem_of_sums},
  };
  return loss;
}

}  // namespace oracles
