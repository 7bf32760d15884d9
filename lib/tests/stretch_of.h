// A loss' kernel in vectors, called as the engine calls it: what it gives before anything is rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/stretch.h"
#include "lossproof/losses.h"

namespace lossproof::testing {

/// The sum of the losses of the rows (elements), as a value with its radius, and the rows that were left out of it.
/// Weights are of the logits' shape.
inline detail::Stretch stretch_of(const Loss& loss, std::span<const TensorView> inputs,
                                  const detail::Parameters& parameters = {},
                                  const std::optional<TensorView>& weight = {}) {
  float nowhere = 0;
  const detail::Request request{.inputs = inputs,
                                .reduction = Reduction::sum,
                                .ignore_index = -100,
                                .parameters = parameters,
                                .weight = weight,
                                .dtype = {},
                                .grad_output = {},
                                .value = MutableTensorView(&nowhere, {}),
                                .grad = {}};
  detail::Stretch stretch{.begin = 0, .end = count(loss.value_shape(inputs, {.reduction = Reduction::none}))};
  detail::kernel_of(loss).in_vectors(request, stretch);
  return stretch;
}

/// Every row's value, and its gradient for a grad_output of 1 if asked for, stored in f32 where they are decided.
inline detail::Stretch store_rows(const Loss& loss, std::span<const TensorView> inputs, const MutableTensorView& value,
                                  const std::optional<MutableTensorView>& grad) {
  const std::vector<float> ones(grad ? static_cast<std::size_t>(count(value.shape())) : 0, 1.0f);
  detail::Request request{.inputs = inputs,
                          .reduction = Reduction::none,
                          .ignore_index = -100,
                          .dtype = {},
                          .grad_output = {},
                          .value = value,
                          .grad = grad};
  if (grad) request.grad_output = TensorView(ones.data(), value.shape());
  detail::Stretch stretch{.begin = 0, .end = count(value.shape())};
  detail::kernel_of(loss).in_vectors(request, stretch);
  return stretch;
}

}  // namespace lossproof::testing
