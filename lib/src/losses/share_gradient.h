// The gradient of a softmax from factors g, p_j (g_j - sum_k p_k g_k) = e_j S_j / Z^2, S_j = sum_k e_k (g_j - g_k), see
// exponentials.h.
//
// Only differences from the factor of one class at the top are added up, so that equal factors cancel exactly. With
// D_j = sum over the classes at the top of g_j - g_k, n of them, and r = rest,
//   j at the top: e_j S_j / Z^2 = (D_j + (n^2 (S_j - D_j) - D_j r (2 n + r)) / Z^2) / n^2,
// where the fraction in the middle is next to nothing if r is.
//
// Far out, beyond a depth of 2^39, where in the end not even an exponent tells one e_k from another, all are brought
// closer by one factor, e^s, so that the first of them is at 2^39. No class may lie between 2^38 and 2^39: then the
// others' terms are larger by e^(2^38), before and after, and no product of two e_k lies between. What is far out decides
// nothing but the sign of what is next to nothing, in which it is linear, beyond such products: that is the same.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "losses/exponentials.h"

namespace lossproof::softmax_rows {

/// Without a class that is absent, which has no part in it. above(k) is g_k less the factor of one class at the top.
template <class A>
class ShareGradient {
 public:
  template <class Above>
  ShareGradient(const Exponentials<A>& e, std::int64_t classes, const Above& above) : e_(&e), rest_(e.rest()) {
    arith::Sum<A> below;
    for (std::int64_t k = 0; k < classes; ++k) {
      if (e.is_top(k)) {
        of_top_ = of_top_ + above(k);
      } else if (!e.is_absent(k) && !e.is_one_hot()) {
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
    if (!groups_.empty()) put_exponentials();
  }

  detail::Fraction<A> operator()(std::int64_t j, const Tracked<A>& above) const {
    const Tracked<A> n = e_->tops();
    const Tracked<A> total = n + rest_;
    const Tracked<A> from_top = n * above - of_top_;
    const Tracked<A> from_rest =
        Tracked<A>::encloses ? from_groups(above, from_top.is_zero()) : rest_ * above - of_rest_;
    if (!e_->is_top(j)) return {(*e_)[j] * (from_top + from_rest), total * total};
    const Tracked<A> small = (n * n * from_rest - from_top * rest_ * (n + total)) / (total * total);
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
  };

  static constexpr double far_out = 0x1p39;

  void put_exponentials() {
    bool nearly = false;
    for (const auto& [logit, group] : groups_) {
      const double reach = e_->reach(group.k);
      nearly |= reach > far_out / 2 && reach <= far_out;
      if (reach > far_out && first_out_ == nullptr) first_out_ = &group;
    }
    if (nearly) first_out_ = nullptr;
    arith::Sum<A> rest;
    for (auto& [logit, group] : groups_) {
      group.e = moved(group) && first_out_ != nullptr ? exponential(group, *first_out_) : (*e_)[group.k];
      rest.add((group.e * Tracked<A>(group.count)).approx());
    }
    rest_ = rest.over(1);
  }

  bool moved(const Group& group) const { return e_->reach(group.k) > far_out; }

  /// That of a class that is far out, moved so that `first` is at far_out.
  Tracked<A> exponential(const Group& group, const Group& first) const {
    return exp(e_->depth(first.k) - e_->depth(group.k) - far_out);
  }

  /// In enclosures. Where nothing is added to this sum, and the first term that does not cancel is far out, but not the first there, then
  /// it is the one to move: the sign is its own.
  Tracked<A> from_groups(const Tracked<A>& above, bool is_alone) const {
    Tracked<A> sum;
    const Group* first = nullptr;
    Tracked<A> e_first;
    for (const auto& [logit, group] : groups_) {
      if (first != nullptr && e_->reach(group.k) - e_->reach(first->k) > 0x1p31) return sum + e_first * rest_beyond();
      const Tracked<A> difference = Tracked<A>(group.count) * above - group.above;
      if (difference.is_zero()) continue;
      if (first == nullptr) first = &group;
      const bool is_moved_again = is_alone && first != first_out_ && moved(*first);
      const Tracked<A> e = is_moved_again ? exponential(group, *first) : group.e;
      if (first == &group) e_first = e;
      sum = sum + e * difference;
    }
    return sum;
  }

  /// All terms that are smaller than the first by e^-(2^31) or more, over its e: 2^63 classes, twice as often a factor
  /// below 2^1024 and e^-(2^31) < 2^-(2^31).
  static Tracked<A> rest_beyond() {
    if constexpr (Tracked<A>::encloses) {
      return arith::Approx<A>{Tracked<A>::up_to(-(std::int64_t{1} << 30)), 0};
    } else {
      return {};
    }
  }

  const Exponentials<A>* e_;
  Tracked<A> rest_;
  Tracked<A> of_top_;   // sum over the classes at the top of above(k)
  Tracked<A> of_rest_;  // sum over the others of e_k above(k)
  std::map<double, Group, std::greater<>> groups_;  // in enclosures, instead
  const Group* first_out_ = nullptr;                // far out, if none is nearly so
};

}  // namespace lossproof::softmax_rows
