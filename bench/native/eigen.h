// The textbook's stable formulas as Eigen expressions in f32, as users of Eigen write them.
#pragma once

#include <cstdint>
#include <string_view>

namespace bench {

/// `rows` x `columns` elements of x; of the others those that the loss has. `grad` is null where it is not asked for,
/// else `mean` is set and grad_output 1.
struct EigenCall {
  std::int64_t rows;
  std::int64_t columns;
  const float* x;
  const float* y;
  const std::int64_t* target;
  bool mean;
  float* value;
  float* grad;
};

using EigenLoss = void (*)(const EigenCall&);

/// Null where there is no expression for this loss.
EigenLoss eigen_loss(std::string_view name);

}  // namespace bench
