// The one place where calls are refused.
#pragma once

#include "engine/kernel.h"

namespace lossproof::detail {

/// Shape of the positions that a reduction runs over: that of the logits without the class dimension, or of the
/// elements.
Extents positions_of(const Kernel& kernel, std::span<const TensorView> inputs);

/// Shape of the value.
Extents value_shape(const Kernel& kernel, std::span<const TensorView> inputs, Reduction reduction);

/// Checks inputs and options alone: number, dtypes, ranks, shapes, null data, options that the loss does not take.
void check_inputs(const Kernel& kernel, std::span<const TensorView> inputs, const Options& options);

/// Checks the rest of a request, made with these options, whose inputs have passed: class indices, outputs,
/// grad_output, overlap. Says in it whether a row is ignored.
void check_request(const Kernel& kernel, Request& request, const Options& options);

}  // namespace lossproof::detail
