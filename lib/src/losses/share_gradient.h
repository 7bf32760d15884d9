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
#include <optional>

#include "losses/exponentials.h"

namespace lossproof::softmax_rows {

/// Without a class that is absent, which has no part in it. above(k) is g_k less the factor of one class at the top.
template <class A>
class ShareGradient {
 public:
  template <class Above>
  ShareGradient(const Exponentials<A>& e, std::int64_t classes, const Above& above) : e_(&e), rest_(e.rest()) {
    const auto first = first_far_out(classes);
    arith::Sum<A> below, closer;
    for (std::int64_t k = 0; k < classes; ++k) {
      if (e.is_top(k)) {
        of_top_ = of_top_ + above(k);
      } else if (!e.is_absent(k) && !e.is_one_hot()) {
        const Tracked<A> e_k = first && is_far_out(k) ? exp(e.depth(*first) - e.depth(k) - far_out) : e[k];
        below.add((e_k * above(k)).approx());
        if (first) closer.add(e_k.approx());
      }
    }
    of_rest_ = below.over(1);
    if (first) rest_ = closer.over(1);
  }

  detail::Fraction<A> operator()(std::int64_t j, const Tracked<A>& above) const {
    const Tracked<A> n = e_->tops();
    const Tracked<A> total = n + rest_;
    const Tracked<A> from_top = n * above - of_top_;
    const Tracked<A> from_rest = rest_ * above - of_rest_;
    if (!e_->is_top(j)) return {(*e_)[j] * (from_top + from_rest), total * total};
    const Tracked<A> small = (n * n * from_rest - from_top * rest_ * (n + total)) / (total * total);
    return {from_top + small, n * n};
  }

 private:
  static constexpr double far_out = 0x1p39;

  bool is_far_out(std::int64_t k) const { return e_->reach(k) > far_out; }

  /// The largest logit far out, if any is and none is nearly so; in enclosures alone, whose exponents go as far as that.
  std::optional<std::int64_t> first_far_out(std::int64_t classes) const {
    std::optional<std::int64_t> first;
    if (!Tracked<A>::encloses || e_->is_one_hot()) return first;
    for (std::int64_t k = 0; k < classes; ++k) {
      if (e_->is_absent(k)) continue;
      if (!is_far_out(k) && e_->reach(k) > far_out / 2) return std::nullopt;
      if (is_far_out(k) && (!first || e_->logit(k) > e_->logit(*first))) first = k;
    }
    return first;
  }

  const Exponentials<A>* e_;
  Tracked<A> rest_;
  Tracked<A> of_top_;   // sum over the classes at the top of above(k)
  Tracked<A> of_rest_;  // sum over the others of e_k above(k)
};

}  // namespace lossproof::softmax_rows
