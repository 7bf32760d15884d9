#pragma once

#include "lossproof/tensor.h"

namespace lossproof {

/// Whether the bytes of all elements of a view that has some lie in the address space. Asked of no other view below.
bool is_addressable(const TensorView& view);

/// True unless it is certain that the two views share no byte: their address ranges are disjoint, or every stride of
/// both is a multiple of one period within which their elements lie apart (interleaved columns).
bool may_overlap(const TensorView& a, const TensorView& b);

/// True unless it is certain that no two elements of the view share a byte: ordered by size, each stride must reach
/// beyond all that the smaller ones span.
bool may_overlap_itself(const TensorView& view);

}  // namespace lossproof
