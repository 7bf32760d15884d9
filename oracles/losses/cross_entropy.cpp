// Cross entropy of a class index, or of a mass for each class: Bishop, Pattern Recognition and Machine Learning, eq.
// 4.108 for one row, with the derivative of eq. 4.109; label smoothing: Szegedy et al., "Rethinking the inception
// architecture for computer vision", 2016, section 7; with weights as PyTorch documents CrossEntropyLoss.
#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/definitions.h"
#include "oracles/shares.h"

namespace oracles {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::size_t target_of(const auto& row) { return static_cast<std::size_t>(row.target); }

/// All the mass at one class.
bool is_index(const auto& row) { return row.has_class() && row.parameters.label_smoothing == 0; }

/// The mass of class c: of an index one-hot; with smoothing s, ((1 - s) y_c + s / C) w_c.
template <class R>
R mass(const Row<R>& row, std::size_t c) {
  const double s = row.parameters.label_smoothing;
  const R y = row.has_class() ? R(c == target_of(row) ? 1 : 0) : row.y[c];
  if (s == 0) return weighted(row, y, c);
  const R classes = static_cast<R>(static_cast<double>(row.x.size()));
  return weighted(row, R(((1 - R(s)) * classes * y + R(s)) / classes), c);
}

/// What -log(p_j) is multiplied with in the derivative with respect to y_j.
template <class R>
R factor_of_cost(const Row<R>& row, std::size_t j) {
  const double s = row.parameters.label_smoothing;
  return weighted(row, s == 0 ? R(1) : R(1 - R(s)), j);
}

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::log;
  const std::vector<R> p = shares::Softmax<R>(row.x).p;
  R total = 0;
  Term<R> term{R(0), {}};
  for (std::size_t c = 0; c < p.size(); ++c) {
    total = total + mass(row, c);
    if (!is_index(row) || c == target_of(row)) term.value = term.value - mass(row, c) * log(p[c]);
    if (!row.has_class()) term.grad_y.push_back(-factor_of_cost(row, c) * log(p[c]));
  }
  for (std::size_t j = 0; j < p.size(); ++j) term.grad.push_back(total * p[j] - mass(row, j));
  return term;
}

// With k a largest logit, e_j = exp(x_j - x_k) and r the sum of e_j over j != k (at least 0, and small on a confident
// row):
//   L = (x_k - x_t) + log(1 + r),   p_j = e_j / (1 + r),   p_k - 1 = -r / (1 + r).
// Nothing cancels: where k is not t, p_t <= 1/2. An e_j that is too small for MPFR ([0, 2^-2^30]) leaves enclosures
// with one end exact.
template <class R>
void enclosure_of_index(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const std::size_t t = target_of(row);
  const std::size_t k = shares::largest(row.x, t);
  if (wanted.grad) term.grad.resize(row.x.size());
  R rest = 0;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (j == k) continue;
    R e = exp_enclosure(row.x[j] - row.x[k]);
    rest = rest + e;
    if (wanted.grad) term.grad[j] = std::move(e);
  }
  if (wanted.value) {
    const R log_sum = log1p_enclosure(rest);
    term.value = weighted(row, k == t ? log_sum : R(row.x[k] - row.x[t] + log_sum), t);
  }
  if (!wanted.grad) return;
  const R sum = 1 + rest;
  term.grad[k] = 1;
  for (R& g : term.grad) g = g / sum;
  term.grad[t] = k == t ? R(-(rest / sum)) : R(term.grad[t] - 1);
  if (row.w.empty()) return;
  for (R& g : term.grad) g = weighted(row, g, t);
}

