// Views of Eigen's dense expressions that have memory: matrices, arrays, vectors, maps, blocks; and Eigen's numbers of
// 16 bits as elements of any view. Needs Eigen 3.4.
#pragma once

#include <Eigen/Core>
#include <type_traits>

#include "lossproof/tensor.h"

namespace lossproof {

namespace detail {

template <>
struct DTypeOf<Eigen::half> : DTypeIs<DType::f16> {};
template <>
struct DTypeOf<Eigen::bfloat16> : DTypeIs<DType::bf16> {};

template <class Pointer, class Dense, class Scalar>
BasicView<Pointer> view_of(Dense& dense, Scalar* data) {
  using Element = std::remove_const_t<Scalar>;
  constexpr bool row_major = (Dense::Flags & Eigen::RowMajorBit) != 0;
  const std::int64_t inner = dense.innerStride();
  const std::int64_t outer = dense.outerStride();
  if constexpr (Dense::IsVectorAtCompileTime) {
    return {data, dtype_of<Element>, {dense.size()}, {inner}};
  } else {
    return {
        data, dtype_of<Element>, {dense.rows(), dense.cols()}, {row_major ? outer : inner, row_major ? inner : outer}};
  }
}

}  // namespace detail

/// A matrix as [rows, cols], a vector as [size], whatever its storage order and strides: to be written if its elements
/// may be. What has the memory must outlive the view.
template <class Derived>
TensorView view(const Eigen::DenseBase<Derived>& dense) {
  return detail::view_of<const void*>(dense.derived(), dense.derived().data());
}

/// The same.
template <class Derived>
auto view(Eigen::DenseBase<Derived>& dense) {
  auto* data = dense.derived().data();
  constexpr bool read_only = std::is_const_v<std::remove_pointer_t<decltype(data)>>;
  return detail::view_of<std::conditional_t<read_only, const void*, void*>>(dense.derived(), data);
}

/// A block or a map that is made in the call.
template <class Derived>
auto view(Eigen::DenseBase<Derived>&& dense) {
  return view(dense);
}

}  // namespace lossproof
