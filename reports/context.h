// What a campaign ran on.
#pragma once

#include <string>

#include "reports/records.h"

namespace reports {

/// Version, machine, instruction sets, compiler, libraries and certificate of this process; the rest is for the caller to fill in.
Context this_machine();

}  // namespace reports
