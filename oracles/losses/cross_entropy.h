#pragma once

#include "oracles/definition.h"

namespace oracles {

/// Cross entropy of class indices, with derivatives with respect to the logits.
const Definition& cross_entropy();

}  // namespace oracles
