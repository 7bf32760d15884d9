// The class dimension of a view: the numbers of one position along it.
#pragma once

#include <cstdint>

#include "engine/kernel.h"
#include "engine/output.h"
#include "tensor/elements.h"

namespace lossproof::detail {

/// Real numbers, one for each class.
class Numbers {
 public:
  /// From element `first` on, along dimension `dim`.
  Numbers(const TensorView& view, int dim, std::int64_t first)
      : data_(view.data()),
        dtype_(view.dtype()),
        first_(first),
        stride_(view.strides()[dim]),
        size_(view.shape()[dim]) {}

  std::int64_t size() const { return size_; }
  double operator[](std::int64_t j) const { return real_element(dtype_, data_, first_ + j * stride_); }

 private:
  const void* data_;
  DType dtype_;
  std::int64_t first_;
  std::int64_t stride_;
  std::int64_t size_;
};

/// The positions of a view [C], [N, C] or [N, C, d1, ...], in row-major order of [N, d1, ...].
template <class View>
class Positions {
 public:
  explicit Positions(const View& view)
      : view_(view),
        dim_(class_dimension(view.rank())),
        first_(without(view.shape(), dim_), without(view.strides(), dim_)),
        format_(format_of(view.dtype())) {}

  std::int64_t classes() const { return view_.shape()[dim_]; }
  const arith::Format& format() const { return format_; }

  Numbers operator[](std::int64_t i) const { return {view_, dim_, first_(i)}; }
  void set(std::int64_t i, std::int64_t j, double value) const {
    store_real(view_.dtype(), view_.data(), first_(i) + j * view_.strides()[dim_], value);
  }

 private:
  View view_;
  int dim_;
  Offsets first_;
  arith::Format format_;
};

using ClassInput = Positions<TensorView>;
using ClassOutput = Positions<MutableTensorView>;

}  // namespace lossproof::detail
