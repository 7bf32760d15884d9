#include "oracles/row_oracle.h"

#include <cmath>
#include <limits>

#include "oracles/rounding.h"

namespace oracles {

RowOracle::RowOracle(const Definition& definition, Output output, std::size_t j, DType dtype, Rung first)
    : output_(output), j_(j), format_(format_of(dtype)), first_(first), terms_(definition) {}

void RowOracle::set(const Row<double>& row) { terms_.set(row); }

template <class Ask>
auto RowOracle::climbed(const Ask& ask) {
  if (output_ == Output::value) {
    ReducedValue value(std::span(&terms_, 1), 1);
    return climb(value, first_, ask);
  }
  ScaledDerivative derivative(terms_, j_, 1, 1);
  return climb(derivative, first_, ask);
}

const Rounded& RowOracle::rounded() {
  if (terms_.has_nan()) return rounded_ = {true, std::numeric_limits<double>::quiet_NaN()};
  const auto found = climbed([&](const auto& x) { return round_to(x, format_); });
  if (!found) return rounded_ = {false, std::numeric_limits<double>::quiet_NaN()};
  return rounded_ = {true, found->answer, terms_.limit() ? Rung::contract : found->by};
}

ErrorRange RowOracle::error_range(double result) {
  if (!std::isfinite(rounded_.value) || !std::isfinite(result)) {
    return oracles::error_range(result, rounded_.value, Ball(), format_);
  }
  if (rounded_.by != Rung::ball) return {0, std::numeric_limits<double>::infinity()};
  const Ball& truth = output_ == Output::value ? terms_.ball_value() : terms_.ball_grad(j_);
  return oracles::error_range(result, rounded_.value, truth, format_);
}

std::optional<double> RowOracle::exact_error(double result) {
  if (terms_.has_nan()) return std::isnan(result) ? 0 : std::numeric_limits<double>::infinity();
  const auto found = climbed([&]<class X>(const X& x) -> std::optional<double> {
    if constexpr (std::is_same_v<X, Enclosure>) return exact_ulp_error(result, rounded_.value, x, format_);
    return std::nullopt;
  });
  return found ? std::optional(found->answer) : std::nullopt;
}

// A number beside a rational is none, an irrational number neither. An error that rounds to 1/2 is 1/2 if twice the
// distance is a power of two: no other is as near to ulp(t).
bool RowOracle::is_tie() {
  const auto near = output_ == Output::value ? ReducedValue(std::span(&terms_, 1), 1).exact()
                                             : ScaledDerivative(terms_, j_, 1, 1).exact();
  if (!near || near->side != 0 || exact_error(rounded_.value) != 0.5) return false;
  const Rational distance = abs(near->at - Rational(rounded_.value));
  const auto single_bit = [](mpz_srcptr n) { return mpz_popcount(n) == 1; };
  return single_bit(mpq_numref(distance.backend().data())) && single_bit(mpq_denref(distance.backend().data()));
}

}  // namespace oracles
