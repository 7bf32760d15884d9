// A row's value times its weight: to be rounded, or to be added up.
#pragma once

#include <cmath>

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
template <class A>
arith::Approx<A> to_add(const arith::Approx<A>& value, double weight) {
  return weight == 1 ? value : to_add(arith::Tracked<A>(value), weight);
}

/// Of a value that is known. A weight is finite: a zero of it leaves nothing of an infinite loss.
inline double times_weight(double known, double weight) {
  if (weight == 1 || known == 0) return known;
  return std::isinf(known) && weight == 0 ? 0.0 : known * weight;
}

}  // namespace lossproof::detail
