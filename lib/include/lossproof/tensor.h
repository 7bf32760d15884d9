// Views of a caller's tensors, and the tensors that the library hands out when it owns the result.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lossproof/float16.h"

namespace lossproof {

/// What the elements of a tensor are: real numbers in four formats, class indices in two.
enum class DType : std::uint8_t { f16, bf16, f32, f64, i32, i64 };

/// The name that messages and records use: "f16", "bf16", "f32", "f64", "i32", "i64".
std::string_view name(DType dtype);

/// f16, bf16, f32 and f64.
constexpr bool is_real(DType dtype) { return dtype <= DType::f64; }

/// Bytes of one element.
constexpr std::size_t size_of(DType dtype) {
  if (dtype == DType::f16 || dtype == DType::bf16) return 2;
  return dtype == DType::f32 || dtype == DType::i32 ? 4 : 8;
}

/// The most dimensions that a tensor has.
inline constexpr int max_rank = 8;

namespace detail {

/// Specialised for every element type; lossproof/eigen.h adds Eigen's.
template <class T>
struct DTypeOf {
  static_assert(!sizeof(T), "lossproof has no dtype for this element type");
};
template <DType dtype>
using DTypeIs = std::integral_constant<DType, dtype>;

template <>
struct DTypeOf<Half> : DTypeIs<DType::f16> {};
template <>
struct DTypeOf<BFloat16> : DTypeIs<DType::bf16> {};
template <>
struct DTypeOf<float> : DTypeIs<DType::f32> {};
template <>
struct DTypeOf<double> : DTypeIs<DType::f64> {};
template <>
struct DTypeOf<std::int32_t> : DTypeIs<DType::i32> {};
template <>
struct DTypeOf<std::int64_t> : DTypeIs<DType::i64> {};

}  // namespace detail

/// The dtype of elements of type T, const or not.
template <class T>
inline constexpr DType dtype_of = detail::DTypeOf<std::remove_cv_t<T>>::value;

/// Extents or strides, at most `max_rank` of them; strides count elements, may be negative or 0.
class Extents {
 public:
  Extents() = default;
  /// Error: more than `max_rank` values.
  Extents(std::initializer_list<std::int64_t> values) : Extents(std::span(values.begin(), values.size())) {}
  /// Error: more than `max_rank` values.
  explicit Extents(std::span<const std::int64_t> values);

  int size() const { return size_; }                                                     ///< How many there are.
  std::int64_t operator[](int i) const { return values_[static_cast<std::size_t>(i)]; }  ///< Not checked.
  std::int64_t& operator[](int i) { return values_[static_cast<std::size_t>(i)]; }       ///< Not checked.
  const std::int64_t* begin() const { return values_.data(); }                           ///< The first.
  const std::int64_t* end() const { return values_.data() + size_; }                     ///< Behind the last.
  void append(std::int64_t value);              ///< Error: there are `max_rank` already.
  bool operator==(const Extents& other) const;  ///< Of number and values.

 private:
  std::array<std::int64_t, max_rank> values_{};
  int size_ = 0;
};

/// "[64, 23]", as messages print a shape.
std::string to_string(const Extents& extents);

/// The strides of a row-major tensor of this shape.
Extents row_major(const Extents& shape);

/// Number of elements of a shape; 1 for rank 0. Error: a negative extent, or a product beyond 2^63 - 1.
std::int64_t count(const Extents& shape);

/// A caller's tensor: address of element [0, ..., 0], dtype, shape and strides. Owns nothing.
/// `Pointer` is `const void*` (inputs) or `void*` (outputs).
template <class Pointer>
class BasicView {
 public:
  BasicView() = default;

  /// Any strides, one for each dimension.
  BasicView(Pointer data, DType dtype, Extents shape, Extents strides)
      : data_(data), dtype_(dtype), shape_(shape), strides_(strides) {}

  /// A row-major tensor at `data`.
  template <class T>
  requires std::is_convertible_v<T*, Pointer> BasicView(T* data, Extents shape)
      : BasicView(data, dtype_of<T>, shape, row_major(shape)) {}

  /// Any strides, one for each dimension.
  template <class T>
  requires std::is_convertible_v<T*, Pointer> BasicView(T* data, Extents shape, Extents strides)
      : BasicView(data, dtype_of<T>, shape, strides) {}

  /// An output seen as an input.
  template <class Other>
  requires(std::is_same_v<Other, void*>&& std::is_same_v<Pointer, const void*>) BasicView(const BasicView<Other>& other)
      : BasicView(other.data(), other.dtype(), other.shape(), other.strides()) {}

  Pointer data() const { return data_; }               ///< Of element [0, ..., 0].
  DType dtype() const { return dtype_; }               ///< Of the elements.
  const Extents& shape() const { return shape_; }      ///< Extents.
  const Extents& strides() const { return strides_; }  ///< Counted in elements.
  int rank() const { return shape_.size(); }           ///< Dimensions.

 private:
  Pointer data_ = nullptr;
  DType dtype_ = DType::f32;
  Extents shape_;
  Extents strides_;
};

using TensorView = BasicView<const void*>;   ///< An input.
using MutableTensorView = BasicView<void*>;  ///< An output.

/// A row-major tensor that owns its elements.
class Tensor {
 public:
  Tensor(DType dtype, Extents shape);  ///< Of zeros. Error: as `count` says.

  DType dtype() const { return dtype_; }           ///< Of the elements.
  const Extents& shape() const { return shape_; }  ///< Extents.
  MutableTensorView view();                        ///< To write to while the tensor lives.
  TensorView view() const;                         ///< To read from while the tensor lives.

  /// The only element of a tensor of one element, as a double, in which every real dtype fits exactly. Error: another
  /// count or dtype.
  double item() const;

 private:
  DType dtype_;
  Extents shape_;
  std::vector<std::max_align_t> storage_;
};

}  // namespace lossproof
