// Who is on trial here.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "properties/subject.h"

namespace subjects {

/// This library, held to its promise: `lossproof` on the target that its users get, then `lossproof-avx2` and the like on
/// each target that this machine can run. Error: LOSSPROOF_TARGET names no target (lossproof::Error).
std::vector<std::unique_ptr<properties::Subject>> make_lossproof();

/// The textbook formula in the working dtype, as beginners write it: the definition evaluated in f64 for f64 inputs and
/// in f32 for all others (as frameworks do for 16 bits), sums in the order of memory. No promise.
std::unique_ptr<properties::Subject> make_naive();

/// Every subject, this library first. Error: as make_lossproof.
std::span<const properties::Subject* const> subjects();

/// The subject of this name, or null.
const properties::Subject* find_subject(std::string_view name);

}  // namespace subjects
