// The sign of a number that has to be evaluated: which infinity it is the factor of.
#pragma once

#include "arith/ladder.h"
#include "engine/output.h"

namespace lossproof::detail {

/// -1, 0 or 1. `evaluate(A{})` is the number in arithmetic A, as Tracked<A>; if it is not 0, it is at least 2^-1074.
template <class Evaluate>
int sign_of(const Evaluate& evaluate) {
  Refinements uncounted{};
  const double rounded = arith::rounded<arith::Fine>(format_of(DType::f64), uncounted,
                                                     [&](auto arithmetic) { return evaluate(arithmetic).approx(); });
  return (rounded > 0) - (rounded < 0);
}

}  // namespace lossproof::detail
