// The real numbers that elements of a value and a gradient are, made of rows' terms: what the ladder climbs.
#pragma once

#include <optional>
#include <span>

#include "oracles/divisor.h"
#include "oracles/ladder.h"
#include "oracles/row_terms.h"

namespace oracles {

inline const Divisor by_one(1);

/// The sum of rows' values (their numbers j of a function that maps rows), ignored rows left out, over a divisor other than 0, which must outlive this.
class ReducedValue {
 public:
  ReducedValue(std::span<RowTerms> rows, const Divisor& divisor, std::size_t j = 0)
      : rows_(rows), divisor_(&divisor), j_(j) {}

  bool has_balls() const;
  Ball ball();
  Arb arb(int precision);
  Interval interval(int precision);
  Exact exact();

 private:
  template <class R, class Value>
  R reduced(const Value& value);

  std::span<RowTerms> rows_;
  const Divisor* divisor_;
  std::size_t j_;
};

/// scale * dL/dx_j / divisor of one row, or of dL/dy_j (`grad_target`), the product first: a quotient that is exact then
/// stays a point. The divisor is not 0 and must outlive this.
class ScaledDerivative {
 public:
  ScaledDerivative(RowTerms& row, Output output, std::size_t j, double scale, const Divisor& divisor)
      : row_(&row), output_(output), j_(j), scale_(scale), divisor_(&divisor) {}

  bool has_balls() const { return row_->limit(output_) == nullptr; }
  Ball ball();
  Arb arb(int precision);
  Interval interval(int precision);
  Exact exact();

 private:
  template <class R>
  R scaled(const R& derivative) const;

  RowTerms* row_;
  Output output_;
  std::size_t j_;
  double scale_;
  const Divisor* divisor_;
};

}  // namespace oracles
