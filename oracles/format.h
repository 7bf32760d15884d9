// The floating-point formats of results. Every value of one of them is exact in a double.
#pragma once

#include "oracles/types.h"

namespace oracles {

/// A binary format of IEEE 754: `precision` significant bits, normal numbers from 2^emin to below 2^(emax + 1).
struct Format {
  int precision;
  int emin;
  int emax;
};

inline constexpr Format binary32{24, -126, 127};
inline constexpr Format binary64{53, -1022, 1023};

/// The format of a real dtype.
constexpr Format format_of(DType dtype) { return dtype == DType::f32 ? binary32 : binary64; }

}  // namespace oracles
