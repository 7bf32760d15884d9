// The losses, row by row, as exact sums and as the contract at the edges has them.
#pragma once

#include <string_view>
#include <vector>

#include "mutants/exact.h"

namespace mutants {

/// One row: C logits and a class, or one element and its target.
struct LossRow {
  std::vector<double> x;
  double y = 0;
  std::size_t target = 0;
  double beta = 1;
  double matrix_max = 0;  ///< largest number of the whole first input, which is no row's business
};

/// A loss or a derivative in the extended reals.
struct Number {
  enum class Kind { finite, infinite, zero_limit, nan_limit, nan_input };
  Kind kind = Kind::finite;
  Sum sum;       ///< of a finite one
  int sign = 1;  ///< of an infinite one
};

Number finite(std::vector<Real> terms, std::int64_t denominator = 1);
Number infinite(int sign);
/// The number that a double is, NaN as NaN of the input.
Number number(double v);

struct RowTruth {
  Number value;
  std::vector<Number> grad;
  Number grad_y{};  ///< of a loss with a real target
};

RowTruth cross_entropy(const LossRow& row);
RowTruth binary_cross_entropy_with_logits(const LossRow& row);
RowTruth mse_loss(const LossRow& row);
RowTruth sigmoid(const LossRow& row);
RowTruth log_sigmoid(const LossRow& row);
RowTruth softplus(const LossRow& row);

}  // namespace mutants
