// DLPack's tensors as the library's views.
#pragma once

#include <string_view>

#include "lossproof/lossproof.h"
#include "lossproof/tensor.h"

namespace lossproof::capi {

/// Where in a call a tensor is, for messages.
struct Place {
  std::string_view loss;
  std::string_view argument;
};

/// Error: none of the library's dtypes.
DType dtype_of(const DLDataType& dtype, const Place& place);

/// Checks all but what the library itself checks: extents, null data, and what the loss expects. Error: null, another
/// device, an unknown dtype, too many dimensions, no shape, not aligned.
TensorView input_view(const DLTensor* tensor, const Place& place);
MutableTensorView output_view(const DLTensor* tensor, const Place& place);

}  // namespace lossproof::capi
