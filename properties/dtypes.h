// Which dtypes a case's inputs and results have.
#pragma once

#include <array>
#include <string>

#include "oracles/format.h"
#include "oracles/types.h"

namespace properties {

/// The dtype of a case's first input (and of all its real inputs), and that of its value (and of grad_output). The
/// gradient has one of the two.
struct DTypes {
  oracles::DType input;
  oracles::DType result;

  constexpr DTypes(oracles::DType both) : input(both), result(both) {}
  constexpr DTypes(oracles::DType of_inputs, oracles::DType of_results) : input(of_inputs), result(of_results) {}

  bool operator==(const DTypes&) const = default;
};

/// The pairs that are tried. Each dtype by itself; logits of 16 bits with a loss in f32, as mixed precision trains; and
/// f32 to a narrower and a wider dtype and f64 to a narrower one, so that results are rounded both ways.
inline constexpr std::array dtype_pairs{
    DTypes(oracles::DType::f16),
    DTypes(oracles::DType::bf16),
    DTypes(oracles::DType::f32),
    DTypes(oracles::DType::f64),
    DTypes(oracles::DType::f16, oracles::DType::f32),
    DTypes(oracles::DType::bf16, oracles::DType::f32),
    DTypes(oracles::DType::f32, oracles::DType::bf16),
    DTypes(oracles::DType::f32, oracles::DType::f64),
    DTypes(oracles::DType::f64, oracles::DType::f32),
};

/// Of the two, the one with fewer significant bits.
constexpr oracles::DType narrower(DTypes dtypes) {
  const bool result = oracles::format_of(dtypes.result).precision < oracles::format_of(dtypes.input).precision;
  return result ? dtypes.result : dtypes.input;
}

/// "f32", or "bf16 to f32" where the results have another dtype.
inline std::string name(DTypes dtypes) {
  const std::string input(oracles::name(dtypes.input));
  return dtypes.input == dtypes.result ? input : input + " to " + std::string(oracles::name(dtypes.result));
}

}  // namespace properties
