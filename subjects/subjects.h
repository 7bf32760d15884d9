// Who is on trial here.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "properties/subject.h"

namespace subjects {

/// This library, held to its promise.
std::unique_ptr<properties::Subject> make_lossproof();

/// The textbook formula in the working dtype, as beginners write it: the definition evaluated in f64 for f64 inputs and
/// in f32 for all others (as frameworks do for 16 bits), sums in the order of memory. No promise.
std::unique_ptr<properties::Subject> make_naive();

/// Every subject, this library first.
std::span<const properties::Subject* const> subjects();

/// The subject of this name, or null.
const properties::Subject* find_subject(std::string_view name);

}  // namespace subjects
