// The shrinker. A case is simpler than another if, at the first of these that differs, it
//   1. has fewer rows (batch entries, then dimensions: rows of a case of higher rank become a batch),
//   2. has fewer classes,
//   3. has a simpler attribute: results of the inputs' dtype, layout row_major, reduction none, no
//      ignore_index, parameters as they are by default, no weights, grad_output all 1,
//   4. has simpler numbers: the sum of `complexity` over its reals, then of its class indices, is smaller.
// Every step goes to a simpler case in which the property still fails, so shrinking ends; and it ends after
// `shrink_checks` checks in any case.
#pragma once

#include "properties/property.h"

namespace properties {

inline constexpr int shrink_checks = 3000;

/// How simple a number is to a reader: 0, then 1, then integers and short binary fractions of moderate size by
/// their significant bits and exponent; infinities and NaN come last. Negative numbers are less simple by one.
int complexity(double v);

/// Numbers simpler than v to try in its place, simplest first.
std::vector<double> simpler_numbers(double v);

}  // namespace properties
