#include "mutants/truth.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mutants {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Number special(Number::Kind kind) { return {kind, {}, 1}; }

RowTruth nowhere(const LossRow& row, Number::Kind kind) {
  return {special(kind), std::vector<Number>(row.x.size(), special(kind))};
}

/// numerator / (c + s).
Real share(const Real& numerator, long c, const Real& s) {
  Real result(mpfr_get_prec(s.get()));
  mpfr_add_si(result.get(), s.get(), c, MPFR_RNDN);
  mpfr_div(result.get(), numerator.get(), result.get(), MPFR_RNDN);
  return result;
}

Real negated(Real v) {
  mpfr_neg(v.get(), v.get(), MPFR_RNDN);
  return v;
}

Real log_of_sum(long c, const Real& s) {
  Real result(mpfr_get_prec(s.get()));
  if (c == 1) {
    mpfr_log1p(result.get(), s.get(), MPFR_RNDN);
  } else {
    mpfr_add_si(result.get(), s.get(), c, MPFR_RNDN);
    mpfr_log(result.get(), result.get(), MPFR_RNDN);
  }
  return result;
}

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

// Near 0 as (1 + tanh(x / 2)) / 2, whose 1/2 a target of 1/2 cancels; |tanh(x / 2)| < |x / 2|, and rounded toward zero it
// stays on that side of a tie however close it is. Else as e / (1 + e) or 1 - e / (1 + e),
// e = exp(-|x|).
Sum sigmoid(double x, const Real& e) {
  if (std::fabs(x) < 1.0) {
    Real tanh(term_precision);
    mpfr_set_d(tanh.get(), x, MPFR_RNDN);
    mpfr_div_ui(tanh.get(), tanh.get(), 2, MPFR_RNDN);
    mpfr_tanh(tanh.get(), tanh.get(), MPFR_RNDZ);
    return {{Real(1.0), tanh}, 2};
  }
  if (x < 0.0) return {{share(e, 1, e)}};
  return {{Real(1.0), negated(share(e, 1, e))}};
}

}  // namespace

Number finite(std::vector<Real> terms, std::int64_t denominator) {
  return {Number::Kind::finite, {std::move(terms), denominator}, 1};
}

Number infinite(int sign) { return {Number::Kind::infinite, {}, sign}; }

Number number(double v) {
  if (std::isnan(v)) return special(Number::Kind::nan_input);
  return std::isinf(v) ? infinite(v > 0.0 ? 1 : -1) : finite({Real(v)});
}

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
    return {value, {infinite(up)}};
  }
  if (std::isinf(x)) {
    const double away = x > 0.0 ? 1.0 - y : y;  // its sign is exact
    const Number value = away == 0.0 ? finite({}) : infinite(away > 0.0 ? 1 : -1);
    const Number zero = special(Number::Kind::zero_limit);
    return {value, {away == 0.0 ? zero : finite({Real(x > 0.0 ? 1.0 : 0.0), Real(-y)})}};
  }
  const Real e = exp_difference(-std::fabs(x), 0.0);
  Sum value{{product(Real(x), Real(-y)), log_of_sum(1, e)}};
  if (x > 0.0) value.terms.emplace_back(x);
  Sum grad = sigmoid(x, e);
  grad.terms.push_back(product(Real(-y), Real(static_cast<double>(grad.denominator))));
  return {{Number::Kind::finite, value, 1}, {{Number::Kind::finite, grad, 1}}};
}

RowTruth mse_loss(const LossRow& row) {
  const double x = row.x[0];
  const double y = row.y;
  if (std::isnan(x) || std::isnan(y)) return nowhere(row, Number::Kind::nan_input);
  if (std::isinf(x) || std::isinf(y)) {
    if (x == y) return nowhere(row, Number::Kind::nan_limit);
    return {infinite(1), {infinite(x > y ? 1 : -1)}};
  }
  const Real two_x = product(Real(2.0), Real(x));
  const Real two_y = product(Real(-2.0), Real(y));
  return {finite({product(Real(x), Real(x)), product(two_y, Real(x)), product(Real(y), Real(y))}),
          {finite({two_x, two_y})}};
}

}  // namespace mutants