// See shares.h: L = sum of m_c depth_c + (sum of m_c) log(1 + r). A class without mass costs nothing, though it be absent.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  if (is_index(row)) return enclosure_of_index(row, wanted, term);
  const shares::Exponentials<R> p(row.x);
  std::vector<R> masses(row.x.size(), R(0));
  for (std::size_t c = 0; c < masses.size(); ++c) masses[c] = mass(row, c);
  if (wanted.value) {
    R deep = 0, total = 0;
    for (std::size_t c = 0; c < masses.size(); ++c) {
      if (is_zero(masses[c])) continue;
      total = total + masses[c];
      if (c != p.top) deep = deep + masses[c] * p.depth[c];
    }
    term.value = deep + total * log1p_enclosure(p.rest);
  }
  if (wanted.grad) {
    term.grad = shares::minus_share(p, masses);
    for (R& g : term.grad) g = -g;
  }
  if (!wanted.grad_y) return;
  term.grad_y.assign(row.y.size(), R(0));
  for (std::size_t j = 0; j < row.y.size(); ++j) {
    const R factor = factor_of_cost(row, j);
    if (!is_zero(factor)) term.grad_y[j] = factor * p.cost(j);
  }
}

/// The masses of finite targets, and of infinite ones the infinity, where that has a part.
std::vector<Extended> exact_masses(const Row<double>& row) {
  Row<double> finite = row;
  for (double& y : finite.y) y = std::isfinite(y) ? y : 0;
  finite.x.assign(row.x.size(), 0);
  const auto exact = row_over<Rational>(finite);
  std::vector<Extended> masses;
  for (std::size_t c = 0; c < row.x.size(); ++c) {
    const double slope = factor_of_cost(row, c);
    const bool is_infinite = !row.y.empty() && std::isinf(row.y[c]) && slope != 0;
    masses.push_back(is_infinite ? Extended(row.y[c] * slope) : Extended(mass(exact, c)));
  }
  return masses;
}

/// -1, 0 or 1.
int sign(const Extended& x) { return x.is_finite() ? x.rational().sign() : x.nonfinite() > 0 ? 1 : -1; }

Rational sum_of_finite(const std::vector<Extended>& masses) {
  Rational sum = 0;
  for (const Extended& m : masses) sum += m.rational();
  return sum;
}

// The loss is the sum of m_c (x_k - x_c) and a bounded part, x_k the largest logit. With x_k alone infinite it is F x_k,
// F the sum of the other masses, unless one of these is infinite, and less the sum of m_c x_c where F is 0. An absent
// class costs infinity, of its mass's sign, which is another variable: where signs differ there is no limit. The cost of
// the only class there is is 0. nullopt: the definition's.
std::optional<Extended> limit_of_value(const Row<double>& row, const std::vector<Extended>& masses) {
  const shares::Presence presence(row.x);
  double infinite = 0;
  Rational others = 0, linear = 0;
  bool has_infinite_mass = false;
  for (std::size_t c = 0; c < masses.size(); ++c) {
    const bool is_costless = !shares::is_absent(row.x[c]) && (presence.is_sole() || row.x[c] == infinity);
    if (!masses[c].is_finite() && !presence.is_sole() && is_costless) return nan;
    if (is_costless) continue;
    const bool is_infinite = shares::is_absent(row.x[c]) || !masses[c].is_finite();
    if (is_infinite && sign(masses[c]) != 0) infinite += sign(masses[c]) * infinity;
    has_infinite_mass |= !masses[c].is_finite();
    others += masses[c].rational();
    if (std::isfinite(row.x[c])) linear += masses[c].rational() * Rational(row.x[c]);
  }
  const bool decides = presence.is_one_hot() && !presence.is_sole() && !has_infinite_mass;
  if (decides && others != 0) infinite += others.sign() * infinity;
  if (infinite != 0) return infinite;
  if (presence.is_sole()) return Rational(0);
  return presence.is_one_hot() ? std::optional<Extended>(Rational(-linear)) : std::nullopt;
}

