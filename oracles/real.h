// The real numbers that definitions are evaluated over: certified intervals, exact rationals, and balls that share
// nothing with MPFR.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/gmp.hpp>
#include <boost/multiprecision/mpfi.hpp>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace oracles {

/// A closed interval that contains the real number in question; every operation rounds outward. Its precision is the
/// `Precision` in force where it is made. Endpoints may be infinite; both are NaN where the quantity is.
using Interval =
    boost::multiprecision::number<boost::multiprecision::mpfi_float_backend<0>, boost::multiprecision::et_off>;
using Rational = boost::multiprecision::number<boost::multiprecision::gmp_rational, boost::multiprecision::et_off>;
using Bin100 = boost::multiprecision::cpp_bin_float_100;

/// The precisions that a question climbs through, in bits: from the first by doubling to the last.
inline constexpr int first_precision = 128;
inline constexpr int last_precision = 16384;

/// While it lives, the calling thread makes intervals of (at least) `bits` bits; at most one per thread at a time, and
/// none is made without it. Boost 1.74 keeps that precision in one variable of the process: threads at
/// `first_precision` run side by side, any other precision has the process for itself.
class Precision {
 public:
  explicit Precision(int bits);
  ~Precision();
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;

 private:
  std::shared_lock<std::shared_mutex> shared_;
  std::unique_lock<std::shared_mutex> exclusive_;
};

/// log2 |x| to within 1, x not 0.
double log2_of(const Rational& x);

inline mpfr_srcptr lower(const Interval& x) { return x.backend().left_data(); }
inline mpfr_srcptr upper(const Interval& x) { return x.backend().right_data(); }
inline bool is_nan(const Interval& x) { return mpfr_nan_p(lower(x)) != 0 || mpfr_nan_p(upper(x)) != 0; }
/// Whether it is known to be 0.
inline bool is_zero(const Interval& x) { return mpfr_zero_p(lower(x)) != 0 && mpfr_zero_p(upper(x)) != 0; }
inline bool is_point(const Interval& x) { return mpfr_equal_p(lower(x), upper(x)) != 0; }

/// Makes of x its square root, if that is rational.
bool take_root(Rational& x);

/// A rational, an infinity or NaN.
class Extended {
 public:
  Extended(double x) : nonfinite_(std::isfinite(x) ? 0 : x), rational_(std::isfinite(x) ? x : 0) {}
  Extended(Rational x) : rational_(std::move(x)) {}

  bool is_finite() const { return nonfinite_ == 0; }
  double nonfinite() const { return nonfinite_; }
  const Rational& rational() const { return rational_; }

 private:
  double nonfinite_ = 0;
  Rational rational_;
};

/// The narrowest interval of the precision in force around a number, [x, x] where it fits.
Interval enclose(const Rational& x);
Interval enclose(const Bin100& x);
Interval enclose(const Extended& x);

/// exp, and log(1 + x) for x >= -1/2, with one evaluation where MPFI makes two.
Interval exp_enclosure(const Interval& x);
Interval log1p_enclosure(const Interval& x);
/// log x, x > 0.
inline Interval log_enclosure(const Interval& x) { return log(x); }

/// What of an enclosure is not negative, of a number that is not.
inline Interval nonnegative_part(Interval x) {
  if (mpfr_sgn(lower(x)) < 0) mpfr_set_zero(x.backend().left_data(), 1);
  return x;
}

/// Whether x > 0, and a > b, of numbers that are exact, as inputs are: points. Of an interval of inputs the answer may
/// not be that of all: then `were_split` becomes true.
inline thread_local bool were_split = false;
inline bool is_positive(const Interval& x) {
  const bool least = mpfr_sgn(lower(x)) > 0;
  were_split |= least != (mpfr_sgn(upper(x)) > 0);
  return least;
}
inline bool is_greater(const Interval& a, const Interval& b) {
  were_split |= (mpfr_greater_p(lower(a), upper(b)) != 0) != (mpfr_greater_p(upper(a), lower(b)) != 0);
  return mpfr_greater_p(lower(a), lower(b)) != 0;
}

/// A number known to within `radius`, over cpp_bin_float_100: running error analysis of any formula written over it.
struct Ball100 {
  Bin100 mid = 0;
  Bin100 radius = 0;

  Ball100() = default;
  Ball100(Bin100 middle, Bin100 error = 0) : mid(std::move(middle)), radius(std::move(error)) {}
  Ball100(double exact) : mid(exact) {}
  Ball100(int exact) : mid(exact) {}
};

Ball100 operator+(const Ball100& a, const Ball100& b);
Ball100 operator-(const Ball100& a, const Ball100& b);
Ball100 operator-(const Ball100& a);
Ball100 operator*(const Ball100& a, const Ball100& b);
Ball100 operator/(const Ball100& a, const Ball100& b);
Ball100 exp(const Ball100& a);
Ball100 log(const Ball100& a);

/// The ball as an interval of the precision in force.
Interval enclose(const Ball100& x);

}  // namespace oracles
