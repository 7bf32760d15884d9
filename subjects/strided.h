// Reading and writing strided tensors element by element.
#pragma once

#include <cstdint>

#include "properties/subject.h"

namespace subjects {

/// Element `i` in row-major order, in elements from the view's data.
inline std::int64_t offset(const properties::View& view, std::int64_t i) {
  std::int64_t result = 0;
  for (std::size_t d = view.shape.size(); d-- > 0;) {
    result += i % view.shape[d] * view.strides[d];
    i /= view.shape[d];
  }
  return result;
}

template <class T>
T& element(const properties::View& view, std::int64_t i) {
  return static_cast<T*>(view.data)[offset(view, i)];
}

/// A real element; what is written is exact in the dtype.
inline double read_real(const properties::View& view, std::int64_t i) {
  return view.dtype == oracles::DType::f32 ? element<float>(view, i) : element<double>(view, i);
}

inline void write_real(const properties::View& view, std::int64_t i, double v) {
  if (view.dtype == oracles::DType::f32)
    element<float>(view, i) = static_cast<float>(v);
  else
    element<double>(view, i) = v;
}

inline std::int64_t index_element(const properties::View& view, std::int64_t i) {
  return view.dtype == oracles::DType::i32 ? element<std::int32_t>(view, i) : element<std::int64_t>(view, i);
}

}  // namespace subjects
