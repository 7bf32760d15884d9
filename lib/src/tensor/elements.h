// Elements of a view of any dtype, by their position in row-major order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensor/offsets.h"

namespace lossproof {

/// Element `offset` of `data`, copied: what the caller has there may be a type of theirs.
template <class T>
T element(const void* data, std::int64_t offset) {
  T value;
  std::memcpy(&value, static_cast<const T*>(data) + offset, sizeof(T));
  return value;
}

/// The real number at element `offset` of `data`.
inline double real_element(DType dtype, const void* data, std::int64_t offset) {
  if (dtype == DType::f32) return element<float>(data, offset);
  if (dtype == DType::f64) return element<double>(data, offset);
  if (dtype == DType::f16) return element<Half>(data, offset);
  return element<BFloat16>(data, offset);
}

/// Whether the elements lie in row-major order without gaps.
template <class Pointer>
bool is_dense(const BasicView<Pointer>& view) {
  std::uint64_t stride = 1;  // wraps for a shape without elements, as its row-major strides do
  for (int k = view.rank() - 1; k >= 0; --k) {
    if (view.shape()[k] != 1 && static_cast<std::uint64_t>(view.strides()[k]) != stride) return false;
    stride *= static_cast<std::uint64_t>(view.shape()[k]);
  }
  return true;
}

/// Real numbers, whatever their dtype.
class Reals {
 public:
  explicit Reals(const TensorView& view)
      : data_(view.data()), dtype_(view.dtype()), offset_(view.shape(), view.strides()) {}

  double operator[](std::int64_t i) const { return real_element(dtype_, data_, offset_(i)); }

 private:
  const void* data_;
  DType dtype_;
  Offsets offset_;
};

/// Integers, whatever their dtype.
class Integers {
 public:
  explicit Integers(const TensorView& view)
      : data_(view.data()),
        narrow_(view.dtype() == DType::i32),
        plain_(!narrow_ && is_dense(view)),
        offset_(view.shape(), view.strides()) {}

  std::int64_t operator[](std::int64_t i) const {
    return narrow_ ? element<std::int32_t>(data_, offset_(i)) : element<std::int64_t>(data_, offset_(i));
  }

  /// Writes elements `begin` to `end` - 1 to `out`.
  void copy(std::int64_t begin, std::int64_t end, std::int64_t* out) const {
    if (plain_) {
      const auto* first = static_cast<const std::int64_t*>(data_) + begin;
      std::memcpy(out, first, static_cast<std::size_t>(end - begin) * sizeof(*out));
    } else {
      for_each(begin, end, [&](std::int64_t i, std::int64_t value) { out[i - begin] = value; });
    }
  }

  /// Whether the first n elements are seen to be from 0 to `bound` - 1; of those that are not dense i64: false.
  bool are_below(std::int64_t bound, std::int64_t n) const {
    if (!plain_ || bound <= 0) return false;
    constexpr std::int64_t block = 64;  // whose loop the compiler makes vectors of
    const auto last = static_cast<std::uint64_t>(bound - 1);
    // Its highest bit is the sign of t, or else that of last - t.
    const auto signs_of = [=, this](std::int64_t i) {
      const auto t = element<std::uint64_t>(data_, i);
      return t | (last - t);
    };
    std::uint64_t signs = 0;
    std::int64_t i = 0;
    for (; i + block <= n; i += block) {
      for (std::int64_t k = 0; k < block; ++k) signs |= signs_of(i + k);
    }
    for (; i < n; ++i) signs |= signs_of(i);
    return signs >> 63 == 0;
  }

  /// Calls work(i, element i) for i from `begin` to `end` - 1.
  template <class Work>
  void for_each(std::int64_t begin, std::int64_t end, const Work& work) const {
    if (plain_) {
      for (std::int64_t i = begin; i < end; ++i) work(i, element<std::int64_t>(data_, i));
    } else {
      for (std::int64_t i = begin; i < end; ++i) work(i, (*this)[i]);
    }
  }

 private:
  const void* data_;
  bool narrow_;
  bool plain_;  ///< dense i64
  Offsets offset_;
};

/// Stores a number of the dtype, an infinity or a NaN: nothing is rounded here.
inline void store_real(DType dtype, void* data, std::int64_t offset, double value) {
  const auto put = [&]<class T>(T x) { std::memcpy(static_cast<T*>(data) + offset, &x, sizeof(T)); };
  if (dtype == DType::f32) return put(static_cast<float>(value));
  if (dtype == DType::f64) return put(value);
  if (dtype == DType::f16) return put(Half(value));
  put(BFloat16(value));
}

}  // namespace lossproof
