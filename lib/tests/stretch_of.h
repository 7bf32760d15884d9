// A loss' kernel in vectors, called as the engine calls it: what it gives before anything is rounded.
#pragma once

#include <cstdint>
#include <span>

#include "engine/stretch.h"
#include "lossproof/losses.h"

namespace lossproof::testing {

/// The sum of the losses of the rows (elements), as a value with its radius, and the rows that were left out of it.
inline detail::Stretch stretch_of(const Loss& loss, std::span<const TensorView> inputs) {
  float nowhere = 0;
  const detail::Request request{.inputs = inputs,
                                .reduction = Reduction::sum,
                                .ignore_index = -100,
                                .dtype = {},
                                .grad_output = {},
                                .value = MutableTensorView(&nowhere, {}),
                                .grad = {}};
  detail::Stretch stretch{.begin = 0, .end = count(loss.value_shape(inputs, {.reduction = Reduction::none}))};
  detail::kernel_of(loss).in_vectors(request, stretch);
  return stretch;
}

/// Every row's value and gradient for a grad_output of 1, stored in f32 where they are decided.
inline detail::Stretch store_rows(const Loss& loss, std::span<const TensorView> inputs, const MutableTensorView& value,
                                  const MutableTensorView& grad) {
  const std::vector<float> ones(static_cast<std::size_t>(count(value.shape())), 1.0f);
  const detail::Request request{.inputs = inputs,
                                .reduction = Reduction::none,
                                .ignore_index = -100,
                                .dtype = {},
                                .grad_output = TensorView(ones.data(), value.shape()),
                                .value = value,
                                .grad = grad};
  detail::Stretch stretch{.begin = 0, .end = count(value.shape())};
  detail::kernel_of(loss).in_vectors(request, stretch);
  return stretch;
}

}  // namespace lossproof::testing
