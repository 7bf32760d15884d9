// What a sum of rows is divided by: a count, or a sum of weights.
#pragma once

#include "oracles/arb.h"
#include "oracles/ball.h"
#include "oracles/real.h"

namespace oracles {

class Divisor {
 public:
  Divisor(std::int64_t count) : Divisor(Rational(static_cast<long>(count))) {}
  Divisor(Rational exact);

  const Rational& exact() const { return exact_; }
  bool is_one() const { return ball_.mid == 1 && ball_.radius == 0; }
  /// -1, 0 or 1.
  int sign() const { return exact_.sign(); }

  /// x / this, of the precision in force.
  Ball divide(const Ball& x) const { return is_one() ? x : x / ball_; }
  Arb divide(const Arb& x) const;
  Interval divide(const Interval& x) const;

 private:
  Rational exact_;
  Ball ball_;
};

}  // namespace oracles
