#include "oracles/numbers.h"

#include <algorithm>

namespace oracles {

bool ReducedValue::has_balls() const {
  return std::ranges::none_of(rows_, [](const RowTerms& row) { return !row.ignored() && row.limit() != nullptr; });
}

// Counts are below 2^53, exact in a double.
template <class R, class Value>
R ReducedValue::reduced(const Value& value) {
  R sum(0.0);
  for (RowTerms& row : rows_) {
    if (!row.ignored()) sum = sum + value(row);
  }
  return divisor_ == 1 ? sum : sum / R(static_cast<double>(divisor_));
}

Ball ReducedValue::ball() {
  return reduced<Ball>([](RowTerms& row) -> const Ball& { return row.ball(Output::value, 0); });
}

Arb ReducedValue::arb(int precision) {
  return reduced<Arb>([=](RowTerms& row) -> const Arb& { return row.arb(Output::value, 0, precision); });
}

Interval ReducedValue::interval(int precision) {
  const Precision in_force(precision);
  return reduced<Interval>([=](RowTerms& row) -> const Interval& { return row.interval(Output::value, 0, precision); });
}

std::optional<Near> ReducedValue::exact() {
  Rational sum = 0;
  for (const RowTerms& row : rows_) {
    if (row.ignored()) continue;
    const auto value = row.exact_value();
    if (!value) return std::nullopt;
    sum += *value;
  }
  return Near{sum / static_cast<long>(divisor_)};
}

// A factor of 1 is left out: it would widen a ball.
template <class R>
R ScaledDerivative::scaled(const R& derivative) const {
  const R product = scale_ == 1 ? derivative : derivative * R(scale_);
  return divisor_ == 1 ? product : product / R(static_cast<double>(divisor_));
}

Ball ScaledDerivative::ball() { return scaled(row_->ball(output_, j_)); }
Arb ScaledDerivative::arb(int precision) { return scaled(row_->arb(output_, j_, precision)); }

Interval ScaledDerivative::interval(int precision) {
  const Precision in_force(precision);
  return scaled(row_->interval(output_, j_, precision));
}

std::optional<Near> ScaledDerivative::exact() {
  const auto derivative = row_->exact_gradient(output_, j_);
  if (!derivative) return std::nullopt;
  return Near{derivative->at * Rational(scale_) / static_cast<long>(divisor_),
              scale_ < 0 ? -derivative->side : derivative->side};
}

}  // namespace oracles
