// The correctly rounded value: which number of a format a real number, known by an enclosure, rounds to.
#pragma once

#include <cstdint>
#include <optional>

#include "oracles/format.h"
#include "oracles/real.h"

namespace oracles {

/// Whether the real number may be an endpoint of its enclosure. `excluded`: it lies strictly between two endpoints (so
/// an enclosure whose endpoint is a midpoint is decided to the inner side, and one whose endpoint is 0 has a sign).
enum class Ends : std::uint8_t { included, excluded };

/// The number of `format` that every real number of the enclosure rounds to (nearest, ties to even; beyond the
/// range to infinity as IEEE 754 section 4.3.1; below it to the zero of its sign; exactly 0 to +0), or nullopt
/// where they do not all round to one. Never passes through another format. An enclosure that is NaN gives NaN.
std::optional<double> round_to(const Interval& enclosure, Ends ends, const Format& format);

}  // namespace oracles
