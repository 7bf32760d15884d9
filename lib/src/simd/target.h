#pragma once

#include <cstddef>

namespace lossproof::simd {

/// The place of the target that runs in Highway's tables of functions. Error: as `lossproof::target`.
std::size_t target_index();

}  // namespace lossproof::simd
