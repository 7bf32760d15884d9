// Sums of rational multiples of e^(v / T), v rational, and their signs, however far out the exponents are.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "oracles/arb.h"
#include "oracles/real.h"

namespace oracles {

/// By the Lindemann-Weierstrass theorem it is 0 only if, exponents that are equal being taken together, no coefficient
/// is left.
class ExponentialSum {
 public:
  explicit ExponentialSum(double temperature) : temperature_(temperature) {}

  /// Adds coefficient e^(v / T).
  void add(const Rational& coefficient, const Rational& v);

  bool is_zero() const { return coefficients_.empty(); }
  /// -1, 0 or 1.
  int sign() const;

  /// The largest v; of a sum that is not 0.
  const Rational& largest() const { return coefficients_.begin()->first; }
  /// The sum over e^(v / T), of which no exponent is beyond 0: v is `largest()` or more.
  Arb over(const Rational& v) const;
  /// A b with |sum| < 2^-b; infinity where it is 0.
  double bits_below_one() const;

 private:
  double temperature_;
  std::map<Rational, Rational, std::greater<>> coefficients_;
};

/// The sign of sum + c a b, of which it is known that it is not 0; neither a nor b nor c is. nullopt: the largest
/// exponent of the product cancels, and so close that the last precision does not tell.
std::optional<int> sign_with_product(const ExponentialSum& sum, const Rational& c, const ExponentialSum& a,
                                     const ExponentialSum& b);

}  // namespace oracles
