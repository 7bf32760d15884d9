// A row of logits as exponentials over that of the largest, e_j = e^((x_j - top) / T): 1 for each of `tops` classes,
// their sum Z = tops + rest, and the softmax p_j = e_j / Z. A logit of -inf is an absent class, with e_j = 0; beside
// one logit of +inf every other has e_j = 0.
//
// What is next to nothing stays apart from what is rational, so that it tells the side of a midpoint, whatever the
// precision: beside other terms p_j at the top is 1 / tops less rest / (tops Z).
#pragma once

#include <cmath>
#include <cstdint>

#include "arith/sum.h"
#include "engine/axis.h"
#include "engine/derivative.h"

namespace lossproof::softmax_rows {

using arith::Tracked;

template <class A>
class Exponentials {
 public:
  explicit Exponentials(const detail::Numbers& x, double temperature = 1) : x_(x), temperature_(temperature) {
    for (std::int64_t j = 0; j < x.size(); ++j) scan(x[j]);
    if (nan_ || is_undefined()) return;
    arith::Sum<A> below;
    for (std::int64_t j = 0; j < x.size(); ++j) {
      if (is_below(j)) below.add((*this)[j].approx());
    }
    rest_ = below.over(1);
  }

  bool has_nan() const { return nan_; }
  /// Whether there is no limit: no class is present, or two logits are +inf.
  bool is_undefined() const { return present_ == 0 || (std::isinf(top_) && tops_ > 1); }
  /// One logit is +inf.
  bool is_one_hot() const { return std::isinf(top_); }
  /// One class alone is present.
  bool is_sole() const { return present_ == 1; }
  /// Whether p_j is not 0.
  bool has_mass(std::int64_t j) const { return !is_absent(j) && (!is_one_hot() || is_top(j)); }
  bool is_absent(std::int64_t j) const { return x_[j] == -detail::infinity; }
  bool has_absent() const { return present_ < x_.size(); }
  bool is_top(std::int64_t j) const { return x_[j] == top_; }
  bool is_below(std::int64_t j) const { return !is_top(j) && has_mass(j); }
  /// p_j < e^-760 < 2^-1096, a zero of any format.
  bool vanishes(std::int64_t j) const { return (top_ - x_[j]) / temperature_ > 760; }

  std::int64_t classes() const { return x_.size(); }
  double logit(std::int64_t j) const { return x_[j]; }
  double top() const { return top_; }
  double temperature() const { return temperature_; }
  double tops() const { return static_cast<double>(tops_); }
  const Tracked<A>& rest() const { return rest_; }
  Tracked<A> total() const { return Tracked<A>(tops()) + rest_; }

  Tracked<A> operator[](std::int64_t j) const {
    if (is_top(j)) return 1.0;
    return has_mass(j) ? exp(-depth(j)) : Tracked<A>();
  }

  /// top - x_j, of finite numbers.
  Tracked<A> gap(std::int64_t j) const { return is_top(j) ? Tracked<A>() : Tracked<A>::difference(top_, x_[j]); }
  /// (top - x_j) / T, likewise.
  Tracked<A> depth(std::int64_t j) const { return temperature_ == 1 ? gap(j) : gap(j) / Tracked<A>(temperature_); }

  /// log Z, at least 0.
  Tracked<A> log_total() const { return tops_ == 1 ? log1p(rest_) : log(total()); }

  /// p_j less what it is while all but the classes at the top have nothing, 1 / tops or 0.
  Tracked<A> deviation(std::int64_t j) const {
    return is_top(j) ? -rest_ / (Tracked<A>(tops()) * total()) : (*this)[j] / total();
  }

  /// c - p_j * sum.
  detail::Fraction<A> minus_share(const Tracked<A>& c, std::int64_t j, const Tracked<A>& sum) const {
    if (!is_top(j)) return {c - sum * ((*this)[j] / total())};
    const Tracked<A> n = tops();
    return {(n * c - sum) + sum * (rest_ / total()), n};
  }

 private:
  void scan(double v) {
    nan_ |= std::isnan(v);
    if (v == -detail::infinity) return;
    ++present_;
    if (v == top_) ++tops_;
    if (v > top_) {
      top_ = v;
      tops_ = 1;
    }
  }

  detail::Numbers x_;
  double temperature_;
  bool nan_ = false;
  std::int64_t present_ = 0;
  double top_ = -detail::infinity;
  std::int64_t tops_ = 0;
  Tracked<A> rest_;
};

}  // namespace lossproof::softmax_rows
