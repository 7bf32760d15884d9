// The case behind a tally's worst error: drawn again, shrunk, stored, with the command that replays it.
#pragma once

#include <atomic>

#include "reports/campaign.h"
#include "reports/records.h"

namespace reports {

/// Fills in `worst`, `message` and `replay` of a tally that has a worst case, and writes the case's file.
/// When `stop` is true the case is stored as it was drawn.
void keep_worst(const Plan& plan, Tally& tally, const std::atomic<bool>& stop);

}  // namespace reports
