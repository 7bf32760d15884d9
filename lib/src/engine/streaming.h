// Outputs that are written past the caches, without their memory being read first.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "lossproof/tensor.h"

namespace lossproof::detail {

/// Bytes of an output from which it is worth it, where memory is what a kernel waits for: with what the call reads that
/// is more than most caches hold, and its first part would be gone before anybody asks for it. Tests lower it.
inline std::atomic<std::int64_t> streamed_from{1 << 24};

inline bool is_streamed(const MutableTensorView& out) {
  return count(out.shape()) * static_cast<std::int64_t>(size_of(out.dtype())) >= streamed_from;
}

/// How many of n elements of T lie before the first that is aligned to `vector` bytes: n if none is.
template <class T>
std::int64_t before_aligned(const T* elements, std::int64_t vector, std::int64_t n) {
  constexpr auto size = static_cast<std::int64_t>(sizeof(T));
  const auto beyond = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(elements)) & (vector - 1);
  const std::int64_t bytes = (vector - beyond) & (vector - 1);
  return bytes % size == 0 ? std::min(n, bytes / size) : n;
}

}  // namespace lossproof::detail
