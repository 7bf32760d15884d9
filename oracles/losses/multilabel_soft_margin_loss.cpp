// Multi-label soft margin: the mean over the classes of the binary cross entropy of Bishop, Pattern Recognition and
// Machine Learning, eq. 4.90, with the logistic sigmoid of eq. 4.59, as PyTorch's MultiLabelSoftMarginLoss has it.
#include <cmath>
#include <map>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

template <class R>
R classes(const Row<R>& row) {
  return R(static_cast<double>(row.x.size()));
}

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  Term<R> term{R(0), {}};
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const R& y = row.y[j];
    const R s = 1 / (1 + exp(-row.x[j]));
    term.value = term.value + weighted(row, R(-y * log(s) - (1 - y) * log(1 - s)), j) / classes(row);
    term.grad.push_back(weighted(row, R(s - y), j) / classes(row));
    term.grad_y.push_back(weighted(row, R(log(1 - s) - log(s)), j) / classes(row));
  }
  return term;
}

/// Of finite numbers, as doubles are, only infinities are larger.
template <class R>
bool is_infinite(const R& x) {
  const R largest(std::numeric_limits<double>::max());
  return is_greater(x, largest) || is_greater(R(-x), largest);
}

// As binary_cross_entropy_with_logits: with t = exp(-|x|), -y log s - (1 - y) log(1 - s) = log(1 + t) + max(x, 0) - x
// y. The term of an infinite logit that the limit leaves to this is 0; a weight of 0 leaves nothing of a class.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R count = classes(row);
  if (wanted.grad) term.grad.assign(row.x.size(), R(0));
  if (wanted.grad_y) term.grad_y.assign(row.x.size(), R(0));
  R sum = 0;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const R& x = row.x[j];
    const R& y = row.y[j];
    if (!row.w.empty() && is_zero(row.w[j])) continue;
    const bool positive = is_positive(x);
    const R t = exp_enclosure(positive ? R(-x) : x);
    if (wanted.value && !is_infinite(x)) {
      const R linear = is_zero(x) ? R(0) : positive ? R((1 - y) * x) : R(-(y * x));
      sum = sum + weighted(row, R(log1p_enclosure(t) + linear), j);
    }
    if (wanted.grad_y) term.grad_y[j] = weighted(row, R(-x), j) / count;
    if (!wanted.grad) continue;
    const R smaller = t / (1 + t);
    term.grad[j] = weighted(row, positive ? R((1 - y) - smaller) : R(smaller - y), j) / count;
  }
  if (wanted.value) term.value = sum / count;
}

/// The limit of one class's share of the loss, an infinity, or 0 where it is finite; for a weight other than 0.
double infinite_term(double x, double y) {
  if (std::isinf(y)) return x == 0 ? 0 : -x * y;
  if (!std::isinf(x)) return 0;
  return times_infinity(x > 0 ? Rational(1 - Rational(y)).sign() : sign_of(y));
}

// L ~ -x y for y = +-inf, but at x = 0 it does not depend on y; and (1 - y) x or -y x at x = +-inf, class by class. A
// sum of opposite infinities has no limit, and no class has none. The derivatives are what the formula makes of
// infinities.
std::optional<Limit> limit(const Row<double>& row) {
  const std::size_t n = row.x.size();
  const std::vector<Extended> nowhere(n, nan_value);
  Limit result{{nan_value, nowhere, nowhere}, std::vector<bool>(n), std::vector<bool>(n)};
  if (has_nan(row) || n == 0) return result;
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const int w = sign_of(weight_of(row, j));
    if (w != 0) sum += w * infinite_term(row.x[j], row.y[j]);
    result.zero_is_limit[j] = w != 0 && std::isinf(row.x[j]);
  }
  result.value = sum;
  result.left = {.value = sum == 0, .grad = true, .grad_y = true};
  return result;
}

bool is_edge(const Row<double>& row) { return row.x.empty(); }

// For distinct rational u >= 0 the sum of k(u) log(1 + e^-u) with rational k is irrational unless all k are 0. Let it
// be r, the k integers (a multiple has them), and z = e^(1/d) for a common denominator d of r and the u. z is
// transcendental (Lindemann), so that the product of (1 + z^-n)^k equals z^(d r) only as functions of z. The largest n
// with k != 0, if it is not 0, has a primitive 2n-th root of unity among the roots of 1 + z^-n, which is one of no
// smaller n: the sides differ. If it is 0, they are 2^k and z^(d r), which differ too. So L is as its factors of each
// |x| say.
std::map<Rational, Rational> factors_of_logarithms(const Row<double>& row) {
  std::map<Rational, Rational> factors;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (std::isfinite(row.x[j])) factors[Rational(std::fabs(row.x[j]))] += Rational(weight_of(row, j));
  }
  return factors;
}

std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  for (const auto& [size, factor] : factors_of_logarithms(row)) {
    if (factor != 0) return std::nullopt;
  }
  Rational sum = 0;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (!std::isfinite(row.x[j]) || row.x[j] == 0 || weight_of(row, j) == 0) continue;
    const Rational x(row.x[j]);
    sum += Rational(weight_of(row, j)) * ((x > 0 ? x : Rational(0)) - x * Rational(row.y[j]));
  }
  return sum / static_cast<long>(row.x.size());
}

bool is_in_theorem_of_sums(const Row<double>& row) {
  for (const double w : row.w) {
    if (w < 0) return false;
  }
  return true;
}

/// From it on e^-|x| < 2^-16302, which is less than 2^-15000 of any 1 - y or y other than 0, and times any weight.
constexpr double far_out = 11'300;

// s is rational only if e^-x is, that is at x = 0 (Lindemann), and in the limit, beside which it lies far out.
std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t j) {
  const Rational scale = Rational(weight_of(row, j)) / static_cast<long>(row.x.size());
  const double x = row.x[j];
  if (scale == 0) return Near{scale};
  if (output == Output::grad_target) return Near{-scale * Rational(x)};
  const Rational derivative = scale * (Rational(x == 0 ? 0.5 : x > 0 ? 1 : 0) - Rational(row.y[j]));
  if (x == 0 || std::isinf(x)) return Near{derivative};
  if (std::fabs(x) < far_out) return std::nullopt;
  return Near{derivative, x > 0 ? -scale.sign() : scale.sign()};
}

}  // namespace

const Definition& multilabel_soft_margin_loss() {
  static const Definition loss{
      .name = "multilabel_soft_margin_loss",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real}},
      .takes = {.weight = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .is_edge = is_edge,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = is_in_theorem_of_sums},
  };
  return loss;
}

}  // namespace oracles
