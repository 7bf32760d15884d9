// How calls are refused: the checks that every tensor of a call goes through.
#pragma once

#include <string>
#include <string_view>

#include "engine/kernel.h"

namespace lossproof::detail {

[[noreturn]] void refuse(const Kernel& kernel, const std::string& what);

/// The name of a dtype.
std::string quoted(DType dtype);

/// A number of this dtype, told from its neighbours at any size.
std::string digits(double x, DType dtype);

/// The position with this number in row-major order, as "[1, 5]".
std::string position(std::int64_t i, const Extents& shape);

/// Number of elements, number of strides, null data, reach.
void check_memory(const Kernel& kernel, std::string_view argument, const TensorView& view);

/// `meaning` says what is to have the expected shape.
void check_shape(const Kernel& kernel, std::string_view argument, const Extents& shape, const Extents& expected,
                 std::string_view meaning = {});

void check_real(const Kernel& kernel, std::string_view argument, DType dtype);

/// `whose` and what follows it say where the expected dtype comes from.
void check_dtype(const Kernel& kernel, std::string_view argument, DType dtype, DType expected, std::string_view whose,
                 std::string_view name = {});

/// Every element `holds`, which is what `expected` says.
void check_elements(const Kernel& kernel, std::string_view argument, const TensorView& view, bool (*holds)(double),
                    const std::string& expected);

}  // namespace lossproof::detail
