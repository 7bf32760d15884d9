// The losses that have a definition: those with a file in losses/, from which the build makes the list ORACLES_LOSSES.
#pragma once

#include <vector>

#include "oracles/definition.h"

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
