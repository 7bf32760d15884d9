#include "oracles/divisor.h"

#include <cmath>

namespace oracles {

// Conversion to a double is off by less than a unit in the last place of a normal number, and by 2^-1074 of others.
Divisor::Divisor(Rational exact) : exact_(std::move(exact)) {
  const double mid = exact_.convert_to<double>();
  const bool is_exact = std::isfinite(mid) && Rational(mid) == exact_;
  ball_ = {mid, is_exact ? 0 : std::fabs(mid) * 0x1p-52 + 0x1p-1074};
}

Arb Divisor::divide(const Arb& x) const {
  if (is_one()) return x;
  if (ball_.radius == 0) return x / Arb(ball_.mid);
  return x / arb_of(exact_);
}

Interval Divisor::divide(const Interval& x) const { return is_one() ? x : x / enclose(exact_); }

}  // namespace oracles
