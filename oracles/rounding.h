// The correctly rounded value: which number of a format a real number, known by an enclosure, rounds to.
#pragma once

#include <optional>

#include "oracles/ball.h"
#include "oracles/enclosure.h"
#include "oracles/format.h"

namespace oracles {

/// The number of `format` that every real number of the enclosure rounds to (nearest, ties to even; beyond the
/// range to infinity as IEEE 754 section 4.3.1; below it to the zero of its sign; exactly 0 to +0), or nullopt
/// where they do not all round to one. Never passes through another format. An enclosure that is NaN gives NaN.
std::optional<double> round_to(const Enclosure& enclosure, const Format& format);

/// The double `x` rounded to the format, directly; infinities and NaN stay, as does the sign of 0.
double quantized(double x, const Format& format);

/// The same of a ball's numbers; nullopt of a ball that knows nothing.
std::optional<double> round_to(const Ball& ball, const Format& format);

/// A ball's least and largest number, rounded outward. A difference of two doubles within a factor of two of each other
/// is exact (Sterbenz); another is off by at most 2^-53 of itself.
inline double least(const Ball& x) {
  const double end = x.mid - x.radius;
  const bool exact = x.radius == 0 || (x.radius >= x.mid / 2 && x.radius <= 2 * x.mid);
  return exact ? end : end - std::fabs(end) * 0x1p-52;
}
inline double largest(const Ball& x) { return -least(-x); }

}  // namespace oracles
