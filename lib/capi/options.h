// The options of a call, from C's structure.
#pragma once

#include <vector>

#include "lossproof/loss.h"
#include "lossproof/lossproof.h"

namespace lossproof::capi {

/// Those that the loss takes.
std::vector<lossproof_option> options_of(const Loss& loss);

/// Null for the defaults. Error: a size that is none, fields that this library does not know, a value out of range.
Options read_options(const Loss& loss, const lossproof_options* options);

}  // namespace lossproof::capi
