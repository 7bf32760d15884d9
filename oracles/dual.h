// Dual numbers: a value with its derivative, so that the formula of a value gives the derivative by the rules of calculus
// alone, and shares no formula with the gradient that it is checked against.
#pragma once

#include "oracles/real.h"

namespace oracles {

struct Dual {
  Ball100 value;
  Ball100 slope;

  Dual() = default;
  Dual(Ball100 v, Ball100 s = 0) : value(std::move(v)), slope(std::move(s)) {}
  Dual(double constant) : value(constant) {}
  Dual(int constant) : value(constant) {}
};

inline Dual operator-(const Dual& a) { return {-a.value, -a.slope}; }
inline Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.slope + b.slope}; }
inline Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.slope - b.slope}; }
inline Dual operator*(const Dual& a, const Dual& b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
inline Dual operator/(const Dual& a, const Dual& b) {
  const Ball100 quotient = a.value / b.value;
  return {quotient, (a.slope - quotient * b.slope) / b.value};
}
inline Dual exp(const Dual& a) {
  const Ball100 e = exp(a.value);
  return {e, e * a.slope};
}
inline Dual log(const Dual& a) { return {log(a.value), a.slope / a.value}; }

}  // namespace oracles
