// The gradient of a softmax from factors g, p_j (g_j - sum_k p_k g_k) = e_j S_j / Z^2, S_j = sum_k e_k (g_j - g_k), see
// exponentials.h.
//
// Only differences from the factor of one class at the top are added up, so that equal factors cancel exactly. With
// D_j = sum over the classes at the top of g_j - g_k, n of them, and r = rest,
//   j at the top: e_j S_j / Z^2 = (D_j + (n^2 (S_j - D_j) - D_j r (2 n + r)) / Z^2) / n^2,
// where the fraction in the middle is next to nothing if r is.
#pragma once

#include <cstdint>

#include "losses/exponentials.h"

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
      } else if (!e.is_absent(k) && !e.is_one_hot()) {
        below.add((e[k] * above(k)).approx());
      }
    }
    of_rest_ = below.over(1);
  }

  detail::Fraction<A> operator()(std::int64_t j, const Tracked<A>& above) const {
    const Tracked<A>& rest = e_->rest();
    const Tracked<A> total = e_->total();
    const Tracked<A> n = e_->tops();
    const Tracked<A> from_top = n * above - of_top_;
    const Tracked<A> from_rest = rest * above - of_rest_;
    if (!e_->is_top(j)) return {(*e_)[j] * (from_top + from_rest), total * total};
    const Tracked<A> small = (n * n * from_rest - from_top * rest * (n + total)) / (total * total);
    return {from_top + small, n * n};
  }

 private:
  const Exponentials<A>* e_;
  Tracked<A> of_top_;   // sum over the classes at the top of above(k)
  Tracked<A> of_rest_;  // sum over the others of e_k above(k)
};

}  // namespace lossproof::softmax_rows
