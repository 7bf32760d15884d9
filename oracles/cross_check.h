// The rungs against each other: every way of evaluating a row must agree with every other.
#pragma once

#include <optional>
#include <string>

#include "oracles/definition.h"

namespace oracles {

/// What is wrong where two routes exclude each other on this row, for its value or a derivative: MPFI at 128, 256 and 512
/// bits, Arb at 128 and 256, balls in f64, the textbook formula in balls over cpp_bin_float_100, its derivative by dual
/// numbers, and the exact rational where there is one. nullopt: they all overlap.
/// The row must be finite, with |x| < 2^30 (the exponents of cpp_bin_float_100).
std::optional<std::string> disagreement(const Definition& definition, const Row<double>& row);

}  // namespace oracles
