// Numbers next to a double, on a side of it that is known, however close: where that is a midpoint, no ball tells how
// they round.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "oracles/ball.h"
#include "oracles/ball_answers.h"

namespace oracles {

/// Not `at`, which is not 0, but off by less than 2^-60 of it, to the side of larger (1) or smaller (-1) numbers.
struct Beside {
  double at;
  int side;
};

/// Of what lies beside `lead` where that is a double other than 0.
inline std::optional<Beside> beside(const Ball& lead, int side) {
  const bool known = lead.radius == 0 && lead.mid != 0 && std::isfinite(lead.mid);
  return known ? std::optional(Beside{lead.mid, side}) : std::nullopt;
}

/// What it rounds to, in a format of at most 32 bits. Its midpoints have at most 25 bits, so that of two doubles next
/// to each other one at most is a number or a midpoint of the format, and its last bits are 0: where the doubles before
/// `at` and beyond it round to different numbers and that is `at`, all that is beyond it, up to the next double, rounds
/// as that does.
inline std::optional<double> round_to(const Beside& number, const Format& format) {
  if (format.precision == binary64.precision) return std::nullopt;
  constexpr double inf = std::numeric_limits<double>::infinity();
  const double beyond = quantized(std::nextafter(number.at, number.side * inf), format);
  const double before = quantized(std::nextafter(number.at, -number.side * inf), format);
  const bool may_be_midpoint = (std::bit_cast<std::uint64_t>(number.at) & 3) == 0;
  return beyond == before || may_be_midpoint ? std::optional(beyond) : std::nullopt;
}

}  // namespace oracles
