// Where results go, and how they are rounded for it.
#pragma once

#include <cstdint>

#include "arith/wide.h"
#include "tensor/elements.h"

namespace lossproof::detail {

/// The format of a real dtype.
inline arith::Format format_of(DType dtype) {
  switch (dtype) {
    case DType::f16:
      return {11, -24, 16};
    case DType::bf16:
      return {8, -133, 128};
    case DType::f32:
      return {24, -149, 128};
    default:
      return {53, -1074, 1024};
  }
}

/// The elements of an output, by their position in row-major order.
class Output {
 public:
  explicit Output(const MutableTensorView& view)
      : data_(view.data()),
        dtype_(view.dtype()),
        format_(format_of(view.dtype())),
        offset_(view.shape(), view.strides()) {}

  const arith::Format& format() const { return format_; }
  void set(std::int64_t i, double value) const { store_real(dtype_, data_, offset_(i), value); }

 private:
  void* data_;
  DType dtype_;
  arith::Format format_;
  Offsets offset_;
};

}  // namespace lossproof::detail
