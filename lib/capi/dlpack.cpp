#include "dlpack.h"

#include <cstring>
#include <span>
#include <string>

#include "status.h"

namespace lossproof::capi {
namespace {

using std::to_string;

[[noreturn]] void refuse(const Place& place, const std::string& what) {
  capi::refuse(std::string(place.loss), std::string(place.argument) + what);
}

void check_device(const DLTensor& tensor, const Place& place) {
  std::int32_t device = 0;  // one outside the enumeration must not be read as an enumerator
  static_assert(sizeof device == sizeof tensor.device.device_type);
  std::memcpy(&device, &tensor.device.device_type, sizeof device);
  if (device != kDLCPU) refuse(place, " is on device type " + to_string(device) + "; expected 1, kDLCPU");
}

void check_ndim(const DLTensor& tensor, const Place& place) {
  if (tensor.ndim < 0 || tensor.ndim > max_rank) {
    refuse(place, " has ndim " + to_string(tensor.ndim) + "; expected 0 to " + to_string(max_rank));
  }
  if (tensor.ndim > 0 && tensor.shape == nullptr) {
    refuse(place, ".shape is NULL; expected " + to_string(tensor.ndim) + " extents");
  }
}

/// The address of the first element; null stays null, whatever the offset.
void* data_of(const DLTensor& tensor, DType dtype, const Place& place) {
  if (tensor.data == nullptr) return nullptr;
  const std::uint64_t size = size_of(dtype);
  const std::uint64_t address = reinterpret_cast<std::uintptr_t>(tensor.data) + tensor.byte_offset;
  if (address % size != 0) {
    refuse(place, " is not aligned: data plus byte_offset " + to_string(tensor.byte_offset) + " is a multiple of " +
                      to_string(size) + " plus " + to_string(address % size) + "; expected one of " + to_string(size) +
                      ", the size of " + std::string(name(dtype)));
  }
  return static_cast<char*>(tensor.data) + tensor.byte_offset;
}

}  // namespace

DType dtype_of(const DLDataType& dtype, const Place& place) {
  constexpr struct {
    DType dtype;
    DLDataType dl;
  } known[] = {{DType::f16, {kDLFloat, 16, 1}}, {DType::bf16, {kDLBfloat, 16, 1}}, {DType::f32, {kDLFloat, 32, 1}},
               {DType::f64, {kDLFloat, 64, 1}}, {DType::i32, {kDLInt, 32, 1}},     {DType::i64, {kDLInt, 64, 1}}};
  for (const auto& k : known) {
    if (dtype.code == k.dl.code && dtype.bits == k.dl.bits && dtype.lanes == k.dl.lanes) return k.dtype;
  }
  refuse(place, " has dtype code " + to_string(dtype.code) + ", " + to_string(dtype.bits) + " bits, " +
                    to_string(dtype.lanes) + " lanes; expected f16, bf16, f32, f64, i32 or i64 with 1 lane");
}

MutableTensorView output_view(const DLTensor* tensor, const Place& place) {
  if (tensor == nullptr) refuse(place, " is NULL; expected a DLTensor");
  check_device(*tensor, place);
  const DType dtype = dtype_of(tensor->dtype, place);
  check_ndim(*tensor, place);
  void* data = data_of(*tensor, dtype, place);
  const auto ndim = static_cast<std::size_t>(tensor->ndim);
  const Extents shape(std::span<const std::int64_t>(tensor->shape, ndim));
  if (tensor->strides == nullptr) return {data, dtype, shape, row_major(shape)};
  return {data, dtype, shape, Extents(std::span<const std::int64_t>(tensor->strides, ndim))};
}

TensorView input_view(const DLTensor* tensor, const Place& place) { return output_view(tensor, place); }

}  // namespace lossproof::capi
