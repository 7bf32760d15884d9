#include "mutants/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "properties/floats.h"

namespace mutants {

namespace {

// Of the two neighbours of an inexact result, the one whose last bit is 1; `result` was rounded toward zero.
void make_odd(Real& result, int ternary) {
  if (ternary == 0 || mpfr_min_prec(result.get()) == mpfr_get_prec(result.get())) return;
  if (mpfr_sgn(result.get()) > 0)
    mpfr_nextabove(result.get());
  else
    mpfr_nextbelow(result.get());
}

// A sum of 256 bits, rounded to odd: a midpoint of the result times any divisor below 2^63 has fewer bits.
Real sum_to_odd(const std::vector<Real>& terms) {
  std::vector<mpfr_ptr> pointers;
  for (const Real& term : terms) pointers.push_back(const_cast<mpfr_ptr>(term.get()));  // mpfr_sum only reads them
  Real result(mpfr_prec_t{256});
  make_odd(result, mpfr_sum(result.get(), pointers.data(), pointers.size(), MPFR_RNDZ));
  return result;
}

}  // namespace

Real product(const Real& a, const Real& b) {
  Real result(mpfr_get_prec(a.get()) + mpfr_get_prec(b.get()));
  mpfr_mul(result.get(), a.get(), b.get(), MPFR_RNDN);
  return result;
}

Real exp_difference(double a, double b, mpfr_prec_t precision) {
  Real result(precision);
  mpfr_set_d(result.get(), a, MPFR_RNDN);
  mpfr_sub_d(result.get(), result.get(), b, MPFR_RNDN);
  mpfr_exp(result.get(), result.get(), MPFR_RNDN);
  if (mpfr_zero_p(result.get())) mpfr_set_ui_2exp(result.get(), 1, mpfr_get_emin() / 2, MPFR_RNDN);
  return result;
}

Real to_odd(const Sum& sum, double factor, std::int64_t divisor) {
  std::vector<Real> terms;
  for (const Real& term : sum.terms) terms.push_back(product(term, Real(factor)));
  const Real total = sum_to_odd(terms);
  Real denominator(mpfr_prec_t{128});
  mpfr_set_si(denominator.get(), sum.denominator, MPFR_RNDN);
  mpfr_mul_si(denominator.get(), denominator.get(), divisor, MPFR_RNDN);
  Real result(mpfr_prec_t{192});
  make_odd(result, mpfr_div(result.get(), total.get(), denominator.get(), MPFR_RNDZ));
  return result;
}

int sign(const Sum& sum) { return mpfr_sgn(sum_to_odd(sum.terms).get()); }

double round(const Real& odd, oracles::DType dtype) { return round_by(mpfr_roundeven, odd, dtype); }

double round_by(int (*to_integer)(mpfr_ptr, mpfr_srcptr), const Real& odd, oracles::DType dtype) {
  if (mpfr_zero_p(odd.get())) return 0.0;
  const properties::Format& f = properties::format(dtype);
  const long last_place = std::max<long>(mpfr_get_exp(odd.get()) - 1, f.emin) - (f.precision - 1);
  Real units(mpfr_get_prec(odd.get()));
  mpfr_mul_2si(units.get(), odd.get(), -last_place, MPFR_RNDN);
  to_integer(units.get(), units.get());
  mpfr_mul_2si(units.get(), units.get(), last_place, MPFR_RNDN);
  const double v = mpfr_get_d(units.get(), MPFR_RNDN);
  return std::fabs(v) > f.max ? std::copysign(std::numeric_limits<double>::infinity(), v) : v;
}

}  // namespace mutants
