#include "oracles/row_oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/rounding.h"

namespace oracles {

RowOracle::RowOracle(const Definition& definition, Output output, std::size_t j, DType dtype, Rung first)
    : definition_(&definition), output_(output), j_(j), format_(format_of(dtype)), first_(first), terms_(definition) {}

void RowOracle::look(const Batch& rows, std::span<Ball> truths) const {
  const Ball unknown(0, detail::unknown);
  if (first_ != Rung::ball) {
    std::ranges::fill(truths, unknown);
    return;
  }
  definition_->enclosures.balls(rows, output_, j_, truths);
  for (std::size_t r = 0; r < truths.size(); ++r) {
    // The sum of zeros is 0 unless one of the factors is NaN or infinite.
    double zero = 0;
    for (std::size_t k = r * rows.width; k < (r + 1) * rows.width; ++k) {
      zero += 0 * rows.x[k] + (rows.y.empty() ? 0 : 0 * rows.y[k]);
    }
    if (!(zero == 0)) truths[r] = unknown;
  }
}

std::optional<double> RowOracle::round_beside(const Row<double>& row) const {
  if (first_ != Rung::ball || !definition_->beside_double) return std::nullopt;
  const auto number = definition_->beside_double(row, output_);
  return number ? round_to(*number, format_) : std::nullopt;
}

void RowOracle::set(const Row<double>& row) {
  row_ = row;
  if (definition_->replace_unused) definition_->replace_unused(row_);
  climbs_ = by_own_ball_ = false;
}

void RowOracle::begin_to_climb() {
  if (!climbs_) terms_.set(row_);
  climbs_ = true;
}

template <class Ask>
auto RowOracle::climbed(const Ask& ask) {
  begin_to_climb();
  if (output_ == Output::value) {
    ReducedValue value(std::span(&terms_, 1), by_one, j_);
    return climb(value, first_, ask);
  }
  ScaledDerivative derivative(terms_, output_, j_, 1, by_one);
  return climb(derivative, first_, ask);
}

// Most rows are finite and decided by the ball of their own formula, without the ladder's bookkeeping.
const Rounded& RowOracle::rounded() {
  const auto is_finite = [](double v) { return std::isfinite(v); };
  const bool finite = std::ranges::all_of(row_.x, is_finite) && std::ranges::all_of(row_.y, is_finite);
  if (!finite || first_ != Rung::ball) return rounded_ = climb_to_rounded();
  assign(ball_row_, row_);
  definition_->enclosures.ball(ball_row_, only(output_), term_);
  const auto answer = round_to(ball(), format_);
  by_own_ball_ = answer.has_value();
  return rounded_ = answer ? Rounded{true, *answer, Rung::ball} : climb_to_rounded();
}

Rounded RowOracle::climb_to_rounded() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto is_nan = [](double v) { return std::isnan(v); };
  const bool has_nan = std::ranges::any_of(row_.x, is_nan) || std::ranges::any_of(row_.y, is_nan);
  if (has_nan) return {true, nan};
  begin_to_climb();
  if (const Limit* limit = terms_.limit(output_)) {
    if (const Extended& number = limit->at(output_, j_); !number.is_finite())
      return {true, number.nonfinite(), Rung::contract};
  }
  const auto found = climbed([&](const auto& x) { return round_to(x, format_); });
  if (!found) return {false, nan};
  return {true, found->answer, terms_.limit() ? Rung::contract : found->by};
}

ErrorRange RowOracle::error_range(double result) {
  if (by_own_ball_) return oracles::error_range(result, rounded_.value, ball(), format_);
  const bool finite = std::isfinite(rounded_.value) && std::isfinite(result);
  return oracles::error_range(result, rounded_.value, {0, finite ? detail::unknown : 0}, format_);
}

std::optional<double> RowOracle::exact_error(double result) {
  if (std::isnan(rounded_.value)) return std::isnan(result) ? 0 : std::numeric_limits<double>::infinity();
  const auto found = climbed([&]<class X>(const X& x) -> std::optional<double> {
    if constexpr (std::is_same_v<X, Enclosure>) return exact_ulp_error(result, rounded_.value, x, format_);
    return std::nullopt;
  });
  return found ? std::optional(found->answer) : std::nullopt;
}

// A number beside a rational is none, an irrational number neither. An error that rounds to 1/2 is 1/2 if twice the
// distance is a power of two: no other is as near to ulp(t).
bool RowOracle::is_tie() {
  if (exact_error(rounded_.value) != 0.5) return false;
  const auto near = output_ == Output::value ? ReducedValue(std::span(&terms_, 1), by_one, j_).exact().near
                                             : ScaledDerivative(terms_, output_, j_, 1, by_one).exact().near;
  if (!near || near->side != 0) return false;
  const Rational distance = abs(near->at - Rational(rounded_.value));
  const auto single_bit = [](mpz_srcptr n) { return mpz_popcount(n) == 1; };
  return single_bit(mpq_numref(distance.backend().data())) && single_bit(mpq_denref(distance.backend().data()));
}

}  // namespace oracles
