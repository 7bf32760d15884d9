#include "tensor/probabilities.h"

#include <cstring>
#include <limits>

#include "tensor/elements.h"

namespace lossproof {
namespace {

/// Of numbers whose bits are those of an unsigned integer: what is above 1, or has a sign and is not 0, unless it is NaN.
template <class Bits>
bool none_outside(const void* data, std::int64_t n, Bits one, Bits infinity) {
  constexpr Bits all_but_sign = std::numeric_limits<Bits>::max() / 2;
  constexpr std::int64_t block = 512;  // whose loop the compiler makes vectors of
  const auto is_outside = [=](std::int64_t i) {
    const Bits v = element<Bits>(data, i);
    const Bits magnitude = v & all_but_sign;
    return static_cast<Bits>((v > one) & (magnitude != 0) & (magnitude <= infinity));
  };
  std::int64_t i = 0;
  for (; i + block <= n; i += block) {
    Bits outside = 0;
    for (std::int64_t k = 0; k < block; ++k) outside |= is_outside(i + k);
    if (outside != 0) return false;
  }
  for (; i < n; ++i) {
    if (is_outside(i) != 0) return false;
  }
  return true;
}

}  // namespace

bool are_seen_to_be_probabilities(const TensorView& view) {
  if (!is_dense(view)) return false;
  const std::int64_t n = count(view.shape());
  if (view.dtype() == DType::f32) return none_outside<std::uint32_t>(view.data(), n, 0x3f800000, 0x7f800000);
  if (view.dtype() == DType::f16) return none_outside<std::uint16_t>(view.data(), n, 0x3c00, 0x7c00);
  if (view.dtype() == DType::bf16) return none_outside<std::uint16_t>(view.data(), n, 0x3f80, 0x7f80);
  return none_outside<std::uint64_t>(view.data(), n, 0x3ff0000000000000, 0x7ff0000000000000);
}

}  // namespace lossproof
