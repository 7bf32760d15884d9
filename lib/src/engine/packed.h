// Rows of tensors that lie anywhere in memory, for kernels in vectors, which take dense ones.
#pragma once

#include "engine/kernel.h"
#include "engine/stretch.h"

namespace lossproof::detail {

/// A row of more classes is not packed.
inline constexpr std::int64_t most_packed_classes = 1 << 18;

/// Runs the kernel on the rows of the stretch, as if all tensors of the request were dense: those that are not are
/// copied to memory of 2^13 elements of each, or of one row if that is longer, and outputs back.
void run_packed(VectorPass pass, Form form, const Request& request, Stretch& stretch);

}  // namespace lossproof::detail
