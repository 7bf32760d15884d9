// How fast the losses are, this library's and its peers'.
#pragma once

#include "bench/measurement.h"
#include "bench/peers.h"

namespace bench {

/// Each entrant of the field on this work, in turns: medians of five times of at least `seconds` each.
std::vector<Measurement> measured(const Work& work, const Field& field, double seconds);

}  // namespace bench
