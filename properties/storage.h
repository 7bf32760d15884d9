// Elements of tensors in memory.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "oracles/types.h"

namespace properties {

/// Calls `f` with a value of the type that the dtype's elements have.
template <class F>
decltype(auto) with_type(oracles::DType dtype, const F& f) {
  switch (dtype) {
    case oracles::DType::f16:
      return f(Eigen::half{});
    case oracles::DType::bf16:
      return f(Eigen::bfloat16{});
    case oracles::DType::f32:
      return f(float{});
    case oracles::DType::f64:
      return f(double{});
    case oracles::DType::i32:
      return f(std::int32_t{});
    case oracles::DType::i64:
      break;
  }
  return f(std::int64_t{});
}

/// Bytes of an element.
inline std::size_t size_of(oracles::DType dtype) {
  return with_type(dtype, [](auto type) { return sizeof type; });
}

/// A real element, exact in a double.
inline double load_real(oracles::DType dtype, const void* from) {
  return with_type(dtype, [from]<class T>(T value) {
    std::memcpy(&value, from, sizeof value);
    return static_cast<double>(value);
  });
}

/// Real elements that lie one after the other.
inline void load_reals(oracles::DType dtype, const void* from, std::span<double> to) {
  with_type(dtype, [&]<class T>(T value) {
    const auto* next = static_cast<const std::byte*>(from);
    for (double& element : to) {
      std::memcpy(&value, next, sizeof value);
      element = static_cast<double>(value);
      next += sizeof value;
    }
  });
}

/// `value` is a number of the dtype.
inline void store_real(oracles::DType dtype, void* to, double value) {
  with_type(dtype, [=]<class T>(T) {
    const T element = static_cast<T>(value);
    std::memcpy(to, &element, sizeof element);
  });
}

inline std::int64_t load_index(oracles::DType dtype, const void* from) {
  std::int64_t wide = 0;
  std::int32_t narrow = 0;
  if (dtype == oracles::DType::i64) return std::memcpy(&wide, from, sizeof wide), wide;
  return std::memcpy(&narrow, from, sizeof narrow), narrow;
}

inline void store_index(oracles::DType dtype, void* to, std::int64_t value) {
  const auto narrow = static_cast<std::int32_t>(value);
  if (dtype == oracles::DType::i64)
    std::memcpy(to, &value, sizeof value);
  else
    std::memcpy(to, &narrow, sizeof narrow);
}

}  // namespace properties
