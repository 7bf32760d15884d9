// NumPy's array files: .npy (format 1.0, 2.0, 3.0; numpy/lib/format.py documents it) and .npz, a zip archive of them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "oracles/types.h"
#include "reports/records.h"

namespace reports {

/// Arrays by name, each read when called for, so that what is wrong with one that nobody wants is nobody's concern.
using Arrays = std::map<std::string, std::function<oracles::Tensor()>>;

/// How a .npy file begins.
inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// A .npy file's bytes as a row-major tensor. Takes little-endian f2, f4, f8, i4 and i8, in C or Fortran order, and V2
/// for bf16: NumPy has no name for it, and it is what ml_dtypes.bfloat16 arrays are saved as.
/// `name` is what messages call it. BadInput: anything else, or bytes missing or left over.
oracles::Tensor parse_npy(std::string_view bytes, const std::string& name);

/// The arrays of a .npz file under their names in it, or the one of a .npy file under the file's name without ".npy".
/// BadInput: no such file, not one of the two, or not a complete archive; from the reading of an array also: truncated,
/// corrupt (the archive's checksums are verified), or an array that parse_npy does not take.
Arrays read_arrays(const std::filesystem::path& file);

}  // namespace reports
