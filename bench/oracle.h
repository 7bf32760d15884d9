// How fast the oracle decides.
#pragma once

#include <vector>

#include "bench/measurement.h"

namespace bench {

/// Value and gradient of every definition in every real dtype, one core, from problem to rounded results: rows of 1,000
/// logits, or as many elements. Each takes at least 5 `seconds`.
std::vector<Measurement> oracle_speed(double seconds, const Note& note);

}  // namespace bench
