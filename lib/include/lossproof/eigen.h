// Views of Eigen's dense expressions that have memory: matrices, arrays, vectors, maps, blocks. Needs Eigen 3.4.
#pragma once

#include <Eigen/Core>

#include "lossproof/tensor.h"

namespace lossproof {

namespace detail {

template <class Pointer, class Dense, class Scalar>
BasicView<Pointer> view_of(Dense& dense, Scalar* data) {
  constexpr bool row_major = (Dense::Flags & Eigen::RowMajorBit) != 0;
  const std::int64_t inner = dense.innerStride();
  const std::int64_t outer = dense.outerStride();
  if constexpr (Dense::IsVectorAtCompileTime) {
    return {data, dtype_of<Scalar>, {dense.size()}, {inner}};
  } else {
    return {
        data, dtype_of<Scalar>, {dense.rows(), dense.cols()}, {row_major ? outer : inner, row_major ? inner : outer}};
  }
}

}  // namespace detail

/// A matrix as [rows, cols], a vector as [size], whatever its storage order and strides. The expression must outlive
/// the view.
template <class Derived>
TensorView view(const Eigen::DenseBase<Derived>& dense) {
  return detail::view_of<const void*>(dense.derived(), dense.derived().data());
}

template <class Derived>
MutableTensorView view(Eigen::DenseBase<Derived>& dense) {
  return detail::view_of<void*>(dense.derived(), dense.derived().data());
}

}  // namespace lossproof
