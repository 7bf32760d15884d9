// Whole problems, drawn with special values among their numbers.
#pragma once

#include "oracles/rounding.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"

namespace oracles {

/// The i-th problem: three rows of a real dtype, in every third case with results of other dtypes, reduced in one of the
/// four ways; where the loss can ignore rows, one is ignored in every fifth case.
inline Problem drawn_problem(const Definition& loss, Draw& draw, int i) {
  const DType dtype = real_dtypes[static_cast<std::size_t>(i % 4)];
  const double specials[] = {inf, -inf, nan, 0, 5e-324, std::numeric_limits<float>::max(), -1e5, 3};
  const auto number = [&](int k) {
    const double x = (i + k) % 7 == 0 ? specials[(i / 7 + k) % 8] : draw.number();
    return quantized(x, format_of(dtype));
  };
  std::vector<double> x(9), y(9);
  for (int k = 0; k < 9; ++k) x[static_cast<std::size_t>(k)] = number(k);
  for (int k = 0; k < 9; ++k) y[static_cast<std::size_t>(k)] = number(k + 4);
  const std::vector<Tensor> inputs = inputs_of(loss, reals(dtype, {3, 3}, x), reals(dtype, {3, 3}, y),
                                               indices({3}, {i % 3, i % 5 == 0 ? -100 : i % 2, 2}));
  Attributes attributes{loss.takes.reduction ? static_cast<Reduction>(i / 4 % 4) : Reduction::none};
  attributes.parameters = draw.parameters(loss);
  Problem p = problem(loss, inputs, attributes, number(2));
  if (i % 3 != 0) return p;
  p.value_dtype = real_dtypes[draw.below(4)];
  p.grad_dtype = real_dtypes[draw.below(4)];
  return p;
}

}  // namespace oracles
