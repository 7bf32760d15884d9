// The first rung: a real number known to within a radius, in hardware f64.
//
// Every operation gives the floating-point result with the exact error that it made where that can be computed (TwoSum,
// fused multiply-add), so that a radius of 0 means that the number is exact, and with what the operands' radii make of
// it. A number about which nothing can be said has an infinite or NaN radius. A ball whose radius is its midpoint holds
// numbers from 0 on: that is how e^x keeps its sign where it underflows, and operations that can keep it, do.
//
// The certificate rests on: IEEE 754 double arithmetic rounded to nearest, with subnormals; a correct fma; and
// `libm_ulps`.
#pragma once

#include <cmath>
#include <limits>

namespace oracles {

/// Assumed of the C library: exp, log and log1p are off by at most this many ulps of their result. glibc documents 1 for
/// each (manual, "Known Maximum Errors in Math Functions"); tests/libm_test.cpp audits it against Arb.
inline constexpr double libm_ulps = 2;

struct Ball {
  double mid = 0;
  double radius = 0;

  constexpr Ball() = default;
  constexpr Ball(double middle, double error) : mid(middle), radius(error) {}
  constexpr Ball(double exact) : mid(exact) {}
  constexpr Ball(int exact) : mid(exact) {}
};

namespace detail {

/// An upper bound of a radius that was computed as `sum` with fewer than 2^10 operations on non-negative numbers, each
/// off by at most 2^-53 of its result or, where it underflows, by 2^-1074.
inline double outward(double sum) { return sum == 0 ? 0 : sum * (1 + 0x1p-40) + 0x1p-1060; }

/// Below it a product or a remainder can have bits below the smallest subnormal.
inline constexpr double may_underflow = 0x1p-900;
inline constexpr double smallest = 0x1p-1074;
inline constexpr double unknown = std::numeric_limits<double>::infinity();

/// A sum that is not finite: exact if one of its terms is an exact infinity, otherwise an overflow.
inline Ball sum_at_infinity(const Ball& a, const Ball& b, double sum) {
  const bool exact = a.radius == 0 && b.radius == 0 && (std::isinf(a.mid) || std::isinf(b.mid)) && !std::isnan(sum);
  return {sum, exact ? 0 : unknown};
}

/// function(x), not evaluated again for the x that the thread asked it for last: of inputs that are tried in order only
/// the last changes. -0 counts as 0.
template <class Function>
double evaluated_once(const Function& function, double x) {
  static thread_local double last = std::numeric_limits<double>::quiet_NaN(), result = 0;
  if (x != last) last = x, result = function(x);
  return result;
}

}  // namespace detail

inline bool is_zero(const Ball& x) { return x.mid == 0 && x.radius == 0; }

/// Whether x holds numbers from 0 on.
inline bool starts_at_zero(const Ball& x) { return x.mid == x.radius && x.mid > 0; }

inline Ball operator-(const Ball& a) { return {-a.mid, a.radius}; }

/// TwoSum (Knuth): the error of a sum is a double, unless the sum overflows.
inline Ball operator+(const Ball& a, const Ball& b) {
  if (is_zero(a)) return b;
  if (is_zero(b)) return a;
  const double s = a.mid + b.mid;
  const double t = s - a.mid;
  const double error = (a.mid - (s - t)) + (b.mid - t);
  if (!std::isfinite(error)) return detail::sum_at_infinity(a, b, s);
  return {s, detail::outward(a.radius + b.radius + std::fabs(error))};
}

inline Ball operator-(const Ball& a, const Ball& b) { return a + -b; }

/// |(a + d)(b + e) - ab| <= |a| |e| + |b| |d| + |d| |e|, of which nothing is lost where it underflows.
inline Ball operator*(const Ball& a, const Ball& b) {
  const double p = a.mid * b.mid;
  if (is_zero(a) || is_zero(b)) return {0, std::isfinite(p + a.radius + b.radius) ? 0 : detail::unknown};
  if (starts_at_zero(a) && b.mid > b.radius) {
    const double half = detail::outward(a.mid * (b.mid + b.radius) + detail::smallest);
    return {half, half};
  }
  double error = std::fabs(std::fma(a.mid, b.mid, -p));
  if (std::fabs(p) < detail::may_underflow || a.radius != 0 || b.radius != 0) error += 2 * detail::smallest;
  const double propagated = std::fabs(a.mid) * b.radius + std::fabs(b.mid) * a.radius + a.radius * b.radius;
  return {p, detail::outward(propagated + error)};
}

/// |(a + d) / (b + e) - q| = |a - q b + d - q e| / |b + e| <= (|a - q b| + |d| + |q| |e|) / (|b| - |e|). Where that
/// quotient underflows it is at most the smallest number.
inline Ball operator/(const Ball& a, const Ball& b) {
  const double q = a.mid / b.mid;
  const double room = std::fabs(b.mid) - b.radius;
  if (!(room > std::fabs(b.mid) / 2)) return {q, detail::unknown};
  if (starts_at_zero(a) && b.mid > 0) {
    const double half = detail::outward(a.mid / room + detail::smallest);
    return {half, half};
  }
  double numerator = std::fabs(std::fma(-q, b.mid, a.mid)) + a.radius + std::fabs(q) * b.radius;
  const bool is_tiny = std::fabs(a.mid) < detail::may_underflow && (a.mid != 0 || a.radius != 0);
  if (is_tiny || b.radius != 0) numerator += 4 * detail::smallest;
  return {q, numerator == 0 ? 0 : detail::outward(numerator / room + detail::smallest)};
}

/// e^d - 1 <= d + d^2 for d <= 1. Below e^-690, which is less than 2^-994, e^x is from 0 to 2^-993: so where the whole ball
/// lies below half of a midpoint that is less than -1400, however wide it is.
inline Ball exp_enclosure(const Ball& x) {
  if (is_zero(x)) return {1, 0};
  if (x.radius == 0 && x.mid == -std::numeric_limits<double>::infinity()) return {0, 0};
  const bool is_far_below = x.mid < -1400 && x.radius < -x.mid / 2;
  if (is_far_below || (x.radius <= 1 && x.mid + x.radius < -690)) return {0x1p-994, 0x1p-994};
  if (!(x.radius <= 1)) return {0, detail::unknown};
  const double e = detail::evaluated_once([](double v) { return std::exp(v); }, x.mid);
  return {e,
          detail::outward(e * (x.radius + x.radius * x.radius + libm_ulps * 0x1p-52) + libm_ulps * detail::smallest)};
}

/// The derivative of log(1 + x) is at most 1 / (1 + x - d) within d of x; 0 <= log(1 + x) <= x for x >= 0.
inline Ball log1p_enclosure(const Ball& x) {
  if (is_zero(x) || starts_at_zero(x)) return x;
  if (!(x.mid - x.radius >= -0.5)) return {0, detail::unknown};
  const double l = detail::evaluated_once([](double v) { return std::log1p(v); }, x.mid);
  const double propagated = x.radius / (1 + x.mid - x.radius);
  return {l, detail::outward(propagated + std::fabs(l) * (libm_ulps * 0x1p-52) + libm_ulps * detail::smallest)};
}

/// What of an enclosure is not negative, of a number that is not: from 0 on, up to twice the largest.
inline Ball nonnegative_part(const Ball& x) {
  if (!(x.mid < x.radius)) return x;
  const double largest = detail::outward(x.mid + x.radius);
  return largest > 0 ? Ball{largest, largest} : Ball{0, detail::unknown};
}

/// The derivative of log x is at most 1 / (x - d) within d of x.
inline Ball log_enclosure(const Ball& x) {
  if (x.mid == 1 && x.radius == 0) return {0, 0};
  if (!(x.mid > 0 && x.radius <= x.mid / 2)) return {0, detail::unknown};
  const double l = detail::evaluated_once([](double v) { return std::log(v); }, x.mid);
  return {l, detail::outward(x.radius / (x.mid - x.radius) + std::fabs(l) * (libm_ulps * 0x1p-52))};
}

/// Whether x > 0, and a > b, of numbers that are exact, as inputs are.
inline bool is_positive(const Ball& x) { return x.mid > 0; }
inline bool is_greater(const Ball& a, const Ball& b) { return a.mid > b.mid; }

}  // namespace oracles
