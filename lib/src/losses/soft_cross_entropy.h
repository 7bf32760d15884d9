// Cross entropy of a mass for each class, m_c = ((1 - s) y_c + s / C) w_c, from targets y, smoothing s and weights w:
// L = sum_c m_c (depth_c + log Z), see exponentials.h: both terms are at least 0. With M = sum_c m_c
//   dL/dx_j = M p_j - m_j,   dL/dy_j = (1 - s) w_j (depth_j + log Z).
// With smoothing everything is multiplied by C and divided by it last: masses are exact where that is asked for.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "engine/classes.h"
#include "losses/exponentials.h"
#include "losses/infinite_terms.h"

namespace lossproof::softmax_rows {

using detail::KnownDerivative;

template <class A>
class SoftCrossEntropy {
 public:
  explicit SoftCrossEntropy(const detail::RowInputs& row)
      : row_(row), e_(row.logits), smoothing_(row.parameters.label_smoothing) {
    for (std::int64_t c = 0; c < classes(); ++c) {
      const double y = target(c);
      nan_ |= std::isnan(y);
      infinite_.add(infinite_mass(c));
      massive_ += sign_of_mass(c) != 0 ? 1 : 0;
      if (std::isfinite(y)) sum_ = sum_ + mass<A>(c);
    }
    limit_ = infinite_terms();
  }

  bool has_nan() const { return nan_ || e_.has_nan(); }

  std::optional<double> known_value() const {
    if (massive_ == 0) return 0;
    if (e_.is_undefined()) return detail::nan_value;
    if (limit_) return limit_;
    return e_.is_sole() ? std::optional(0.0) : std::nullopt;
  }

  /// At one logit of +inf, of which as much comes as goes, what the others leave.
  Tracked<A> value() const {
    arith::Sum<A> deep;
    for (std::int64_t c = 0; c < classes(); ++c) {
      if (e_.is_top(c) || e_.is_absent(c)) continue;
      deep.add((mass<A>(c) * (e_.is_one_hot() ? Tracked<A>(-row_.logits[c]) : e_.depth(c))).approx());
    }
    Tracked<A> loss = deep.over(1);
    if (!e_.is_one_hot()) loss = loss + sum_ * e_.log_total();
    return smoothing_ == 0 ? loss : loss / divisor();
  }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const {
    if (massive_ == 0) return KnownDerivative{0};
    if (e_.is_undefined()) return KnownDerivative{detail::nan_value};
    const double infinite_at = infinite_mass(j);
    if (const auto limit = infinite_.minus_share(e_, j, infinite_at)) return KnownDerivative{-*limit};
    const bool has_mass = sign_of_mass(j) != 0;
    if (e_.is_absent(j) && !has_mass) return KnownDerivative{0};
    const bool all_mass_is_here = has_mass && massive_ == 1;
    if (e_.is_sole() && e_.is_top(j) && all_mass_is_here) return KnownDerivative{0};
    if (e_.is_one_hot() && (e_.is_top(j) ? all_mass_is_here : !has_mass)) return KnownDerivative{0, true};
    return std::nullopt;
  }

  /// Where all of p is at j, its own mass has no part, were it infinite.
  detail::Fraction<A> derivative(std::int64_t j) const {
    const bool is_own_infinite = infinite_mass(j) != 0;
    const detail::Fraction<A> d = e_.minus_share(is_own_infinite ? Tracked<A>() : mass<A>(j), j, sum_);
    return {-d.numerator, smoothing_ == 0 ? d.denominator : d.denominator * divisor()};
  }

  std::optional<KnownDerivative> known_target_derivative(std::int64_t j) const {
    const double weight = row_.weight(j);
    if (weight == 0 || smoothing_ == 1) return KnownDerivative{0};
    if (e_.is_undefined()) return KnownDerivative{detail::nan_value};
    if (e_.is_top(j) && e_.is_sole()) return KnownDerivative{0};
    if (e_.is_top(j) && e_.is_one_hot()) return KnownDerivative{0, true};
    if (e_.is_absent(j) || e_.is_one_hot()) return KnownDerivative{std::copysign(detail::infinity, weight)};
    return std::nullopt;
  }

