#include "oracles/numbers.h"

#include <algorithm>

namespace oracles {

bool ReducedValue::has_balls() const {
  return std::ranges::none_of(
      rows_, [](const RowTerms& row) { return !row.ignored() && row.limit(Output::value) != nullptr; });
}

template <class R, class Value>
R ReducedValue::reduced(const Value& value) {
  R sum(0.0);
  for (RowTerms& row : rows_) {
    if (!row.ignored()) sum = sum + value(row);
  }
  return divisor_->divide(sum);
}

Ball ReducedValue::ball() {
  return reduced<Ball>([this](RowTerms& row) -> const Ball& { return row.ball(Output::value, j_); });
}

Arb ReducedValue::arb(int precision) {
  return reduced<Arb>([=, this](RowTerms& row) -> const Arb& { return row.arb(Output::value, j_, precision); });
}

Interval ReducedValue::interval(int precision) {
  const Precision in_force(precision);
  return reduced<Interval>(
      [=, this](RowTerms& row) -> const Interval& { return row.interval(Output::value, j_, precision); });
}

// Numbers on one side of rationals add up to one on that side of their sum, closer than 2^-15000 times `reach`: that is
// near it (ladder.cpp leaves 500 bits to spare), unless too much of the rationals cancels.
Exact ReducedValue::exact() {
  Rational sum = 0, reach = 0;
  std::int64_t irrational = 0, unknown = 0;
  bool is_above = false, is_below = false, adds_up = true;
  for (const RowTerms& row : rows_) {
    if (row.ignored()) continue;
    const auto [near, is_irrational] = row.exact_value(j_);
    adds_up = adds_up && row.is_in_theorem_of_sums();
    if (!near) {
      ++(is_irrational ? irrational : unknown);
      continue;
    }
    sum += near->at;
    if (near->side != 0) reach += near->at == 0 ? Rational(1) : Rational(abs(near->at));
    is_above = is_above || near->side > 0;
    is_below = is_below || near->side < 0;
  }
  const bool is_near = rows_.size() == 1 || reach <= abs(sum) * Rational(0x1p400);
  if (irrational + unknown == 0 && is_near && !(is_above && is_below)) {
    return {Near{sum / divisor_->exact(), (is_above ? 1 : is_below ? -1 : 0) * divisor_->sign()}};
  }
  if (is_above || is_below) ++unknown;
  return {std::nullopt, unknown == 0 && (irrational == 1 || adds_up)};
}

// A factor of 1 is left out: it would widen a ball.
template <class R>
R ScaledDerivative::scaled(const R& derivative) const {
  const R product = scale_ == 1 ? derivative : derivative * R(scale_);
  return divisor_->divide(product);
}

Ball ScaledDerivative::ball() { return scaled(row_->ball(output_, j_)); }
Arb ScaledDerivative::arb(int precision) { return scaled(row_->arb(output_, j_, precision)); }

Interval ScaledDerivative::interval(int precision) {
  const Precision in_force(precision);
  return scaled(row_->interval(output_, j_, precision));
}

Exact ScaledDerivative::exact() {
  const auto [derivative, is_irrational] = row_->exact_gradient(output_, j_);
  if (!derivative) return {std::nullopt, is_irrational};
  const bool is_mirrored = (scale_ < 0) != (divisor_->sign() < 0);
  return {
      Near{derivative->at * Rational(scale_) / divisor_->exact(), is_mirrored ? -derivative->side : derivative->side}};
}

}  // namespace oracles
