// MPFR numbers for the tests of the library's arithmetics, to which they are the reference.
#pragma once

#include <gtest/gtest.h>
#include <mpfr.h>

#include <cstdint>
#include <random>
#include <utility>

#include "arith/dd.h"
#include "arith/wide.h"

namespace lossproof::arith::testing {

class Number {
 public:
  /// Ample for double-double; tests of wider numbers raise it.
  static inline mpfr_prec_t default_precision = 400;

  explicit Number(mpfr_prec_t precision = default_precision) { mpfr_init2(value_, precision); }
  Number(const Number& other) : Number(mpfr_get_prec(other.value_)) { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Number& operator=(const Number& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Number() { mpfr_clear(value_); }

  static Number of(double x) {
    Number r;
    mpfr_set_d(r, x, MPFR_RNDN);
    return r;
  }
  static Number of(DD x) {
    Number r = of(x.hi);
    mpfr_add_d(r, r, x.lo, MPFR_RNDN);
    return r;
  }
  template <int limbs>
  static Number of(const Wide<limbs>& x) {
    Number r;
    mpz_t m;
    mpz_init(m);
    mpz_import(m, x.mantissa.size(), -1, sizeof(std::uint64_t), 0, 0, x.mantissa.data());
    mpfr_set_z_2exp(r, m, x.exponent - Wide<limbs>::bits, MPFR_RNDN);
    mpz_clear(m);
    if (x.sign < 0) mpfr_neg(r, r, MPFR_RNDN);
    return r;
  }

  operator mpfr_ptr() { return value_; }
  operator mpfr_srcptr() const { return value_; }

 private:
  mpfr_t value_;
};

/// Beyond twice the widest mantissa, and beyond the square of the smallest double.
class WideReference : public ::testing::Test {
 protected:
  void SetUp() override { Number::default_precision = 10'000; }
  void TearDown() override { Number::default_precision = 400; }
};

/// f16, bf16, f32, f64.
inline constexpr Format formats[] = {{11, -24, 16}, {8, -133, 128}, {24, -149, 128}, {53, -1074, 1024}};

/// MPFR's rounding of an exact number, or one far more precise, subnormals and overflow included.
inline double nearest_by_mpfr(const Number& exact, const Format& format) {
  Number r(format.precision);
  const int ternary = mpfr_set(r, exact, MPFR_RNDN);
  mpfr_set_emin(format.quantum + 1);
  mpfr_set_emax(format.overflow);
  mpfr_subnormalize(r, mpfr_check_range(r, ternary, MPFR_RNDN), MPFR_RNDN);
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
  return mpfr_get_d(r, MPFR_RNDN);
}

/// |a - b| / |b|, or |a - b| where b is 0, rounded up.
inline double relative_error(const Number& a, const Number& b) {
  Number d;
  mpfr_sub(d, a, b, MPFR_RNDA);
  if (!mpfr_zero_p(static_cast<mpfr_srcptr>(b))) mpfr_div(d, d, b, MPFR_RNDA);
  mpfr_abs(d, d, MPFR_RNDU);
  return mpfr_get_d(d, MPFR_RNDU);
}

/// Seeded, so that a failure repeats.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  std::uint64_t bits() { return engine_(); }

  /// A double-double near x, with a low part of any size that is allowed.
  DD around(double x) { return fast_two_sum(x, x * uniform(-1, 1) * 0x1p-54); }

  /// A mantissa of random bits, or of long runs of equal bits, where carries and exact cases live.
  template <int limbs>
  Wide<limbs> wide(std::int64_t low, std::int64_t high) {
    Wide<limbs> w;
    w.sign = integer(0, 1) == 0 ? -1 : 1;
    w.exponent = low + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(high - low + 1));
    for (auto& limb : w.mantissa) {
      const int kind = integer(0, 3);
      limb = kind == 0 ? 0 : kind == 1 ? ~std::uint64_t{0} : bits();
    }
    w.mantissa.back() |= std::uint64_t{1} << 63;
    return w;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace lossproof::arith::testing
