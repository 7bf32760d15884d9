// Logarithms of probabilities that are clamped, as binary cross entropy has them.
#pragma once

namespace lossproof::clamped {

inline constexpr double least_log = -100;

/// The largest double whose logarithm is below it.
inline constexpr double largest = 0x1.a8c1f14e2af5cp-145;

}  // namespace lossproof::clamped
