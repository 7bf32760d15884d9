// Sums of weights times e^(v / T) of which the sign is asked, however far out the exponents v are: what terms of one
// exponent weigh is added up first, and what all have in common is left out. In enclosures, as exact as they are wide:
// weights that cancel, and exponents that are equal, are found where their bits suffice, in the last one always.
#pragma once

#include <cstdint>
#include <map>
#include <type_traits>

#include "losses/exponentials.h"

namespace lossproof::softmax_rows {

template <class A>
class ExponentialTerms {
 public:
  using Real = typename A::Real;
  using Number = typename Real::Number;

  explicit ExponentialTerms(double temperature) : temperature_(temperature) {}

  /// weight e^(v / T), of an exact v.
  void add(const Tracked<A>& weight, const Tracked<A>& v) {
    const Real exponent = v.approx().value;
    are_exact_ &= is_point(exponent);
    Tracked<A>& sum = weights_[exponent.lo.at];
    sum = sum + weight;
  }

  /// The sign of the sum; 0 where it is 0, or not known.
  int sign() const {
    const Number* first = largest();
    return first == nullptr || !are_exact_ ? 0 : sign_of(over(Real(*first)).approx().value);
  }

  /// The sign of the sum plus c a b, of which neither a nor b is 0, likewise.
  int sign_with_product(const Tracked<A>& c, const ExponentialTerms& a, const ExponentialTerms& b) const {
    if (c.is_zero()) return sign();
    if (!are_exact_ || !a.are_exact_ || !b.are_exact_) return 0;
    const Number& of_b = *b.largest();
    const Real of_product = Real(*a.largest()) + Real(of_b);
    const Number* first = largest();
    const bool is_first = first != nullptr && Number::compare(*first, of_product.hi.at) > 0;
    const Real v = is_first ? Real(*first) : of_product;
    const Real beside_b = v - Real(of_b);
    if (!is_point(v) || !is_point(beside_b)) return 0;
    return sign_of((over(v) + c * a.over(beside_b) * b.over(Real(of_b))).approx().value);
  }

 private:
  struct Descending {
    bool operator()(const Number& a, const Number& b) const { return Number::compare(a, b) > 0; }
  };

  static bool is_point(const Real& x) { return Number::compare(x.lo.at, x.hi.at) == 0; }

  /// The largest exponent of a weight that is not 0; nullptr where there is none.
  const Number* largest() const {
    for (const auto& [v, weight] : weights_) {
      if (!weight.is_zero()) return &v;
    }
    return nullptr;
  }

  /// The sum over e^(v / T), where v is a point, and at least the largest exponent.
  Tracked<A> over(const Real& v) const {
    Tracked<A> sum;
    for (const auto& [exponent, weight] : weights_) {
      if (weight.is_zero()) continue;
      const Tracked<A> below(arith::Approx<A>{Real(exponent) - v, 0});
      sum = sum + weight * (below.is_zero() ? Tracked<A>(1) : exp(below / Tracked<A>(temperature_)));
    }
    return sum;
  }

  double temperature_;
  bool are_exact_ = true;
  std::map<Number, Tracked<A>, Descending> weights_;
};

/// Adds weight e^(shift / T) times the exponentials e of the classes below the top.
template <class A>
void add_below(ExponentialTerms<A>& sum, const Exponentials<A>& e, const std::type_identity_t<Tracked<A>>& weight,
               const std::type_identity_t<Tracked<A>>& shift = {}) {
  for (std::int64_t k = 0; k < e.classes(); ++k) {
    if (e.is_below(k)) sum.add(weight, shift - e.gap(k));
  }
}

/// x, whose sign is sign() if x is next to nothing and does not tell it; 0: that is not known either. Of larger ones
/// more bits tell it sooner, for a sum of C terms costs C exponentials: terms that cancel in all bits of the last
/// enclosures leave 2^-4528 of the largest, whose factor is below 2^1100.
template <class A, class Sign>
Tracked<A> told(const Tracked<A>& x, const Sign& sign) {
  const auto is_small = [](const auto& end) { return end.at.sign == 0 || end.at.exponent < -2500; };
  arith::Approx<A> known = x.approx();
  if (x.is_zero() || sign_of(known.value) != 0 || !is_small(known.value.lo) || !is_small(known.value.hi)) return x;
  const int side = sign();
  if (side > 0) known.value.lo = {{}, true};
  if (side < 0) known.value.hi = {{}, true};
  return known;
}

}  // namespace lossproof::softmax_rows
