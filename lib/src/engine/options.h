// The options of a call: which are refused, and what they are where they are not given.
#pragma once

#include "engine/kernel.h"

namespace lossproof::detail {

/// Options that the loss does not take, or out of their range; of the weights see check_weight.
void check_options(const Kernel& kernel, const Options& options);

/// Dtype, memory, shape and numbers of the option `name`, where it is given.
void check_weight(const Kernel& kernel, std::span<const TensorView> inputs, std::string_view name,
                  const std::optional<TensorView>& weight);

Reduction reduction_of(const Kernel& kernel, const Options& options);
Parameters parameters_of(const Options& options);

/// A weight that has been checked, seen with the shape that Request says.
std::optional<TensorView> weight_of(const Kernel& kernel, std::span<const TensorView> inputs,
                                    const std::optional<TensorView>& weight);

}  // namespace lossproof::detail
