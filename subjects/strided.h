// Reading and writing strided tensors element by element.
#pragma once

#include <cstddef>
#include <cstdint>

#include "properties/storage.h"
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

/// The view as one of a shape that it broadcasts to.
inline properties::View broadcast(const properties::View& view, const oracles::Shape& shape) {
  properties::View result{view.data, view.dtype, shape, std::vector<std::int64_t>(shape.size())};
  const std::size_t skipped = shape.size() - view.shape.size();
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    result.strides[skipped + d] = view.shape[d] == 1 ? 0 : view.strides[d];
  }
  return result;
}

template <class T>
T& element(const properties::View& view, std::int64_t i) {
  return static_cast<T*>(view.data)[offset(view, i)];
}

inline void* address(const properties::View& view, std::int64_t i) {
  return static_cast<std::byte*>(view.data) +
         offset(view, i) * static_cast<std::int64_t>(properties::size_of(view.dtype));
}

/// A real element; what is written is exact in the dtype.
inline double read_real(const properties::View& view, std::int64_t i) {
  return properties::load_real(view.dtype, address(view, i));
}

inline void write_real(const properties::View& view, std::int64_t i, double v) {
  properties::store_real(view.dtype, address(view, i), v);
}

inline std::int64_t index_element(const properties::View& view, std::int64_t i) {
  return properties::load_index(view.dtype, address(view, i));
}

}  // namespace subjects
