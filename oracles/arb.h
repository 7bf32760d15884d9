// The second rung: Arb's balls, at any precision.
#pragma once

#include <arb.h>
#include <flint/fmpq.h>

#include <utility>

#include "oracles/real.h"

namespace oracles {

/// While it lives, the calling thread's Arb operations round to `bits` bits.
class ArbPrecision {
 public:
  explicit ArbPrecision(int bits) : before_(std::exchange(in_force_, bits)) {}
  ~ArbPrecision() { in_force_ = before_; }
  ArbPrecision(const ArbPrecision&) = delete;
  ArbPrecision& operator=(const ArbPrecision&) = delete;

  static slong in_force() { return in_force_; }

 private:
  static inline thread_local slong in_force_ = 128;
  slong before_;
};

/// A real number, of the precision in force where it is made.
class Arb {
 public:
  Arb() { arb_init(x_); }
  Arb(double exact) : Arb() { arb_set_d(x_, exact); }
  Arb(int exact) : Arb() { arb_set_si(x_, exact); }
  Arb(const Arb& other) : Arb() { arb_set(x_, other.x_); }
  Arb(Arb&& other) noexcept : Arb() { arb_swap(x_, other.x_); }
  Arb& operator=(const Arb& other) {
    arb_set(x_, other.x_);
    return *this;
  }
  Arb& operator=(Arb&& other) noexcept {
    arb_swap(x_, other.x_);
    return *this;
  }
  ~Arb() { arb_clear(x_); }

  arb_srcptr get() const { return x_; }
  arb_ptr get() { return x_; }

 private:
  arb_t x_;
};

inline Arb arb_of(const Rational& x) {
  Arb result;
  fmpq_t rational;
  fmpq_init(rational);
  fmpq_set_mpq(rational, x.backend().data());
  arb_set_fmpq(result.get(), rational, ArbPrecision::in_force());
  fmpq_clear(rational);
  return result;
}

inline Arb operator+(const Arb& a, const Arb& b) {
  Arb result;
  arb_add(result.get(), a.get(), b.get(), ArbPrecision::in_force());
  return result;
}

inline Arb operator-(const Arb& a, const Arb& b) {
  Arb result;
  arb_sub(result.get(), a.get(), b.get(), ArbPrecision::in_force());
  return result;
}

inline Arb operator-(const Arb& a) {
  Arb result;
  arb_neg(result.get(), a.get());
  return result;
}

inline Arb operator*(const Arb& a, const Arb& b) {
  Arb result;
  arb_mul(result.get(), a.get(), b.get(), ArbPrecision::in_force());
  return result;
}

inline Arb operator/(const Arb& a, const Arb& b) {
  Arb result;
  arb_div(result.get(), a.get(), b.get(), ArbPrecision::in_force());
  return result;
}

inline Arb exp_enclosure(const Arb& x) {
  Arb result;
  arb_exp(result.get(), x.get(), ArbPrecision::in_force());
  return result;
}

inline Arb log1p_enclosure(const Arb& x) {
  Arb result;
  arb_log1p(result.get(), x.get(), ArbPrecision::in_force());
  return result;
}

/// What of an enclosure is not negative, of a number that is not.
inline Arb nonnegative_part(const Arb& x) {
  Arb result;
  arb_nonnegative_part(result.get(), x.get());
  return result;
}

inline Arb log_enclosure(const Arb& x) {
  Arb result;
  arb_log(result.get(), x.get(), ArbPrecision::in_force());
  return result;
}

/// Whether it is known to be 0.
inline bool is_zero(const Arb& x) { return arb_is_zero(x.get()) != 0; }

/// Whether x > 0, and a > b, of numbers that are exact, as inputs are.
inline bool is_positive(const Arb& x) { return arb_is_positive(x.get()) != 0; }
inline bool is_greater(const Arb& a, const Arb& b) { return arb_gt(a.get(), b.get()) != 0; }

}  // namespace oracles
