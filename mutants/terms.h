// What the truths of rows are put together from.
#pragma once

#include "mutants/truth.h"

namespace mutants {

Number special(Number::Kind kind);
RowTruth nowhere(const LossRow& row, Number::Kind kind);

/// numerator / (c + s).
Real share(const Real& numerator, long c, const Real& s);
Real negated(Real v);
/// log(c + s).
Real log_of_sum(long c, const Real& s);

/// exp(-v) for v >= 0; where MPFR underflows, as exp_difference.
Real exp_of_minus(const Real& v);

/// tanh(x / 2), on 0's side of it and never 0 for x != 0: however close to a tie what it is added to is, it decides.
Real tanh_of_half(const Real& x);

/// 1 / (1 + e^-x).
Sum sigmoid_of(const Real& x);

}  // namespace mutants
