// Sums of approximations, with the radius of the whole.
#pragma once

#include <cstdint>

#include "arith/arithmetic.h"

namespace lossproof::arith {

/// In f64 the running sum is a pair, so that its error does not grow with the count before second order: at most
/// op |sum| + (n op)^2 sum|terms| (Ogita, Rump, Oishi, "Accurate sum and dot product", SISC 26, 2005, algorithm 4.4);
/// in double-double each of n additions costs op of the sum so far. Order: that of the rows.
template <class A>
class Sum {
 public:
  void add(const Approx<A>& term) {
    accumulate(term.value);
    radius_ += term.radius;
    mass_ += A::magnitude(term.value);
    ++count_;
  }

  /// The terms of another one.
  void add(const Sum& other) {
    accumulate(other.sum_);
    accumulate(typename A::Real(other.rest_));
    radius_ += other.radius_;
    mass_ += other.mass_;
    count_ += other.count_ + 1;
  }

  /// The sum divided by `divisor`, a count below 2^53.
  Approx<A> over(double divisor) const {
    using Real = typename A::Real;
    const auto n = static_cast<double>(count_);
    // Radius and mass are sums of n rounded terms themselves, hence the factor; 4 op: the sum, the division, the
    // collapse of the pair, and what lies beyond a term of radius 0.
    const double rounding = (std::is_same_v<A, Fast> ? n * n * A::op * A::op : n * A::op) + 4 * A::op;
    return {total() / Real(divisor), (radius_ + rounding * mass_) / divisor * (1 + n * 0x1p-51)};
  }

 private:
  void accumulate(const typename A::Real& value) {
    if constexpr (std::is_same_v<A, Fast>) {
      const DD s = two_sum(sum_, value);
      sum_ = s.hi;
      rest_ += s.lo;
    } else {
      sum_ = sum_ + value;
    }
  }

  typename A::Real total() const {
    if constexpr (std::is_same_v<A, Fast>)
      return sum_ + rest_;
    else
      return sum_;
  }

  typename A::Real sum_{0.0};
  double rest_ = 0;
  double radius_ = 0;
  double mass_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace lossproof::arith
