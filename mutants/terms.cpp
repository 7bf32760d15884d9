#include "mutants/terms.h"

#include <cmath>

namespace mutants {

Number special(Number::Kind kind) { return {kind, {}, 1}; }

RowTruth nowhere(const LossRow& row, Number::Kind kind) {
  return {special(kind), std::vector<Number>(row.x.size(), special(kind)), special(kind)};
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

Real exp_of_minus(const Real& v) {
  Real result(term_precision);
  mpfr_neg(result.get(), v.get(), MPFR_RNDN);
  mpfr_exp(result.get(), result.get(), MPFR_RNDN);
  if (mpfr_zero_p(result.get())) mpfr_set_ui_2exp(result.get(), 1, mpfr_get_emin() / 2, MPFR_RNDN);
  return result;
}

Real tanh_of_half(const Real& x) {
  Real tanh(term_precision);
  mpfr_div_ui(tanh.get(), x.get(), 2, MPFR_RNDN);
  mpfr_tanh(tanh.get(), tanh.get(), MPFR_RNDZ);
  return tanh;
}

// Near 0 as (1 + tanh(x / 2)) / 2, whose 1/2 a target of 1/2 cancels. Else as e / (1 + e) or 1 - e / (1 + e), e =
// exp(-|x|).
Sum sigmoid_of(const Real& x) {
  Real size = x;
  mpfr_abs(size.get(), size.get(), MPFR_RNDN);
  if (mpfr_cmp_d(size.get(), 1.0) < 0) return {{Real(1.0), tanh_of_half(x)}, 2};
  const Real e = exp_of_minus(size);
  if (mpfr_sgn(x.get()) < 0) return {{share(e, 1, e)}};
  return {{Real(1.0), negated(share(e, 1, e))}};
}

Number finite(std::vector<Real> terms, std::int64_t denominator) {
  return {Number::Kind::finite, {std::move(terms), denominator}, 1};
}

Number infinite(int sign) { return {Number::Kind::infinite, {}, sign}; }

Number number(double v) {
  if (std::isnan(v)) return special(Number::Kind::nan_input);
  return std::isinf(v) ? infinite(v > 0.0 ? 1 : -1) : finite({Real(v)});
}

}  // namespace mutants
