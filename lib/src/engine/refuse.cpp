#include "engine/refuse.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "tensor/elements.h"
#include "tensor/overlap.h"

namespace lossproof::detail {

using std::to_string;

void refuse(const Kernel& kernel, const std::string& what) { throw Error(std::string(kernel.name) + ": " + what); }

std::string quoted(DType dtype) { return std::string(name(dtype)); }

std::string digits(double x, DType dtype) {
  std::array<char, 32> text{};
  if (dtype == DType::f64) {
    *std::to_chars(text.data(), text.data() + text.size() - 1, x).ptr = 0;
  } else {
    std::snprintf(text.data(), text.size(), "%.9g", x);
  }
  return text.data();
}

std::string position(std::int64_t i, const Extents& shape) {
  Extents at = shape;
  for (int k = shape.size() - 1; k >= 0; --k) {
    at[k] = i % shape[k];
    i /= shape[k];
  }
  return to_string(at);
}

void check_memory(const Kernel& kernel, std::string_view argument, const TensorView& view) {
  std::int64_t elements = 0;
  try {
    elements = count(view.shape());
  } catch (const Error& e) {
    refuse(kernel, std::string(argument) + ": " + e.what());
  }
  if (view.strides().size() != view.rank()) {
    refuse(kernel, std::string(argument) + " has " + to_string(view.strides().size()) + " strides for shape " +
                       to_string(view.shape()) + "; expected one for each dimension");
  }
  if (view.data() == nullptr && elements > 0) {
    refuse(kernel, std::string(argument) + " of shape " + to_string(view.shape()) + " is null");
  }
  if (elements > 0 && !is_addressable(view)) {
    refuse(kernel, std::string(argument) + " of shape " + to_string(view.shape()) + " has strides " +
                       to_string(view.strides()) + ", which reach beyond the address space");
  }
}

void check_shape(const Kernel& kernel, std::string_view argument, const Extents& shape, const Extents& expected,
                 std::string_view meaning) {
  if (shape == expected) return;
  refuse(kernel, std::string(argument) + " has shape " + to_string(shape) + "; expected " + to_string(expected) +
                     std::string(meaning));
}

void check_real(const Kernel& kernel, std::string_view argument, DType dtype) {
  if (is_real(dtype)) return;
  refuse(kernel, std::string(argument) + " is " + quoted(dtype) + "; expected f16, bf16, f32 or f64");
}

void check_dtype(const Kernel& kernel, std::string_view argument, DType dtype, DType expected, std::string_view whose,
                 std::string_view name) {
  if (dtype == expected) return;
  refuse(kernel, std::string(argument) + " is " + quoted(dtype) + "; expected " + quoted(expected) + ", " +
                     std::string(whose) + std::string(name));
}

void check_elements(const Kernel& kernel, std::string_view argument, const TensorView& view, bool (*holds)(double),
                    const std::string& expected) {
  const Reals reals(view);
  for (std::int64_t i = 0; i < count(view.shape()); ++i) {
    if (holds(reals[i])) continue;
    refuse(kernel, std::string(argument) + position(i, view.shape()) + " is " + digits(reals[i], view.dtype()) +
                       "; expected " + expected);
  }
}

}  // namespace lossproof::detail
