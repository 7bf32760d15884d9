// Numbers of 16 bits, as elements of tensors: they convert, and do no arithmetic of their own.
#pragma once

#include <bit>
#include <cstdint>

namespace lossproof {

namespace detail {

/// A sign, `exponent_bits` and the rest of mantissa, as IEEE 754 lays out its binary formats.
template <int exponent_bits>
class Float16 {
 public:
  Float16() = default;

  /// Rounded once, to nearest, ties to even; infinite from half a unit above the largest number on.
  explicit constexpr Float16(double value) : bits_(nearest(value)) {}

  static constexpr Float16 from_bits(std::uint16_t bits) {
    Float16 x;
    x.bits_ = bits;
    return x;
  }
  constexpr std::uint16_t bits() const { return bits_; }

  /// Exact. NaN stays NaN.
  constexpr operator float() const {
    if constexpr (exponent_bits == 8) {
      return std::bit_cast<float>(std::uint32_t{bits_} << 16);
    } else {
      const std::uint32_t sign = (bits_ & 0x8000u) << 16;
      const std::uint32_t magnitude = bits_ & 0x7fffu;
      if (magnitude < smallest_normal) {
        const float size = static_cast<float>(magnitude) / static_cast<float>(1 << (bias - 1 + mantissa_bits));
        return sign != 0 ? -size : size;
      }
      constexpr std::uint32_t rebias = (127 - bias) << 23;  // twice it takes the largest exponent to the largest
      const std::uint32_t exponent = magnitude < infinite ? rebias : 2 * rebias;
      return std::bit_cast<float>(sign | ((magnitude << (23 - mantissa_bits)) + exponent));
    }
  }

 private:
  static constexpr int mantissa_bits = 15 - exponent_bits;
  static constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  static constexpr std::uint16_t smallest_normal = 1 << mantissa_bits;
  static constexpr std::uint16_t infinite = 0x8000 - smallest_normal;

  /// A mantissa that rounds up to 2 carries into the exponent, and from the largest exponent into infinity.
  static constexpr std::uint16_t nearest(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto sign = static_cast<std::uint16_t>(bits >> 48 & 0x8000);
    const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
    constexpr int dropped = 52 - mantissa_bits;
    constexpr std::uint64_t rebias = static_cast<std::uint64_t>(1023 - bias) << mantissa_bits;
    if (magnitude > std::uint64_t{0x7ff} << 52) return sign | infinite | smallest_normal >> 1;
    if (magnitude >= std::uint64_t{1024 + bias} << 52) return sign | infinite;
    if (magnitude >= std::uint64_t{1024 - bias} << 52) {
      const std::uint64_t odd = magnitude >> dropped & 1;
      const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
      return static_cast<std::uint16_t>(sign | (((magnitude + half - 1 + odd) >> dropped) - rebias));
    }
    // Below the normal numbers, 2^52 units plus the value is rounded by the addition to whole units.
    constexpr double shift = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + 53 - bias - mantissa_bits) << 52);
    const double sum = std::bit_cast<double>(magnitude) + shift;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint64_t>(sum) & 0xffff));
  }

  std::uint16_t bits_;
};

}  // namespace detail

/// IEEE 754 binary16 (f16): 11 bits of precision, from 2^-24 to 65504.
using Half = detail::Float16<5>;

/// The upper half of a binary32 (bf16): 8 bits of precision, from 2^-133 to 0x1.fep127.
using BFloat16 = detail::Float16<8>;

}  // namespace lossproof
