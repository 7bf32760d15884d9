// What the engine asks of a kernel in vectors, where a loss has one.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "arith/sum.h"
#include "engine/kernel.h"

namespace lossproof::detail {

/// Rows of one group, or under `none` any rows, for a kernel in vectors to evaluate. Inputs and outputs of its request
/// are dense, and so is grad_output under `none`; nothing is f64, and a row of logits has two or more.
struct Stretch {
  std::int64_t begin;
  std::int64_t end;
  double grad_output = 1;  ///< of the group, neither 0 nor infinite nor NaN
  double divisor = 1;      ///< of the group
  bool refuse = false;     ///< treat every test of a rounding as failed
  bool alone = false;      ///< the kernel may use threads itself

  /// What it gives: the sum of the values of rows that were added up, and the results that it stored.
  arith::Sum<arith::Fast> sum{};
  std::uint64_t results = 0;
  /// The rows that it did not decide, in order: neither added up nor is what was stored for them a result.
  std::vector<std::int64_t> left{};
};

/// For tests: no call uses a kernel in vectors.
inline std::atomic<bool> without_vectors{false};

}  // namespace lossproof::detail
