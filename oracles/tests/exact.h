// Exact arithmetic for the tests: rationals, and their rounding by division of integers, which shares nothing with
// rounding.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/ball.h"
#include "oracles/format.h"
#include "oracles/real.h"

namespace oracles {

using Integer = boost::multiprecision::number<boost::multiprecision::gmp_int, boost::multiprecision::et_off>;

inline Rational power(int exponent) {
  const Rational two_to(Integer(1) << std::abs(exponent));
  return exponent < 0 ? Rational(1) / two_to : two_to;
}

/// The exponent of x != 0: 2^exponent <= |x| < 2^(exponent + 1).
inline int exponent_of(const Rational& x) {
  const Rational size = abs(x);
  const int guess = static_cast<int>(msb(numerator(size))) - static_cast<int>(msb(denominator(size)));
  return size < power(guess) ? guess - 1 : guess;
}

/// x rounded to nearest, ties to even; what is too small to the zero of its sign.
inline double correctly_rounded(const Rational& x, const Format& format) {
  if (x == 0) return 0;
  const double sign = x < 0 ? -1 : 1;
  const int quantum = std::max(exponent_of(x), format.emin) - (format.precision - 1);
  const Rational quanta = abs(x) / power(quantum);
  Integer whole, rest;
  divide_qr(numerator(quanta), denominator(quanta), whole, rest);
  const Integer twice = 2 * rest;
  if (twice > denominator(quanta) || (twice == denominator(quanta) && whole % 2 == 1)) ++whole;
  if (Rational(whole) * power(quantum) >= power(format.emax + 1)) return sign * std::numeric_limits<double>::infinity();
  return sign * std::ldexp(whole.convert_to<double>(), quantum);
}

/// The distance of a result from the truth t in units of ulp(t).
inline Rational exact_error(double result, const Rational& t, const Format& format) {
  const int exponent = t == 0 ? format.emin : std::max(exponent_of(t), format.emin);
  return abs(Rational(result) - t) / power(exponent - (format.precision - 1));
}

inline Rational low_end(const Ball& x) { return Rational(x.mid) - Rational(x.radius); }
inline Rational high_end(const Ball& x) { return Rational(x.mid) + Rational(x.radius); }

inline bool says_nothing(const Ball& x) { return !std::isfinite(x.mid) || !std::isfinite(x.radius); }

/// Whether the ball contains x; one that says nothing does.
inline bool contains(const Ball& ball, const Rational& x) {
  return says_nothing(ball) || abs(Rational(ball.mid) - x) <= Rational(ball.radius);
}

/// |x - mid| / radius, how near a ball comes to not containing x; 0 for the midpoint.
inline double share_of_radius(const Ball& ball, const Rational& x) {
  const Rational distance = abs(Rational(ball.mid) - x);
  return distance == 0 ? 0 : (distance / Rational(ball.radius)).convert_to<double>();
}

}  // namespace oracles
