// Limits in infinite factors g of the classes of a row, of c_j = g_j - p_j sum_k g_k and of p_j c_j. Each g_k has a
// coefficient in them: 1 - p_j or -p_j; where that is not 0 for the logits given, its sign decides, and where it is 0
// only in the limit, at one logit of +inf, there is no limit.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "engine/extremes.h"
#include "losses/exponentials.h"

namespace lossproof::softmax_rows {

class InfiniteTerms {
 public:
  void add(double g) {
    nan_ |= std::isnan(g);
    zero_ &= g == 0;
    positive_ += g == detail::infinity ? 1 : 0;
    negative_ += g == -detail::infinity ? 1 : 0;
  }

  bool has_nan() const { return nan_; }
  bool all_zero() const { return zero_; }
  bool any() const { return positive_ + negative_ > 0; }

  /// g_j - p_j sum_k g_k, or nullopt where no factor is infinite. A class that is absent has a factor too.
  template <class A>
  std::optional<double> minus_share(const Exponentials<A>& e, std::int64_t j, double g) const {
    if (!any()) return std::nullopt;
    if (e.is_absent(j)) return std::isinf(g) ? std::optional(g) : std::nullopt;
    detail::Extremes sum;
    const bool share_vanishes = e.is_one_hot() && !e.is_sole() && !e.is_top(j);
    const bool own_vanishes = e.is_one_hot() && !e.is_sole() && e.is_top(j);
    if (std::isinf(g) && !e.is_sole()) sum.add(own_vanishes ? detail::nan_value : g);
    add_others(sum, g, share_vanishes);
    return sum.sum();
  }

  /// p_j (g_j - sum_k p_k g_k), likewise, of a class that is present: one that is absent has no part in it.
  template <class A>
  std::optional<double> share_of_difference(const Exponentials<A>& e, double g) const {
    if (!any()) return std::nullopt;
    if (e.is_sole()) return 0.0;
    if (e.is_one_hot()) return detail::nan_value;
    detail::Extremes sum;
    sum.add(g);
    add_others(sum, g, false);
    return sum.sum();
  }

 private:
  void add_others(detail::Extremes& sum, double g, bool vanish) const {
    const double at = vanish ? detail::nan_value : detail::infinity;
    if (positive_ > (g == detail::infinity ? 1 : 0)) sum.add(-at);
    if (negative_ > (g == -detail::infinity ? 1 : 0)) sum.add(at);
  }

  bool nan_ = false;
  bool zero_ = true;
  std::int64_t positive_ = 0;
  std::int64_t negative_ = 0;
};

}  // namespace lossproof::softmax_rows
