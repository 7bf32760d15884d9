// Formulas over MPFR numbers, as they are written on paper.
#pragma once

#include "reference.h"

namespace lossproof::arith::testing {

/// An operation of MPFR's on one number or two, in the precision of the references.
template <class Operation, class... Numbers>
Number evaluated(Operation operation, const Numbers&... of) {
  Number r(lossproof::testing::precision);
  operation(static_cast<mpfr_ptr>(r), static_cast<mpfr_srcptr>(of)..., MPFR_RNDN);
  return r;
}

inline Number operator+(const Number& a, const Number& b) { return evaluated(mpfr_add, a, b); }
inline Number operator-(const Number& a, const Number& b) { return evaluated(mpfr_sub, a, b); }
inline Number operator*(const Number& a, const Number& b) { return evaluated(mpfr_mul, a, b); }
inline Number operator/(const Number& a, const Number& b) { return evaluated(mpfr_div, a, b); }
inline Number operator-(const Number& a) { return evaluated(mpfr_neg, a); }
inline Number exp(const Number& a) { return evaluated(mpfr_exp, a); }
inline Number log(const Number& a) { return evaluated(mpfr_log, a); }
inline Number log1p(const Number& a) { return evaluated(mpfr_log1p, a); }
inline Number pow(const Number& a, const Number& b) { return evaluated(mpfr_pow, a, b); }
inline bool is_zero(const Number& a) { return mpfr_zero_p(static_cast<mpfr_srcptr>(a)) != 0; }

}  // namespace lossproof::arith::testing
