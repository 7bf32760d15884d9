// A quick look at inputs that have to be probabilities.
#pragma once

#include "lossproof/tensor.h"

namespace lossproof {

/// Whether a dense tensor of real numbers has none outside [0, 1]; NaN is not. Of one that is not dense: false.
bool are_seen_to_be_probabilities(const TensorView& view);

}  // namespace lossproof
