// Binary cross entropy with logits by MPFR alone: what exhaustive runs are checked against.
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <cmath>

namespace tests {

/// The loss of a finite logit and target to 700 bits, and its place among the numbers of a format.
class ExactBce {
 public:
  ExactBce(double x, double y, int precision, int emin, int emax) {
    mpfr_inits2(700, truth_, scaled_, nullptr);
    mpfr_set_d(truth_, x, MPFR_RNDN);
    mpfr_exp(truth_, truth_, MPFR_RNDN);
    mpfr_log1p(truth_, truth_, MPFR_RNDN);
    mpfr_set_d(scaled_, x, MPFR_RNDN);
    mpfr_mul_d(scaled_, scaled_, y, MPFR_RNDN);
    mpfr_sub(truth_, truth_, scaled_, MPFR_RNDN);
    quantum_ = std::max<long>(mpfr_get_exp(truth_) - 1, emin) - (precision - 1);
    mpfr_mul_2si(scaled_, truth_, -quantum_, MPFR_RNDN);
    mpfr_rint(scaled_, scaled_, MPFR_RNDN);
    rounded_ = std::ldexp(mpfr_get_d(scaled_, MPFR_RNDN), static_cast<int>(quantum_));
    if (std::fabs(rounded_) >= std::ldexp(1.0, emax + 1)) rounded_ = std::copysign(INFINITY, rounded_);
    if (rounded_ == 0) rounded_ = mpfr_signbit(truth_) != 0 ? -0.0 : 0.0;
  }
  ~ExactBce() { mpfr_clears(truth_, scaled_, nullptr); }
  ExactBce(const ExactBce&) = delete;
  ExactBce& operator=(const ExactBce&) = delete;

  double rounded() const { return rounded_; }

  /// In ulp, where the rounded value is finite.
  double error(double result) {
    if (!std::isfinite(result)) return INFINITY;
    mpfr_sub_d(scaled_, truth_, result, MPFR_RNDN);
    mpfr_mul_2si(scaled_, scaled_, -quantum_, MPFR_RNDN);
    return std::fabs(mpfr_get_d(scaled_, MPFR_RNDN));
  }

 private:
  mpfr_t truth_, scaled_;
  long quantum_;
  double rounded_;
};

}  // namespace tests
