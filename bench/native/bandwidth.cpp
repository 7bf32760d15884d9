#include "bench/native/bandwidth.h"

#include <Eigen/Core>
#include <cstring>

namespace bench {

std::int32_t read(const std::byte* from, std::size_t bytes) {
  std::int32_t sum = 0;
  const std::size_t words = bytes / sizeof sum;
  sum = Eigen::Map<const Eigen::ArrayXi>(reinterpret_cast<const int*>(from), static_cast<Eigen::Index>(words)).sum();
  for (std::size_t i = words * sizeof sum; i < bytes; ++i) sum += static_cast<std::int32_t>(from[i]);
  return sum;
}

void copy(const std::byte* from, std::byte* to, std::size_t bytes) { std::memcpy(to, from, bytes); }

}  // namespace bench
