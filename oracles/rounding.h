// The correctly rounded value: which number of a format a real number, known by an enclosure, rounds to.
#pragma once

#include <optional>

#include "oracles/ball_answers.h"
#include "oracles/enclosure.h"
#include "oracles/format.h"

namespace oracles {

/// The number of `format` that every real number of the enclosure rounds to (nearest, ties to even; beyond the
/// range to infinity as IEEE 754 section 4.3.1; below it to the zero of its sign; exactly 0 to +0), or nullopt
/// where they do not all round to one. Never passes through another format. An enclosure that is NaN gives NaN.
std::optional<double> round_to(const Enclosure& enclosure, const Format& format);

}  // namespace oracles
