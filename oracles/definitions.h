// The losses that have a definition: those with a file in losses/, which the build lists as ORACLES_LOSSES.
#pragma once

#include <vector>

#include "oracles/definition.h"
#include "oracles_losses.h"

namespace oracles {

#define ORACLES_LOSS(loss) const Definition& loss();
ORACLES_LOSSES
#undef ORACLES_LOSS

inline std::vector<const Definition*> definitions() {
#define ORACLES_LOSS(loss) &loss(),
  return {ORACLES_LOSSES};
#undef ORACLES_LOSS
}

}  // namespace oracles
