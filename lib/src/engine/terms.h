// A row's value times its weight: to be rounded, or to be added up.
#pragma once

#include <cmath>
#include <type_traits>

#include "arith/tracked.h"

namespace lossproof::detail {

template <class A>
arith::Approx<A> to_round(const arith::Tracked<A>& value, double weight) {
  return (value * arith::Tracked<A>(weight)).result();
}
template <class A>
arith::Approx<A> to_round(const arith::Approx<A>& value, double weight) {
  return weight == 1 ? value : to_round(arith::Tracked<A>(value), weight);
}

template <class A>
arith::Approx<A> to_add(const arith::Tracked<A>& value, double weight) {
  return (value * arith::Tracked<A>(weight)).approx();
}
/// What Fast::exp leaves out of e^x, 2^-721, counts where weights make the sum one of both signs: by a weight of 2^128,
/// of 2^53 rows, it is less than 2^-500.
template <class A>
arith::Approx<A> to_add(const arith::Approx<A>& value, double weight) {
  if (weight == 1) return value;
  arith::Approx<A> term = to_add(arith::Tracked<A>(value), weight);
  if constexpr (std::is_same_v<A, arith::Fast>) term.radius += 0x1p-500;
  return term;
}

/// Of a value that is known. A weight is finite: a zero of it leaves nothing of an infinite loss.
inline double times_weight(double known, double weight) {
  if (weight == 1 || known == 0) return known;
  return std::isinf(known) && weight == 0 ? 0.0 : known * weight;
}

}  // namespace lossproof::detail
