// The floating-point formats of results. Every value of one of them is exact in a double.
#pragma once

#include "oracles/types.h"

namespace oracles {

/// A binary format as IEEE 754 has them: `precision` significant bits, normal numbers from 2^emin to below 2^(emax + 1).
struct Format {
  int precision;
  int emin;
  int emax;
};

inline constexpr Format binary16{11, -14, 15};
inline constexpr Format bfloat16{8, -126, 127};
inline constexpr Format binary32{24, -126, 127};
inline constexpr Format binary64{53, -1022, 1023};

/// The format of a real dtype.
constexpr Format format_of(DType dtype) {
  switch (dtype) {
    case DType::f16:
      return binary16;
    case DType::bf16:
      return bfloat16;
    case DType::f32:
      return binary32;
    default:
      return binary64;
  }
}

}  // namespace oracles