/// The derivatives with respect to the targets at one logit of +inf, or where x has no softmax.
void put_limits_by_target(Limit& result, const Row<double>& row) {
  const shares::Presence presence(row.x);
  for (std::size_t j = 0; j < row.y.size(); ++j) {
    const double factor = factor_of_cost(row, j);
    const double cost = presence.is_undefined() ? nan : row.x[j] == infinity ? 0 : infinity;
    result.grad_y[j] = factor == 0 ? 0 : factor * cost;
    result.y_zero_is_limit[j] = factor != 0 && !presence.is_sole();
  }
}

// Without mass the loss is 0, whatever the logits.
std::optional<Limit> limit(const Row<double>& row) {
  const auto& x = row.x;
  Limit result{{nan, std::vector<Extended>(x.size(), nan), std::vector<Extended>(row.y.size(), nan)},
               std::vector<bool>(x.size(), false),
               std::vector<bool>(row.y.size(), false)};
  if (shares::has_nan(x) || shares::has_nan(row.y)) return result;
  const shares::Presence presence(x);
  const std::vector<Extended> masses = exact_masses(row);
  put_limits_by_target(result, row);
  result.left.grad_y = !presence.is_undefined() && !presence.is_one_hot();
  if (std::ranges::all_of(masses, [](const Extended& m) { return sign(m) == 0; })) {
    result.value = 0;
    result.grad.assign(x.size(), 0);
    return result;
  }
  if (presence.is_undefined()) return result;
  const auto value = limit_of_value(row, masses);
  const bool has_finite_masses = std::ranges::all_of(masses, [](const Extended& m) { return m.is_finite(); });
  result.left.value = !value;
  result.left.grad = !presence.is_one_hot() && has_finite_masses;
  if (value) result.value = *value;
  if (result.left.grad) return result;
  result.grad = shares::limits_of_minus_share(x, masses);
  for (std::size_t j = 0; j < x.size(); ++j) {
    Extended& g = result.grad[j];
    g = g.is_finite() ? Extended(Rational(-g.rational())) : -g.nonfinite();
    result.zero_is_limit[j] = !shares::is_absent(x[j]) && !presence.is_sole() && sum_of_finite(masses) != 0;
  }
  return result;
}

// For rational logits and masses of sum M, L = M log(Z) - sum of m_c x_c, Z the sum of e^(x_c), is irrational if M is not 0
// and two classes are present: otherwise a power of Z is e^r, a relation between exponentials of rationals with positive
// integer coefficients of sum >= 2, which by the Lindemann-Weierstrass theorem needs them all to be one, of coefficient
// 1. A sum over rows is the same with the product of such powers, if no M is negative.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  if (shares::Presence(row.x).is_sole()) return Rational(0);
  const std::vector<Extended> masses = exact_masses(row);
  if (sum_of_finite(masses) != 0) return std::nullopt;
  Rational linear = 0;
  for (std::size_t c = 0; c < masses.size(); ++c) {
    if (!shares::is_absent(row.x[c])) linear -= masses[c].rational() * Rational(row.x[c]);
  }
  return linear;
}

std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t j) {
  if (output == Output::grad_target) {
    const bool is_costless = shares::Presence(row.x).is_sole() && !shares::is_absent(row.x[j]);
    return factor_of_cost(row, j) == 0 || is_costless ? std::optional(Near{0}) : std::nullopt;
  }
  const std::vector<Extended> masses = exact_masses(row);
  return shares::shifted_share(-masses[j].rational(), sum_of_finite(masses), shares::share(row.x, j));
}

}  // namespace

const Definition& cross_entropy() {
  static const Definition loss{
      .name = "cross_entropy",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::class_target}},
      .takes = {.ignore_index = true, .weight = true, .label_smoothing = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .weight_in_mean = [](const Row<double>& row) { return row.has_class() ? weighted(row, 1.0, target_of(row)) : 1; },
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = [](const Row<double>& row) { return sum_of_finite(exact_masses(row)) >= 0; }},
  };
  return loss;
}

}  // namespace oracles
