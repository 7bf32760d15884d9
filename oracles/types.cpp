#include "oracles/types.h"

#include <array>

namespace oracles {

std::string_view name(DType dtype) {
  static constexpr std::array<std::string_view, 6> names = {"f16", "bf16", "f32", "f64", "i32", "i64"};
  return names[static_cast<std::size_t>(dtype)];
}

std::string_view name(Reduction reduction) {
  static constexpr std::array<std::string_view, 5> names = {"none", "per_sample", "mean", "sum", "batchmean"};
  return names[static_cast<std::size_t>(reduction)];
}

std::string_view name(Output output) {
  static constexpr std::array<std::string_view, 3> names = {"value", "grad", "grad_target"};
  return names[static_cast<std::size_t>(output)];
}

bool is_real(DType dtype) { return dtype <= DType::f64; }

std::int64_t count(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

}  // namespace oracles
