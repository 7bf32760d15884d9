#pragma once

#include "oracles/definition.h"

namespace oracles {

/// Binary cross entropy from logits, with derivatives with respect to the logits.
const Definition& binary_cross_entropy_with_logits();

}  // namespace oracles
