// The gradient of a softmax from factors g, p_j (g_j - sum_k p_k g_k) = e_j S_j / Z^2, S_j = sum_k e_k (g_j - g_k), see
// exponentials.h.
//
// Only differences from the factor of one class at the top are added up, so that equal factors cancel exactly. With
// D_j = sum over the classes at the top of g_j - g_k, n of them, and r = rest,
//   j at the top: e_j S_j / Z^2 = (D_j + (n^2 (S_j - D_j) - D_j r (2 n + r)) / Z^2) / n^2,
// where the fraction in the middle is next to nothing if r is. Times n^2 Z^2 it is the sum of e_k (n^2 (g_j - g_k) - 2
// n D_j) below the top, less D_j r^2, whose sign is decided where enclosures of e_k don't tell it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "losses/exponential_terms.h"

namespace lossproof::softmax_rows {

/// Without a class that is absent, which has no part in it. above(k) is g_k less the factor of one class at the top.
template <class A>
class ShareGradient {
 public:
  template <class Above>
  ShareGradient(const Exponentials<A>& e, std::int64_t classes, const Above& above) : e_(&e) {
    arith::Sum<A> below;
    for (std::int64_t k = 0; k < classes; ++k) {
      if (e.is_top(k)) {
        of_top_ = of_top_ + above(k);
      } else if (e.is_below(k)) {
        if constexpr (Tracked<A>::encloses) {
          Group& group = groups_.try_emplace(e.logit(k), Group{k}).first->second;
          group.count += 1;
          group.above = group.above + above(k);
        } else {
          below.add((e[k] * above(k)).approx());
        }
      }
    }
    of_rest_ = below.over(1);
    for (auto& [logit, group] : groups_) group.e = e[group.k];
  }

  detail::Fraction<A> operator()(std::int64_t j, const Tracked<A>& above) const {
    const Tracked<A> n = e_->tops();
    const Tracked<A> rest = e_->rest(), total = e_->total();
    const Tracked<A> from_top = n * above - of_top_;
    const Tracked<A> from_rest = Tracked<A>::encloses ? from_groups(above) : rest * above - of_rest_;
    if (!e_->is_top(j)) {
      Tracked<A> sum = from_top + from_rest;
      if constexpr (Tracked<A>::encloses) sum = told(sum, [&] { return sign_of_sum(from_top, above); });
      return {(*e_)[j] * sum, total * total};
    }
    Tracked<A> small = (n * n * from_rest - from_top * rest * (n + total)) / (total * total);
    if constexpr (Tracked<A>::encloses) small = told(small, [&] { return sign_of_small(from_top, above); });
    return {from_top + small, n * n};
  }

 private:
  /// The classes of one logit, of which k is one: where their factors add up to as many times another's, the difference
  /// is exactly 0, which no enclosure of their terms would tell.
  struct Group {
    std::int64_t k;
    double count = 0;
    Tracked<A> above{};
    Tracked<A> e{};

    Tracked<A> difference(const Tracked<A>& from) const { return Tracked<A>(count) * from - above; }
  };

  /// In enclosures. What follows the first term that does not cancel by far is next to nothing beside it, whatever it is.
  Tracked<A> from_groups(const Tracked<A>& above) const {
    Tracked<A> sum;
    const Group* first = nullptr;
    for (const auto& [logit, group] : groups_) {
      if (is_far(first, logit)) return sum + first->e * rest_beyond();
      const Tracked<A> difference = group.difference(above);
      if (difference.is_zero()) continue;
      if (first == nullptr) first = &group;
      sum = sum + group.e * difference;
    }
    return sum;
  }

  bool is_far(const Group* first, double logit) const {
    return first != nullptr && (e_->logit(first->k) - logit) / e_->temperature() > 0x1p31;
  }

  /// All terms that are smaller than the first by e^-(2^31) or more, over its e: of 2^63 classes, factors below 2^1300, and
  /// e^-(2^31) < 2^-(2^31).
  static Tracked<A> rest_beyond() {
    if constexpr (Tracked<A>::encloses) {
      return arith::Approx<A>{Tracked<A>::up_to(-(std::int64_t{1} << 30)), 0};
    } else {
      return {};
    }
  }

  int sign_of_sum(const Tracked<A>& from_top, const Tracked<A>& above) const {
    ExponentialTerms<A> sum(e_->temperature());
    sum.add(from_top, 0.0);
    const Group* first = nullptr;
    for (const auto& [logit, group] : groups_) {
      const bool ends = is_far(first, logit);
      const Tracked<A> difference = ends ? rest_beyond() : group.difference(above);
      if (first == nullptr && !difference.is_zero()) first = &group;
      sum.add(difference, -e_->gap(ends ? first->k : group.k));
      if (ends) break;
    }
    return sum.sign();
  }

  int sign_of_small(const Tracked<A>& from_top, const Tracked<A>& above) const {
    ExponentialTerms<A> linear(e_->temperature()), rest(e_->temperature());
    const Tracked<A> n = e_->tops();
    const Group* first = nullptr;
    for (const auto& [logit, group] : groups_) {
      if (is_far(first, logit)) {
        linear.add(rest_beyond(), -e_->gap(first->k));
        rest.add(rest_beyond(), -e_->gap(groups_.begin()->second.k));
        break;
      }
      const Tracked<A> count = group.count;
      const Tracked<A> weight = n * (n * group.difference(above) - (count + count) * from_top);
      if (first == nullptr && !weight.is_zero()) first = &group;
      linear.add(weight, -e_->gap(group.k));
      rest.add(count, -e_->gap(group.k));
    }
    return groups_.empty() ? 0 : linear.sign_with_product(-from_top, rest, rest);
  }

  const Exponentials<A>* e_;
  Tracked<A> of_top_;                               // sum over the classes at the top of above(k)
  Tracked<A> of_rest_;                              // sum over the others of e_k above(k)
  std::map<double, Group, std::greater<>> groups_;  // in enclosures, instead
};

}  // namespace lossproof::softmax_rows
