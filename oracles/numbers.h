// The real numbers that elements of a value and a gradient are, made of rows' terms: what the ladder climbs.
#pragma once

#include <optional>
#include <span>

#include "oracles/ladder.h"
#include "oracles/row_terms.h"

namespace oracles {

/// The sum of rows' values, ignored rows left out, over a count.
class ReducedValue {
 public:
  ReducedValue(std::span<RowTerms> rows, std::int64_t divisor) : rows_(rows), divisor_(divisor) {}

  bool has_balls() const;
  Ball ball();
  Arb arb(int precision);
  Interval interval(int precision);
  std::optional<Near> exact();

 private:
  template <class R, class Value>
  R reduced(const Value& value);

  std::span<RowTerms> rows_;
  std::int64_t divisor_;
};

/// scale * dL/dx_j / divisor of one row, or of dL/dy_j (`grad_target`), the product first: a quotient that is exact then stays a point.
class ScaledDerivative {
 public:
  ScaledDerivative(RowTerms& row, Output output, std::size_t j, double scale, std::int64_t divisor)
      : row_(&row), output_(output), j_(j), scale_(scale), divisor_(divisor) {}

  bool has_balls() const { return row_->limit() == nullptr; }
  Ball ball();
  Arb arb(int precision);
  Interval interval(int precision);
  std::optional<Near> exact();

 private:
  template <class R>
  R scaled(const R& derivative) const;

  RowTerms* row_;
  Output output_;
  std::size_t j_;
  double scale_;
  std::int64_t divisor_;
};

}  // namespace oracles
