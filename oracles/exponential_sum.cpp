#include "oracles/exponential_sum.h"

#include <algorithm>

#include "oracles/limits.h"

namespace oracles {

void ExponentialSum::add(const Rational& coefficient, const Rational& v) {
  if (coefficient == 0) return;
  const auto at = coefficients_.try_emplace(v, 0).first;
  at->second += coefficient;
  if (at->second == 0) coefficients_.erase(at);
}

// What all terms have in common is left out, so that the first does not underflow, whatever the others do.
int ExponentialSum::sign() const {
  if (is_zero()) return 0;
  return sign_of_nonzero([this] { return over(largest()); });
}

Arb ExponentialSum::over(const Rational& v) const {
  Arb sum = 0;
  for (const auto& [exponent, coefficient] : coefficients_) {
    sum = sum + arb_of(coefficient) * exp_enclosure(arb_of(exponent - v) / Arb(temperature_));
  }
  return sum;
}

// log2(e) > 1.4426 and < 1.4427; conversion to a double truncates.
double ExponentialSum::bits_below_one() const {
  if (is_zero()) return infinity;
  Rational sizes = 0;
  for (const auto& [exponent, coefficient] : coefficients_) sizes += abs(coefficient);
  const double power = (largest() / Rational(temperature_)).convert_to<double>();
  return -power * (power < 0 ? 1.4426 : 1.4427) - log2_of(sizes) - 2;
}

// a b / e^(v / T) = (a / e^((v - w) / T)) (b / e^(w / T)), w the largest exponent of b.
std::optional<int> sign_with_product(const ExponentialSum& sum, const Rational& c, const ExponentialSum& a,
                                     const ExponentialSum& b) {
  const Rational& w = b.largest();
  const Rational of_product = a.largest() + w;
  const Rational v = sum.is_zero() ? of_product : std::max(sum.largest(), of_product);
  for (int bits = first_precision; bits <= last_precision; bits *= 2) {
    const ArbPrecision in_force(bits);
    const Arb whole = sum.over(v) + arb_of(c) * a.over(v - w) * b.over(w);
    if (arb_is_positive(whole.get()) != 0) return 1;
    if (arb_is_negative(whole.get()) != 0) return -1;
  }
  return std::nullopt;
}

}  // namespace oracles
