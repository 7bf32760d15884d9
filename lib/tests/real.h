// Real numbers to 3,000 bits, by MPFR, for truths that are written as formulas.
#pragma once

#include <utility>

#include "reference.h"

namespace lossproof::testing {

class Real {
 public:
  Real(double x = 0) { mpfr_init2(value_, precision), mpfr_set_d(value_, x, MPFR_RNDN); }
  Real(const Real& other) : Real() { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Real& operator=(const Real& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }

  Number number() const {
    Number r(precision);
    mpfr_set(r, value_, MPFR_RNDN);
    return r;
  }

  friend Real operator+(const Real& a, const Real& b) { return of(mpfr_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return of(mpfr_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return of(mpfr_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return of(mpfr_div, a, b); }
  friend Real operator-(const Real& a) { return Real(0) - a; }
  friend Real exp(const Real& a) { return of(mpfr_exp, a); }
  friend Real log(const Real& a) { return of(mpfr_log, a); }
  friend Real log1p(const Real& a) { return of(mpfr_log1p, a); }

 private:
  template <class F, class... Reals>
  static Real of(F f, const Reals&... a) {
    Real r;
    f(r.value_, a.value_..., MPFR_RNDN);
    return r;
  }

  mpfr_t value_;
};

}  // namespace lossproof::testing
