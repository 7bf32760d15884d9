// Binary cross entropy of probabilities: Bishop, Pattern Recognition and Machine Learning, eq. 4.90, with logarithms of
// at least -100 as PyTorch's BCELoss documents them.
#include <cmath>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

constexpr double least_log = -100;

/// The largest double below e^-100, which Arb's 128 bits tell from it.
double largest_clamped() {
  static const double largest = [] {
    const ArbPrecision in_force(128);
    return arf_get_d(arb_midref(exp_enclosure(Arb(least_log)).get()), ARF_RND_DOWN);
  }();
  return largest;
}

double number(const Ball& x) { return x.mid; }
double number(const Arb& x) { return arf_get_d(arb_midref(x.get()), ARF_RND_NEAR); }
double number(const Ball100& x) { return static_cast<double>(x.mid); }
double number(const Dual& x) { return number(x.value); }
double number(const Rational& x) { return x.convert_to<double>(); }
double number(double x) { return x; }

/// Where log p is clamped. Of doubles below 1 none is nearer than 2^-53, so that log(1 - p) is at p = 1 alone.
template <class R>
bool is_clamped(const R& p) {
  return number(p) <= largest_clamped();
}

inline bool is_clamped(const Interval& p) { return !is_greater(p, Interval(largest_clamped())); }

template <class R>
bool is_one(const R& p) {
  return number(p) == 1;
}
inline bool is_one(const Interval& p) { return !is_greater(Interval(1), p); }

/// Where both logarithms are one, and the target has no part in the loss.
constexpr double half = 0.5;

template <class R>
bool is_half(const R& p) {
  return !is_greater(p, R(half)) && !is_greater(R(half), p);
}

/// The derivative with respect to p, where a clamped logarithm is a constant.
template <class R>
R derivative(const R& p, const R& y) {
  if (is_clamped(p)) return (1 - y) / (1 - p);
  if (is_one(p)) return -y;
  return (p - y) / (p * (1 - p));
}

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::log;
  const R& p = row.x[0];
  const R& y = row.y[0];
  const R log_p = is_clamped(p) ? R(least_log) : R(log(p));
  const R log_rest = is_one(p) ? R(least_log) : R(log(1 - p));
  return {weighted(row, R(-y * log_p - (1 - y) * log_rest)),
          {weighted(row, derivative(p, y))},
          {weighted(row, R(log_rest - log_p))}};
}

/// log(1 - p) for p in [0, 1]: 1 - p of a double p from 1/2 on is exact.
template <class R>
R log_of_rest(const R& p) {
  if (is_one(p)) return R(least_log);
  return is_greater(R(0.5), p) ? log1p_enclosure(R(-p)) : log_enclosure(R(1 - p));
}

template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& p = row.x[0];
  const R& y = row.y[0];
  if (wanted.grad) term.grad.assign(1, weighted(row, derivative(p, y)));
  if (!wanted.value && !wanted.grad_y) return;
  const R log_p = is_clamped(p) ? R(least_log) : log_enclosure(p);
  const R log_rest = log_of_rest(p);
  if (wanted.value) term.value = weighted(row, is_half(p) ? R(-log_p) : R(-(y * log_p + (1 - y) * log_rest)));
  if (wanted.grad_y) term.grad_y.assign(1, weighted(row, R(log_rest - log_p)));
}

// The loss is y dL/dy and a number, which at p = 1/2 is all of it; dL/dp falls with y everywhere, and dL/dy does not
// depend on it.
std::optional<Limit> limit(const Row<double>& row) {
  const double p = row.x[0];
  const double y = row.y[0];
  if (has_nan(row)) return limit_of(nan_value, nan_value, nan_value);
  return weighted(limit_of(p < 0.5 ? y : -y, -y, 0, {.value = p == half, .grad_y = true}), weight_of(row));
}

// Of p = m / 2^k with odd m and k >= 1, 1 - p is an odd number over 2^k too. So p^y (1 - p)^(1 - y), raised to the
// denominator of y, is a product of powers of odd numbers over a power of 2, never 1, and its logarithm -L irrational
// (Lindemann). So is a sum of such logarithms with weights of one sign, in which these powers of 2 cannot cancel. Where
// log p is clamped, L is 100 y - (1 - y) log(1 - p).
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  const Rational w(weight_of(row));
  const double p = row.x[0];
  if (w == 0) return w;
  if (p == half) return std::nullopt;
  const Rational y(row.y[0]);
  if (p == 1) return -w * Rational(least_log) * (1 - y);
  if (p == 0 || (is_clamped(p) && y == 1)) return -w * Rational(least_log) * y;
  return std::nullopt;
}

bool is_in_theorem_of_sums(const Row<double>& row) {
  const double factor = is_clamped(row.x[0]) ? 1 - row.y[0] : 1;
  return weight_of(row) * sign_of(factor) >= 0;
}

// log((1 - p) / p) is irrational but for p = 1/2 (Lindemann), and so is log(1 - p) for p > 0.
std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t) {
  const Rational w(weight_of(row));
  const double p = row.x[0];
  if (output == Output::grad) return Near{w * derivative(Rational(p), Rational(row.y[0]))};
  if (w == 0 || p == half) return Near{Rational(0)};
  if (p == 0 || p == 1) return Near{w * Rational(p == 0 ? -least_log : least_log)};
  return std::nullopt;
}

}  // namespace

const Definition& binary_cross_entropy() {
  static const Definition loss{
      .name = "binary_cross_entropy",
      .form = Form::elements,
      .arguments = {{"input", Argument::Kind::real, Domain{0, 1}}, {"target", Argument::Kind::real}},
      .takes = {.weight = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = is_in_theorem_of_sums},
  };
  return loss;
}

}  // namespace oracles
