// The sign of a number that has to be evaluated: which infinity it is the factor of.
#pragma once

#include "arith/ladder.h"

namespace lossproof::detail {

/// -1, 0 or 1, of however small a number: `evaluate(A{})` is the number in arithmetic A, as Tracked<A>.
template <class Evaluate>
int sign_of(const Evaluate& evaluate) {
  if (const int sign = evaluate(arith::Fine{}).sign()) return sign;
  if (const int sign = arith::sign_of(evaluate(arith::Last{}).approx().value)) return sign;
  return arith::sign_of(evaluate(arith::Beyond{}).approx().value);
}

}  // namespace lossproof::detail
