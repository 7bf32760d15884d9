#include "reports/npy.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <regex>

#include "properties/storage.h"

namespace reports {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie in the file");

struct Header {
  oracles::DType dtype;
  bool fortran_order;
  oracles::Shape shape;
};

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw BadInput(fmt::format("{}: {}", name, what));
}

/// Group 1 of the pattern's only match in the header's dictionary.
std::string field(const std::string& header, const std::string& name, const char* key, const char* value_pattern) {
  std::smatch match;
  const std::regex pattern(fmt::format(R"(['"]{}['"]\s*:\s*{})", key, value_pattern));
  if (!std::regex_search(header, match, pattern))
    fail(name, fmt::format("npy header has no readable '{}': {}", key, header));
  return match[1];
}

oracles::DType dtype_of(const std::string& descr, const std::string& name) {
  if (descr == "<f2") return oracles::DType::f16;
  if (descr == "<V2" || descr == "|V2") return oracles::DType::bf16;
  if (descr == "<f4") return oracles::DType::f32;
  if (descr == "<f8") return oracles::DType::f64;
  if (descr == "<i4") return oracles::DType::i32;
  if (descr == "<i8") return oracles::DType::i64;
  fail(name, fmt::format("dtype '{}', expected one of '<f2', '<V2' (bf16), '<f4', '<f8', '<i4', '<i8'", descr));
}

oracles::Shape shape_of(const std::string& text, const std::string& name) {
  oracles::Shape shape;
  std::int64_t elements = 1;
  for (const char *p = text.data(), *end = p + text.size(); p != end;) {
    if (*p == ' ' || *p == ',') {
      ++p;
      continue;
    }
    std::int64_t extent = 0;
    const auto [next, error] = std::from_chars(p, end, extent);
    // 2^59: a tensor of that many 8-byte elements has a size in bytes that an int64 holds.
    if (error != std::errc() || extent < 0 || __builtin_mul_overflow(elements, extent, &elements) ||
        elements > (1LL << 59))
      fail(name,
           fmt::format("npy header has the shape ({}), expected non-negative extents of at most 2^59 elements", text));
    shape.push_back(extent);
    p = next;
  }
  return shape;
}

/// Takes the header off the front of `bytes`.
Header take_header(std::string_view& bytes, const std::string& name) {
  if (!bytes.starts_with(npy_magic)) fail(name, "not a .npy file: it does not begin with \\x93NUMPY");
  if (bytes.size() < 12) fail(name, "truncated: the npy header is not complete");
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(bytes[i])}; };
  const std::size_t major = byte(6);
  if (major < 1 || major > 3) fail(name, fmt::format("npy format {}.{}, expected 1.0, 2.0 or 3.0", major, byte(7)));
  const std::size_t begin = major == 1 ? 10 : 12;
  const std::size_t length = byte(8) | byte(9) << 8 | (major == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  // NumPy reads no longer ones by default either; std::regex recurses with the length of what it matches.
  constexpr std::size_t longest = 10'000;
  if (length > longest) fail(name, fmt::format("npy header of {} bytes, expected at most {}", length, longest));
  if (bytes.size() - begin < length) fail(name, "truncated: the npy header is not complete");
  const std::string header(bytes.substr(begin, length));
  bytes.remove_prefix(begin + length);
  return {dtype_of(field(header, name, "descr", R"(['"]([^'"]*)['"])"), name),
          field(header, name, "fortran_order", "(True|False)") == "True",
          shape_of(field(header, name, "shape", R"(\(([^)]*)\))"), name)};
}

/// Position in the file of element `i` of the row-major order, where the first index runs fastest.
std::int64_t fortran_position(std::int64_t i, const oracles::Shape& shape) {
  std::int64_t position = 0;
  for (std::size_t d = shape.size(); d-- > 0;) {
    std::int64_t stride = 1;
    for (std::size_t e = 0; e < d; ++e) stride *= shape[e];
    position += i % shape[d] * stride;
    i /= shape[d];
  }
  return position;
}

template <class Element, class Out>
void copy_elements(std::string_view bytes, const Header& header, std::int64_t n, std::vector<Out>& out) {
  out.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t position = header.fortran_order ? fortran_position(i, header.shape) : i;
    Element element;
    std::memcpy(&element, bytes.data() + position * static_cast<std::int64_t>(sizeof element), sizeof element);
    out[static_cast<std::size_t>(i)] = static_cast<Out>(element);
  }
}

}  // namespace

oracles::Tensor parse_npy(std::string_view bytes, const std::string& name) {
  const Header header = take_header(bytes, name);
  const std::int64_t n = oracles::count(header.shape);
  const std::int64_t expected = n * static_cast<std::int64_t>(properties::size_of(header.dtype));
  if (static_cast<std::int64_t>(bytes.size()) != expected)
    fail(name, fmt::format("{} bytes of elements, expected {}: truncated or corrupt", bytes.size(), expected));
  oracles::Tensor tensor{header.dtype, header.shape, {}, {}};
  properties::with_type(header.dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>)
      copy_elements<T>(bytes, header, n, tensor.indices);
    else
      copy_elements<T>(bytes, header, n, tensor.reals);
  });
  return tensor;
}

}  // namespace reports