  Tracked<A> target_derivative(std::int64_t j) const {
    return Tracked<A>::difference(1, smoothing_) * Tracked<A>(row_.weight(j)) * (e_.depth(j) + e_.log_total());
  }

 private:
  std::int64_t classes() const { return row_.logits.size(); }
  Tracked<A> divisor() const { return static_cast<double>(classes()); }

  /// Smoothing of 1 leaves nothing of it, infinite or not, but a NaN.
  double target(std::int64_t c) const {
    const double y = row_.target ? (c == *row_.target ? 1 : 0) : (*row_.second)[c];
    return smoothing_ == 1 && !std::isnan(y) ? 0 : y;
  }

  /// (1 - s) C y + s, or y without smoothing: the mass but for its weight and the division by C.
  template <class B>
  Tracked<B> unweighted(double y) const {
    if (smoothing_ == 0) return y;
    const Tracked<B> whole = Tracked<B>::difference(1, smoothing_) * Tracked<B>(static_cast<double>(classes()));
    return whole * Tracked<B>(y) + Tracked<B>(smoothing_);
  }

  /// Of a finite target.
  template <class B>
  Tracked<B> mass(std::int64_t c) const {
    return unweighted<B>(target(c)) * Tracked<B>(row_.weight(c));
  }

  /// +-inf, or 0 where the mass is finite.
  double infinite_mass(std::int64_t c) const {
    const double y = target(c);
    const double weight = row_.weight(c);
    return std::isinf(y) && weight != 0 ? y * weight : 0;
  }

  int sign_of_mass(std::int64_t c) const {
    const double weight = row_.weight(c);
    const double y = target(c);
    const int sign = weight > 0 ? 1 : -1;
    if (weight == 0) return 0;
    if (smoothing_ == 0 || std::isinf(y)) return sign * ((y > 0) - (y < 0));
    if (y >= 0) return sign;
    return sign * arith::sign_of(unweighted<arith::Beyond>(y).approx().value);
  }

  /// The sum of the infinite terms of the loss, where there are any. A mass of 0 has none, nor has the cost of a class
  /// that is alone.
  std::optional<double> infinite_terms() const {
    if (!infinite_.any() && !e_.is_one_hot() && !e_.has_absent()) return std::nullopt;
    if (e_.is_undefined()) return std::nullopt;
    detail::Extremes terms;
    for (std::int64_t c = 0; c < classes(); ++c) {
      if (e_.is_top(c) && e_.is_sole()) continue;
      const double infinite_at = infinite_mass(c);
      if (infinite_at != 0) {
        terms.add(e_.is_one_hot() && e_.is_top(c) ? detail::nan_value : infinite_at);
      } else if (e_.is_absent(c) && sign_of_mass(c) != 0) {
        terms.add(sign_of_mass(c) * detail::infinity);
      }
    }
    if (e_.is_one_hot() && !infinite_.any()) {
      if (const int sign = sign_beside_the_top(); sign != 0) terms.add(sign * detail::infinity);
    }
    return terms.sum();
  }

  /// Of the sum of the masses that one logit of +inf is the cost of: those of the other classes.
  int sign_beside_the_top() const {
    arith::Sum<arith::Beyond> sum;
    for (std::int64_t c = 0; c < classes(); ++c) {
      if (!e_.is_top(c)) sum.add(mass<arith::Beyond>(c).approx());
    }
    return arith::sign_of(sum.over(1).value);
  }

  detail::RowInputs row_;
  Exponentials<A> e_;
  double smoothing_;
  bool nan_ = false;
  std::int64_t massive_ = 0;  // classes with a mass other than 0
  InfiniteTerms infinite_;
  Tracked<A> sum_;  // of the finite masses
  std::optional<double> limit_;
};

}  // namespace lossproof::softmax_rows
