#include <algorithm>
#include <cmath>
#include <limits>

#include "mutants/terms.h"

namespace mutants {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// One +inf, at `k`: the softmax is its one-hot vector.
RowTruth one_hot(const LossRow& row, std::size_t k) {
  const bool hit = k == row.target;
  RowTruth truth{hit ? finite({}) : infinite(1), {}};
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (!hit && (j == k || j == row.target))
      truth.grad.push_back(finite({Real(j == k ? 1.0 : -1.0)}));
    else if (row.x[j] == -infinity || row.x.size() == 1)
      truth.grad.push_back(finite({}));
    else
      truth.grad.push_back(special(Number::Kind::zero_limit));
  }
  return truth;
}

// Logits that differ by d of about 2^-k give softmax entries that differ from 1 / C by about d, or d^2 where the first
// order cancels: too close to a tie for fewer bits.
mpfr_prec_t precision_for(const LossRow& row, double m) {
  int k = 0;
  for (const double x : row.x) {
    if (x != m && x != -infinity) k = std::max(k, -std::ilogb(m - x));
  }
  return term_precision + 3 * k;
}

// c maxima m, and s the sum of exp(x_j - m) over the other classes.
RowTruth finite_maximum(const LossRow& row, double m) {
  const long c = std::ranges::count(row.x, m);
  const mpfr_prec_t precision = precision_for(row, m);
  Real s(precision);
  mpfr_set_zero(s.get(), 1);
  for (const double x : row.x) {
    if (x != m && x != -infinity) mpfr_add(s.get(), s.get(), exp_difference(x, m, precision).get(), MPFR_RNDN);
  }
  const double x_t = row.x[row.target];
  RowTruth truth{x_t == -infinity ? infinite(1) : finite({Real(m), Real(-x_t), log_of_sum(c, s)}), {}};
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const bool target = j == row.target;
    const double x = row.x[j];
    if (x == m) {
      const Real others = negated(share(s, c, s));
      truth.grad.push_back(finite({Real(target ? -static_cast<double>(c - 1) : 1.0), others}, c));
    } else {
      std::vector<Real> terms;
      if (target) terms.emplace_back(-1.0);
      if (x != -infinity) terms.push_back(share(exp_difference(x, m, precision), c, s));
      truth.grad.push_back(finite(std::move(terms)));
    }
  }
  return truth;
}

}  // namespace

RowTruth cross_entropy(const LossRow& row) {
  if (std::ranges::any_of(row.x, [](double x) { return std::isnan(x); })) return nowhere(row, Number::Kind::nan_input);
  const double m = std::ranges::max(row.x);
  if (m == -infinity) return nowhere(row, Number::Kind::nan_limit);
  if (m != infinity) return finite_maximum(row, m);
  if (std::ranges::count(row.x, m) > 1) return nowhere(row, Number::Kind::nan_limit);
  return one_hot(row, static_cast<std::size_t>(std::ranges::find(row.x, m) - row.x.begin()));
}

// x > 0: x - x y + log1p(exp(-x)); x <= 0: -x y + log1p(exp(x)).
RowTruth binary_cross_entropy_with_logits(const LossRow& row) {
  const double x = row.x[0];
  const double y = row.y;
  if (std::isnan(x) || std::isnan(y)) return nowhere(row, Number::Kind::nan_input);
  if (std::isinf(y)) {
    const int up = y > 0.0 ? -1 : 1;
    const Number value = x == 0.0 ? special(Number::Kind::nan_limit) : infinite(x > 0.0 ? up : -up);
    return {value, {infinite(up)}, number(-x)};
  }
  if (std::isinf(x)) {
    const double away = x > 0.0 ? 1.0 - y : y;  // its sign is exact
    const Number value = away == 0.0 ? finite({}) : infinite(away > 0.0 ? 1 : -1);
    const Number zero = special(Number::Kind::zero_limit);
    return {value, {away == 0.0 ? zero : finite({Real(x > 0.0 ? 1.0 : 0.0), Real(-y)})}, number(-x)};
  }
  const Real e = exp_of_minus(Real(std::fabs(x)));
  Sum value{{product(Real(x), Real(-y)), log_of_sum(1, e)}};
  if (x > 0.0) value.terms.emplace_back(x);
  Sum grad = sigmoid_of(Real(x));
  grad.terms.push_back(product(Real(-y), Real(static_cast<double>(grad.denominator))));
  return {{Number::Kind::finite, value, 1}, {{Number::Kind::finite, grad, 1}}, number(-x)};
}

RowTruth mse_loss(const LossRow& row) {
  const double x = row.x[0];
  const double y = row.y;
  if (std::isnan(x) || std::isnan(y)) return nowhere(row, Number::Kind::nan_input);
  if (std::isinf(x) || std::isinf(y)) {
    if (x == y) return nowhere(row, Number::Kind::nan_limit);
    return {infinite(1), {infinite(x > y ? 1 : -1)}, infinite(x > y ? -1 : 1)};
  }
  const Real two_x = product(Real(2.0), Real(x));
  const Real two_y = product(Real(-2.0), Real(y));
  return {finite({product(Real(x), Real(x)), product(two_y, Real(x)), product(Real(y), Real(y))}),
          {finite({two_x, two_y})},
          finite({negated(two_x), negated(two_y)})};
}

}  // namespace mutants
