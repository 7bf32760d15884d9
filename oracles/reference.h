// What is true of one problem: for every element of its value and gradients, the correctly rounded number, and how far
// another number is from the truth.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "oracles/definition.h"
#include "oracles/ladder.h"
#include "oracles/types.h"

namespace oracles {

/// An element's verdict: the correctly rounded value in the result's dtype (exact in a double; NaN, infinities and
/// signed zeros included), or undecided at the precision cap.
struct Rounded {
  bool decided;
  double value;
  Rung by = Rung::contract;  ///< who decided
};

/// Answers are found by the ladder of ladder.h. Rows are evaluated once per rung and precision. Not thread-safe; several
/// references may be used at a time.
class Reference {
 public:
  /// `problem` must be well formed (shapes, dtypes, targets in range) and outlive the reference.
  Reference(const Definition& definition, const Problem& problem, Rung first = first_rung());
  ~Reference();

  const Shape& shape(Output output) const;

  Rounded rounded(Output output, std::int64_t i) const;

  /// |result - truth| in ulps of the result's dtype, told as ulp.h says; +inf where one is NaN or infinite
  /// and the other is not, 0 where both are the same NaN or infinity. Negative: undecided.
  double ulp_error(Output output, std::int64_t i, double result) const;

  /// The truth in decimal, `digits` significant digits, as people read it; "nan", "inf", "-inf" at the edges.
  std::string decimal(Output output, std::int64_t i, int digits = 17) const;

  /// MPFI's enclosure at `precision` bits (a power of two from 128 to 16384).
  Interval enclosure(Output output, std::int64_t i, int precision = first_precision) const;

  /// The element itself, where it is finite and rational.
  std::optional<Rational> exact(Output output, std::int64_t i) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The value's shape for these inputs and this reduction.
Shape value_shape(const Definition& definition, const std::vector<Tensor>& inputs, Reduction reduction);

}  // namespace oracles
