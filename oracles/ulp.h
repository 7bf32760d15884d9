// The one definition of an error in ulp.
#pragma once

#include <optional>

#include "oracles/ball_answers.h"
#include "oracles/enclosure.h"
#include "oracles/format.h"

namespace oracles {

/// ulp(t) for the true value t, 2^e <= |t| < 2^(e + 1), is the spacing of the format there:
/// 2^(max(e, emin) - precision + 1). The error of a result r is |r - t| / ulp(t), a real number, never rounded first.
///
/// - Subnormal t: the spacing is that of the smallest normal number, so an error of 0.5 is half the smallest subnormal.
/// - t = 0: ulp is the smallest subnormal.
/// - Binade edges: the spacing is t's own. A result just below t = 2^e is half an ulp away although it is the
///   neighbour: an error of 0.5 or less does not imply correct rounding, which is decided by `round_to` alone.
/// - Overflow: a t that rounds to an infinity counts as that infinity, whatever its size.
/// - Infinities and NaN: 0 where r and t are the same infinity or both NaN, otherwise +inf where one of them is
/// infinite or NaN.
/// - The sign of 0 costs nothing here: +0 and -0 are the same distance from t. It is `round_to` that tells them apart.
///
/// This is that error for a t known by an enclosure, whose rounded value is `rounded`, told as the nearest multiple of
/// 2^-16 (to 40 bits where it is beyond 2^24): one number whichever enclosure tells it. nullopt where the enclosure leaves
/// open which.
std::optional<double> ulp_error(double result, double rounded, const Enclosure& enclosure, const Format& format);
std::optional<double> ulp_error(double result, double rounded, const Ball& ball, const Format& format);

/// The error itself, correctly rounded to f64; nullopt where the enclosure does not decide it.
std::optional<double> exact_ulp_error(double result, double rounded, const Enclosure& enclosure, const Format& format);

/// Between which numbers the error lies, each correctly rounded to f64; [0, inf] where nothing is known.
ErrorRange rounded_error_range(double result, double rounded, const Enclosure& enclosure, const Format& format);

}  // namespace oracles
