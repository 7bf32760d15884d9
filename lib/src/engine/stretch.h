// What the engine asks of a kernel in vectors, where a loss has one.
#pragma once

#include <cstdint>
#include <vector>

#include "arith/dd.h"
#include "arith/sum.h"
#include "engine/kernel.h"
#include "tensor/elements.h"

namespace lossproof::detail {

/// Rows of one group, or under `none` any rows, for a kernel in vectors to evaluate. Inputs and outputs of its request
/// are dense, and so is grad_output under `none`; nothing is f64, and a row of logits has two or more.
struct Stretch {
  std::int64_t begin;
  std::int64_t end;
  double grad_output = 1;  ///< of the group, neither 0 nor infinite nor NaN
  arith::DD divisor = 1;   ///< of the group: a count, or the sum of weights, off by 2^-84 of itself
  bool refuse = false;     ///< treat every test of a rounding as failed
  bool alone = false;      ///< the kernel may use threads itself

  /// What it gives: the sum of the values of rows that were added up, and the results that it stored.
  arith::Sum<arith::Fast> sum{};
  std::uint64_t results = 0;
  /// The rows that it did not decide, in order: neither added up nor is what was stored for them a result.
  std::vector<std::int64_t> left{};
};

/// Rows that are given to vectors at once: those that they leave are listed.
inline constexpr std::int64_t most_at_once = 1 << 20;

/// Whether f64 may be the first arithmetic, of all results of the call: see arith::Fast.
inline bool in_range_of_f32(const Request& request) {
  const auto narrow = [](const auto& view) { return !view || view->dtype() != DType::f64; };
  return request.inputs[0].dtype() != DType::f64 && narrow(request.grad_output) && narrow(request.value) &&
         narrow(request.grad) && narrow(request.grad_target);
}

/// The numbers of a row's gradient that are stored, and those of a function with a value for each class.
inline std::int64_t results_of_gradient(const Request& request) { return request.grad ? classes_of(request) : 0; }
inline std::int64_t results_of_a_row(const Request& request) {
  return results_of_gradient(request) + (request.value ? classes_of(request) : 0);
}

}  // namespace lossproof::detail
