// Double-double arithmetic: an unevaluated sum hi + lo with |lo| <= ulp(hi) / 2.
//
// Relative error bounds, u = 2^-53, no overflow or underflow (Joldes, Muller, Popescu, "Tight and rigorous error bounds
// for basic building blocks of double-word arithmetic", ACM TOMS 44, 2017):
//   +, - : 3 u^2 + 13 u^3 for operands of any sign (algorithm 6);  * : 5 u^2 (algorithm 11);  / : 9.8 u^2 (algorithm
//   18)
// so every operation is within 10 u^2 + 13 u^3 < 2^-102 = Limits<DD>::op.
#pragma once

#include <cmath>

namespace lossproof::arith {

struct DD {
  double hi = 0;
  double lo = 0;

  constexpr DD() = default;
  constexpr DD(double h) : hi(h) {}
  constexpr DD(double h, double l) : hi(h), lo(l) {}
};

/// a + b exactly (Knuth).
inline DD two_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

/// a + b exactly, for |a| >= |b| or a = 0 (Dekker).
inline DD fast_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

/// a * b exactly, unless the low part underflows.
inline DD two_prod(double a, double b) {
  const double p = a * b;
  return {p, std::fma(a, b, -p)};
}

inline DD operator-(DD a) { return {-a.hi, -a.lo}; }

inline DD operator+(DD a, DD b) {
  const DD s = two_sum(a.hi, b.hi);
  const DD t = two_sum(a.lo, b.lo);
  const DD v = fast_two_sum(s.hi, s.lo + t.hi);
  return fast_two_sum(v.hi, t.lo + v.lo);
}

inline DD operator-(DD a, DD b) { return a + -b; }

inline DD operator*(DD a, DD b) {
  const DD c = two_prod(a.hi, b.hi);
  const double t = std::fma(a.hi, b.lo, a.lo * b.hi);
  return fast_two_sum(c.hi, c.lo + t);
}

inline DD operator/(DD a, DD b) {
  const double t = 1 / b.hi;
  const DD e = fast_two_sum(std::fma(-b.hi, t, 1.0), -(b.lo * t));
  const DD c = two_prod(e.hi, t);
  const DD delta = fast_two_sum(c.hi, std::fma(e.lo, t, c.lo));
  const DD s = two_sum(delta.hi, t);
  return a * fast_two_sum(s.hi, delta.lo + s.lo);
}

/// 2^k a, exact while both parts stay normal.
inline DD scale(DD a, int k) { return {std::ldexp(a.hi, k), std::ldexp(a.lo, k)}; }

/// e^x for x in [-600, 600], relative error below 2^-98.
DD exp(DD x);

/// e^x - 1 for |x| <= 1/4, relative error below 2^-99.
DD expm1(DD x);

/// log(a) for a in [1, 2^64], absolute error below 2^-97 * max(1, log a).
DD log(DD a);

/// log(1 + t) for t in [0, 2^64], relative error below 2^-96.
DD log1p(DD t);

}  // namespace lossproof::arith
