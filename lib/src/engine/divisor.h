// What a sum is divided by: a count, or a sum of weights.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include "arith/sum.h"
#include "arith/tracked.h"

namespace lossproof::detail {

class Divisor {
 public:
  Divisor(double count) : count_(count) {}

  /// The sum of weight(i) for i from `begin` to `end` - 1, finite numbers. Added up once in each arithmetic that asks.
  Divisor(std::int64_t begin, std::int64_t end, std::function<double(std::int64_t)> weight)
      : weights_(Weights{begin, end, std::move(weight)}) {}

  /// A count, or nullopt.
  std::optional<double> count() const { return weights_ ? std::nullopt : std::optional(count_); }

  /// The divisor, off by 2^-84 of itself at most; nullopt if it is not positive, or not known as well.
  std::optional<arith::DD> in_pairs() const {
    if (!weights_) return count_ > 0 ? std::optional(arith::DD{count_}) : std::nullopt;
    const arith::Approx<arith::Fine>& sum = in<arith::Fine>();
    const bool is_known = sum.value.hi > 0 && sum.radius <= 0x1p-84 * sum.value.hi;
    return is_known ? std::optional(sum.value) : std::nullopt;
  }

  /// -1, 0 or 1.
  int sign() const {
    if (!weights_) return count_ > 0 ? 1 : 0;
    const arith::Approx<arith::Fine>& sum = in<arith::Fine>();
    if (arith::Fine::magnitude(sum.value) > 2 * sum.radius) return arith::Fine::is_negative(sum.value) ? -1 : 1;
    const auto& exact = in<arith::Beyond>().value;  // in which sums of doubles are exact
    return arith::Beyond::is_zero(exact) ? 0 : arith::Beyond::is_negative(exact) ? -1 : 1;
  }

  template <class A>
  const arith::Approx<A>& in() const {
    auto& kept = std::get<std::optional<arith::Approx<A>>>(sums_);
    if (!kept) kept = sum<A>();
    return *kept;
  }

 private:
  struct Weights {
    std::int64_t begin;
    std::int64_t end;
    std::function<double(std::int64_t)> at;
  };

  template <class A>
  arith::Approx<A> sum() const {
    using Real = typename A::Real;
    if (!weights_) return {Real(count_), 0};
    arith::Sum<A> sum;
    for (std::int64_t i = weights_->begin; i < weights_->end; ++i) sum.add({Real(weights_->at(i)), 0});
    return sum.over(1);
  }

  double count_ = 0;
  std::optional<Weights> weights_;
  template <class... A>
  using Sums = std::tuple<std::optional<arith::Approx<A>>...>;
  mutable Sums<arith::Fast, arith::Fine, arith::Last, arith::Further, arith::Beyond> sums_;
};

/// numerator / divisor, whatever the divisor's sign.
template <class A>
arith::Tracked<A> over(const arith::Tracked<A>& numerator, const Divisor& divisor) {
  if (divisor.count() == 1.0) return numerator;
  const arith::Tracked<A> d(divisor.in<A>());
  return divisor.sign() < 0 ? -(numerator / -d) : numerator / d;
}

}  // namespace lossproof::detail
