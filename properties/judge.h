// outputs x enclosures -> verdict: whether a subject's results are the true ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "oracles/reference.h"
#include "properties/property.h"

namespace properties {

/// One output of one run against the truth. Held to 0.5 ulp, an element must be the correctly rounded number; held to a
/// larger bound, its error must not exceed it. `unwritten` is the index of an element the subject left alone, or -1.
Finding judge(const oracles::Reference& truth, oracles::Output output, std::span<const double> results,
              std::int64_t unwritten, double bound);

/// "accuracy": value and gradients against the oracle.
Property accuracy();

}  // namespace properties
