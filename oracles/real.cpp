#include "oracles/real.h"

#include <flint/flint.h>

#include <stdexcept>

namespace oracles {
namespace {

std::shared_mutex default_precision_in_use;

/// What a thread holds of MPFR: whether a Precision is in force, and the caches of MPFR and FLINT, freed when the thread ends.
struct Thread {
  bool in_force = false;
  ~Thread() {
    flint_cleanup();
    mpfr_free_cache();
  }
};

thread_local Thread thread;

unsigned decimal_digits(int bits) {
  const auto wanted = static_cast<unsigned long>(bits);
  const auto digits = static_cast<unsigned>(wanted * 301 / 1000);
  return boost::multiprecision::detail::digits10_2_2(digits) < wanted ? digits + 1 : digits;
}

/// The interval whose lower end `set(end, rounding)` rounds down and whose upper end it rounds up.
template <class Set>
Interval outward(Set set) {
  Interval result;
  set(result.backend().left_data(), MPFR_RNDD);
  set(result.backend().right_data(), MPFR_RNDU);
  return result;
}

}  // namespace

Precision::Precision(int bits) {
  if (thread.in_force) {
    throw std::logic_error("oracles::Precision: this thread has one in force already; expected at most one");
  }
  thread.in_force = true;
  static const bool resting = (Interval::default_precision(decimal_digits(first_precision)), true);
  static_cast<void>(resting);
  if (bits == first_precision) {
    shared_ = std::shared_lock(default_precision_in_use);
  } else {
    exclusive_ = std::unique_lock(default_precision_in_use);
    Interval::default_precision(decimal_digits(bits));
  }
}

Precision::~Precision() {
  thread.in_force = false;
  if (exclusive_) Interval::default_precision(decimal_digits(first_precision));
}

double log2_of(const Rational& x) {
  const Rational size = abs(x);
  return static_cast<double>(msb(numerator(size))) - static_cast<double>(msb(denominator(size)));
}

Interval enclose(const Rational& x) {
  return outward([&](mpfr_ptr end, mpfr_rnd_t rounding) { mpfr_set_q(end, x.backend().data(), rounding); });
}

Interval enclose(const Bin100& x) {
  if (x == 0 || !isfinite(x)) return Interval(static_cast<double>(x));
  // x = fraction * 2^exponent, the fraction's bits peeled off 53 at a time, each piece exact in a double.
  int exponent = 0;
  Bin100 fraction = frexp(x, &exponent);
  Interval result(0L);
  while (fraction != 0) {
    const double piece = static_cast<double>(fraction);
    fraction -= piece;
    result += Interval(piece);
  }
  return ldexp(result, exponent);
}

Interval enclose(const Extended& x) { return x.is_finite() ? enclose(x.rational()) : Interval(x.nonfinite()); }

// Where an interval is a point, one evaluation rounded down is the lower end, and the float after it the upper end
// unless the evaluation was exact. (0 after underflow and the largest float after overflow step outward likewise.)
Interval exp_enclosure(const Interval& x) {
  if (!is_point(x)) return exp(x);
  Interval result;
  auto& ends = result.backend();
  const int inexact = mpfr_exp(ends.left_data(), lower(x), MPFR_RNDD);
  mpfr_set(ends.right_data(), ends.left_data(), MPFR_RNDU);
  if (inexact != 0) mpfr_nextabove(ends.right_data());
  return result;
}

// log1p grows and has derivative 1 / (1 + x), at most 1 for x >= 0 and 2 for x >= -1/2, so that log1p(b) - log1p(a) is at
// most b - a for 0 <= a <= b, and twice that for -1/2 <= a <= b.
Interval log1p_enclosure(const Interval& x) {
  Interval result;
  auto& ends = result.backend();
  const int inexact = mpfr_log1p(ends.left_data(), lower(x), MPFR_RNDD);
  mpfr_sub(ends.right_data(), upper(x), lower(x), MPFR_RNDU);
  if (mpfr_sgn(lower(x)) < 0) mpfr_mul_2ui(ends.right_data(), ends.right_data(), 1, MPFR_RNDU);
  if (inexact == 0) {
    mpfr_add(ends.right_data(), ends.right_data(), ends.left_data(), MPFR_RNDU);
    return result;
  }
  mpfr_t above;
  mpfr_init2(above, mpfr_get_prec(ends.left_data()));
  mpfr_set(above, ends.left_data(), MPFR_RNDU);
  mpfr_nextabove(above);
  mpfr_add(ends.right_data(), ends.right_data(), above, MPFR_RNDU);
  mpfr_clear(above);
  return result;
}

namespace {

/// One operation of cpp_bin_float_100 is correct to a relative eps = 2^-334 or better, with 2^-333 assumed.
const Bin100 eps = ldexp(Bin100(1), -333);
/// A radius is the result of fewer than 2^10 roundings, each of a relative error of at most eps.
const Bin100 inflation = 1 + ldexp(Bin100(1), -300);

Ball100 ball(const Bin100& mid, const Bin100& propagated, const Bin100& units) {
  return {mid, (propagated + units * eps * abs(mid)) * inflation};
}

}  // namespace

Ball100 operator+(const Ball100& a, const Ball100& b) { return ball(a.mid + b.mid, a.radius + b.radius, 1); }
Ball100 operator-(const Ball100& a, const Ball100& b) { return ball(a.mid - b.mid, a.radius + b.radius, 1); }
Ball100 operator-(const Ball100& a) { return {-a.mid, a.radius}; }

Ball100 operator*(const Ball100& a, const Ball100& b) {
  return ball(a.mid * b.mid, abs(a.mid) * b.radius + a.radius * (abs(b.mid) + b.radius), 1);
}

// |a/b - a'/b'| <= (r_a + |a/b| r_b) / (|b| - r_b).
Ball100 operator/(const Ball100& a, const Ball100& b) {
  const Bin100 quotient = a.mid / b.mid;
  const Bin100 room = abs(b.mid) - b.radius;
  if (room <= 0) return {quotient, std::numeric_limits<Bin100>::infinity()};
  return ball(quotient, (a.radius + abs(quotient) * b.radius) / room, 4);
}

// Assumed of Boost: exp reduces its argument by multiples of ln 2 held to working precision, relative error at
// most (16 + |x|) eps; log adds a multiple of ln 2 to a series, error at most 16 eps (1 + |log x|).
Ball100 exp(const Ball100& a) {
  const Bin100 middle = exp(a.mid);
  return ball(middle, middle * expm1(a.radius), 16 + abs(a.mid));
}

Ball100 log(const Ball100& a) {
  const Bin100 middle = log(a.mid);
  const Bin100 room = a.mid - a.radius;
  if (room <= 0) return {middle, std::numeric_limits<Bin100>::infinity()};
  return ball(middle, a.radius / room + 16 * eps, 16);
}

Interval enclose(const Ball100& x) {
  const Interval mid = enclose(x.mid);
  const Interval radius = enclose(x.radius);
  return hull(Interval(mid - radius), Interval(mid + radius));
}

bool take_root(Rational& x) {
  const mpz_ptr above = mpq_numref(x.backend().data()), below = mpq_denref(x.backend().data());
  if (mpz_perfect_square_p(above) == 0 || mpz_perfect_square_p(below) == 0) return false;
  mpz_sqrt(above, above), mpz_sqrt(below, below);
  return true;
}

}  // namespace oracles
