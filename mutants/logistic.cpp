#include <cmath>

#include "mutants/terms.h"

namespace mutants {

namespace {

/// The softplus of one row, and the sigmoid that is its derivative.
RowTruth softplus_of(const LossRow& row, double beta) {
  const double x = row.x[0];
  if (std::isnan(x)) return nowhere(row, Number::Kind::nan_input);
  const bool up = (x > 0.0) == (beta > 0.0);
  if (std::isinf(x) && up) return {infinite(x > 0.0 ? 1 : -1), {finite({Real(1.0)})}};
  if (std::isinf(x)) return {finite({}), {special(Number::Kind::zero_limit)}};
  const Real z = product(Real(beta), Real(x));
  Real size = z;
  mpfr_abs(size.get(), size.get(), MPFR_RNDN);
  Real tail = log_of_sum(1, exp_of_minus(size));
  mpfr_div_d(tail.get(), tail.get(), beta, MPFR_RNDN);
  Sum value{{tail}};
  if (up) value.terms.emplace_back(x);
  return {{Number::Kind::finite, value, 1}, {{Number::Kind::finite, sigmoid_of(z), 1}}};
}

}  // namespace

// s (1 - s) = (1 - tanh(x / 2)^2) / 4 near 0, and e / (1 + e)^2 elsewhere.
RowTruth sigmoid(const LossRow& row) {
  const double x = row.x[0];
  if (std::isnan(x)) return nowhere(row, Number::Kind::nan_input);
  if (std::isinf(x)) return {number(x > 0.0 ? 1.0 : 0.0), {special(Number::Kind::zero_limit)}};
  const Number value{Number::Kind::finite, sigmoid_of(Real(x)), 1};
  if (std::fabs(x) < 1.0) {
    const Real tanh = tanh_of_half(Real(x));
    return {value, {finite({Real(1.0), negated(product(tanh, tanh))}, 4)}};
  }
  const Real e = exp_of_minus(Real(std::fabs(x)));
  return {value, {finite({share(share(e, 1, e), 1, e)})}};
}

RowTruth log_sigmoid(const LossRow& row) { return softplus_of(row, -1.0); }

RowTruth softplus(const LossRow& row) { return softplus_of(row, row.beta); }

}  // namespace mutants
