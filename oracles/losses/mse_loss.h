#pragma once

#include "oracles/definition.h"

namespace oracles {

/// Squared error, with derivatives with respect to the first input.
const Definition& mse_loss();

}  // namespace oracles
