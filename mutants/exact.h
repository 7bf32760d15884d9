// Sums that are rounded once, however near a tie: the arithmetic of the right implementation that mutants spoil. It
// shares no line with the library, nor with the oracles.
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <vector>

#include "oracles/types.h"

namespace mutants {

/// An MPFR number.
class Real {
 public:
  explicit Real(mpfr_prec_t precision) { mpfr_init2(value_, precision); }
  explicit Real(double v) : Real(mpfr_prec_t{53}) { mpfr_set_d(value_, v, MPFR_RNDN); }
  Real(const Real& other) : Real(mpfr_get_prec(other.value_)) { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Real& operator=(const Real& other) {
    mpfr_set_prec(value_, mpfr_get_prec(other.value_));
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }

  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
};

/// Bits of a transcendental term: a term that does not decide a tie by its sign alone would have to agree with a
/// midpoint to 300 bits.
inline constexpr mpfr_prec_t term_precision = 320;

/// (sum of terms) / denominator.
struct Sum {
  std::vector<Real> terms;
  std::int64_t denominator = 1;
};

/// a * b, exact.
Real product(const Real& a, const Real& b);

/// exp(a - b) for a <= b. Where MPFR underflows: a positive number far below any result, for only its sign matters
/// there.
Real exp_difference(double a, double b, mpfr_prec_t precision = term_precision);

/// factor * sum / divisor to 192 bits, rounded to odd: what is rounded from it to any shorter precision is rounded
/// as the exact number would be (Boldo, Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
Real to_odd(const Sum& sum, double factor, std::int64_t divisor);

/// -1, 0, 1.
int sign(const Sum& sum);

/// To nearest, ties to even; +0 for 0.
double round(const Real& odd, oracles::DType dtype);

/// Rounded by `to_integer` (mpfr_roundeven, mpfr_trunc, ...) in units of the dtype's last place; +0 for 0, an infinity
/// beyond the range.
double round_by(int (*to_integer)(mpfr_ptr, mpfr_srcptr), const Real& odd, oracles::DType dtype);

}  // namespace mutants
