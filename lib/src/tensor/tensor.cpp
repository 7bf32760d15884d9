#include "lossproof/tensor.h"

#include <algorithm>
#include <string>

#include "lossproof/error.h"
#include "tensor/elements.h"

namespace lossproof {

std::string_view name(DType dtype) {
  switch (dtype) {
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i32:
      return "i32";
    case DType::i64:
      return "i64";
  }
  return "unknown dtype";
}

Extents::Extents(std::span<const std::int64_t> values) {
  for (const std::int64_t v : values) append(v);
}

void Extents::append(std::int64_t value) {
  if (size_ == max_rank) throw Error("a tensor has at most " + std::to_string(max_rank) + " dimensions");
  values_[static_cast<std::size_t>(size_++)] = value;
}

bool Extents::operator==(const Extents& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

std::string to_string(const Extents& extents) {
  std::string text = "[";
  for (const std::int64_t v : extents) text += (text.size() > 1 ? ", " : "") + std::to_string(v);
  return text + "]";
}

namespace {

[[noreturn, gnu::noinline]] void refuse_shape(const Extents& shape, bool negative) {
  const std::string why = negative ? " has a negative extent" : " has more than 2^63 - 1 elements";
  throw Error("shape " + to_string(shape) + why);
}

}  // namespace

std::int64_t count(const Extents& shape) {
  std::int64_t product = 1;
  bool empty = false;
  bool negative = false;
  bool overflows = false;
  for (const std::int64_t extent : shape) {
    negative |= extent < 0;
    empty |= extent == 0;
    overflows |= __builtin_mul_overflow(product, extent, &product);
  }
  if (negative || (overflows && !empty)) refuse_shape(shape, negative);
  return empty ? 0 : product;
}

Extents row_major(const Extents& shape) {
  Extents strides = shape;
  std::uint64_t stride = 1;  // wraps for a shape that count() refuses
  for (int k = shape.size() - 1; k >= 0; --k) {
    strides[k] = static_cast<std::int64_t>(stride);
    stride *= static_cast<std::uint64_t>(std::max<std::int64_t>(shape[k], 1));
  }
  return strides;
}

namespace {

/// Bytes of a tensor.
std::size_t bytes_of(DType dtype, const Extents& shape) {
  std::int64_t bytes;
  if (__builtin_mul_overflow(count(shape), static_cast<std::int64_t>(size_of(dtype)), &bytes)) {
    throw Error("a tensor of shape " + to_string(shape) + " has more than 2^63 - 1 bytes");
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace

Tensor::Tensor(DType dtype, Extents shape)
    : dtype_(dtype),
      shape_(shape),
      storage_((bytes_of(dtype, shape) + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t)) {}

MutableTensorView Tensor::view() { return {storage_.data(), dtype_, shape_, row_major(shape_)}; }

TensorView Tensor::view() const { return {storage_.data(), dtype_, shape_, row_major(shape_)}; }

double Tensor::item() const {
  if (count(shape_) != 1) throw Error("item() wants a tensor of one element, this one has shape " + to_string(shape_));
  if (!is_real(dtype_)) {
    throw Error("item() wants f16, bf16, f32 or f64, this tensor is " + std::string(lossproof::name(dtype_)));
  }
  return Reals(view())[0];
}

}  // namespace lossproof
