// What a ball in f64 answers of itself: the number of a format that it rounds to, and the error of another. Inline, for
// they are asked 2^32 times in a row.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "oracles/ball.h"
#include "oracles/format.h"

namespace oracles {
namespace detail {

/// e with 2^e <= |x| < 2^(e + 1) of a normal x; -1023 of a smaller one, 1024 of an infinity or NaN.
inline int exponent_of(double x) { return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023; }

/// 2^k for |k| < 1023.
inline double power_of_two(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52); }

/// The exponent of ulp(t) for a double t.
inline int ulp_exponent(double t, const Format& format) {
  return std::max(exponent_of(t), format.emin) - (format.precision - 1);
}

/// x / 2^exponent.
inline double in_ulps(double x, int exponent) {
  return exponent > -1023 ? x * power_of_two(-exponent) : std::ldexp(x, -exponent);
}

}  // namespace detail

/// The double `x` rounded to the format, directly; infinities and NaN stay, as does the sign of 0.
///
/// Adding 3 * 2^(51 + quantum) leaves 2^quantum as the last bit of the sum, so that the addition rounds to it, as IEEE
/// 754 rounds: |x| < 2^(precision + quantum) is far below. The subtraction is exact.
[[gnu::always_inline]] inline double quantized(double x, const Format& format) {
  if (format.precision == binary64.precision) return x;
  if (format.precision == binary32.precision) return static_cast<float>(x);
  const int exponent = detail::exponent_of(x);
  if (exponent == 1024) return x;
  if (exponent > format.emax) return std::copysign(std::numeric_limits<double>::infinity(), x);
  const double shift = 1.5 * detail::power_of_two(detail::ulp_exponent(x, format) + 52);
  const double rounded = std::copysign((x + shift) - shift, x);
  const bool overflow = exponent == format.emax && std::fabs(rounded) == std::ldexp(1.0, format.emax + 1);
  return overflow ? std::copysign(std::numeric_limits<double>::infinity(), x) : rounded;
}

/// A ball's least and largest number, rounded outward. A difference of two doubles within a factor of two of each other
/// is exact (Sterbenz); another is off by at most 2^-53 of itself.
inline double least(const Ball& x) {
  const double end = x.mid - x.radius;
  const bool exact = x.radius == 0 || (x.radius >= x.mid / 2 && x.radius <= 2 * x.mid);
  return exact ? end : end - std::fabs(end) * 0x1p-52;
}
inline double largest(const Ball& x) { return -least(-x); }

/// The number that every number of the ball rounds to, as rounding.h has it of an enclosure; nullopt of a ball that knows
/// nothing. No two ends of an inexact ball are one double: each is beside the midpoint or further away.
inline std::optional<double> round_to(const Ball& ball, const Format& format) {
  if (ball.radius == 0) return ball.mid == 0 ? 0 : quantized(ball.mid, format);
  if (!std::isfinite(ball.mid) || !std::isfinite(ball.radius)) return std::nullopt;
  const double low = quantized(least(ball), format);
  const double high = quantized(largest(ball), format);
  if (low != high || std::signbit(low) != std::signbit(high)) return std::nullopt;
  return low;
}

/// Whether every number of the ball rounds to `result`. Where this holds `round_to` gives it; elsewhere it may still.
/// What is compared is the bits of two roundings.
inline bool rounds_to(const Ball& ball, double result, const Format& format) {
  const auto is_result = [&](double end) {
    return std::bit_cast<std::uint64_t>(quantized(end, format)) == std::bit_cast<std::uint64_t>(result);
  };
  return ball.mid != 0 && std::isfinite(result) && is_result(least(ball)) && is_result(largest(ball));
}

/// What is known of an error in ulp: [0, inf] where nothing is.
struct ErrorRange {
  double least;
  double most;
};

/// The error where one of the two numbers is NaN or infinite.
inline std::optional<double> error_at_infinity(double result, double rounded) {
  if (std::isfinite(result) && std::isfinite(rounded)) return std::nullopt;
  const bool same = result == rounded || (std::isnan(result) && std::isnan(rounded));
  return same ? 0 : std::numeric_limits<double>::infinity();
}

/// The error of `result` (see ulp.h) where the truth is in the ball and rounds to `rounded`; a single number where the
/// ball is exact and so is the difference. Two doubles of a sign that differ by at most the smaller one subtract exactly,
/// as any does from 0; another difference is off by 2^-53 of itself.
inline ErrorRange error_range(double result, double rounded, const Ball& ball, const Format& format) {
  constexpr ErrorRange nothing{0, std::numeric_limits<double>::infinity()};
  if (const auto error = error_at_infinity(result, rounded)) return {*error, *error};
  if (!std::isfinite(ball.mid) || !std::isfinite(ball.radius)) return nothing;
  const double low = least(ball), high = largest(ball);
  const int exponent = detail::ulp_exponent(low, format), smallest = format.emin - (format.precision - 1);
  if (exponent != detail::ulp_exponent(high, format)) return nothing;
  if (low < 0 && high > 0 && exponent != smallest)
    return nothing;  // around 0 lies every spacing below that of the ends
  const double apart = std::fabs(result - ball.mid);
  const bool exact = result == 0 || ball.mid == 0 || apart <= std::min(std::fabs(ball.mid), std::fabs(result));
  const double near = std::max(0.0, apart * (exact ? 1 : 1 - 0x1p-52) - ball.radius), far = apart + ball.radius;
  if (exact && ball.radius == 0) return {detail::in_ulps(near, exponent), detail::in_ulps(far, exponent)};
  // What underflows when it is divided is off by the smallest number.
  return {std::max(0.0, detail::in_ulps(near * (1 - 0x1p-51), exponent) - detail::smallest),
          detail::in_ulps(far * (1 + 0x1p-51), exponent) + detail::smallest};
}

/// No less than the error in ulp of `rounded` where the truth is in the ball, in fewer steps: ulp(t) is no less than that
/// of a number which is nearer to 0 than all of the ball. The sum and the difference are off by 2^-53 of themselves, what
/// underflows by the smallest number.
inline double error_bound(double rounded, const Ball& ball, const Format& format) {
  const double nearer = std::max(0.0, std::fabs(ball.mid) * (1 - 0x1p-52) - 2 * ball.radius);
  const double far = (std::fabs(rounded - ball.mid) + ball.radius) * (1 + 0x1p-50);
  return detail::in_ulps(far, detail::ulp_exponent(nearer, format)) + detail::smallest;
}

}  // namespace oracles
