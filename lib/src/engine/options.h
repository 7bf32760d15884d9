// The options of a call: which are refused, and what they are where they are not given.
#pragma once

#include "engine/kernel.h"

namespace lossproof::detail {

/// Options that the loss does not take, or out of their range. The weights are those of weight_of.
void check_options(const Kernel& kernel, const Options& options);

Reduction reduction_of(const Kernel& kernel, const Options& options);
Parameters parameters_of(const Options& options);

/// The weight checked, and seen with the shape that Request says. `name` is that of the option.
std::optional<TensorView> weight_of(const Kernel& kernel, std::span<const TensorView> inputs, std::string_view name,
                                    const std::optional<TensorView>& weight);

}  // namespace lossproof::detail
