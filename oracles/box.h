// What is known of many rows at once: all between two.
#pragma once

#include <cstddef>

#include "oracles/definition.h"
#include "oracles/ulp.h"

namespace oracles {

/// The rows whose x[k] lies between low.x[k] and high.x[k], and y[k] between low.y[k] and high.y[k]; all finite, one target,
/// the same parameters.
struct Box {
  Row<double> low, high;
};

/// Whether the true value of every row of the box rounds to `result`, a finite number: from an evaluation of the
/// formula by MPFI at `first_precision`, over intervals of inputs. It may be so where this is false: of rows that a
/// formula treats in different ways nothing is known, nor of a loss whose formula is not that of all finite rows
/// (`is_edge`, `replace_unused`).
bool rounds_to(const Definition& definition, Output output, std::size_t j, const Box& box, double result,
               const Format& format);

/// Between which numbers the errors of `result` lie over a box, each error rounded to f64 as exact_ulp_error does, so that
/// where the two are one, it is what exact_ulp_error says of every row. Of interest are the rows whose true value rounds
/// to `rounded`. Finite numbers; from an evaluation as above.
///
/// Condition: a formula that chooses a branch by its inputs (is_positive, is_greater) encloses the truth on either branch.
ErrorRange error_range(const Definition& definition, Output output, std::size_t j, const Box& box, double result,
                       double rounded, const Format& format);

}  // namespace oracles
