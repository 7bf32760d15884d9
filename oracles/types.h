// The plain data that a question about a loss consists of. Everything above the oracles uses these types.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oracles {

enum class DType : std::uint8_t { f16, bf16, f32, f64, i32, i64 };
enum class Reduction : std::uint8_t { none, per_sample, mean, sum };
enum class Output : std::uint8_t { value, grad };

std::string_view name(DType dtype);
std::string_view name(Reduction reduction);

/// The dtypes that logits, real targets and results can have.
inline constexpr std::array real_dtypes{DType::f16, DType::bf16, DType::f32, DType::f64};
bool is_real(DType dtype);

using Shape = std::vector<std::int64_t>;

std::int64_t count(const Shape& shape);

/// A dense row-major tensor: `reals` for real dtypes (every value exact in a double), `indices` for i32 and i64.
struct Tensor {
  DType dtype = DType::f32;
  Shape shape;
  std::vector<double> reals;
  std::vector<std::int64_t> indices;

  bool operator==(const Tensor&) const = default;
};

/// What a formula depends on besides its row, as the real numbers that the doubles are.
struct Parameters {
  double beta = 1;

  bool operator==(const Parameters&) const = default;
};

struct Attributes {
  Reduction reduction = Reduction::mean;
  std::int64_t ignore_index = -100;
  Parameters parameters{};

  bool operator==(const Attributes&) const = default;
};

/// Inputs in the order of the loss's arguments; `grad_output` has the value's shape. Results have the dtype asked for, or
/// that of the first input.
struct Problem {
  std::vector<Tensor> inputs;
  Attributes attributes;
  Tensor grad_output;
  std::optional<DType> value_dtype{};
  std::optional<DType> grad_dtype{};

  bool operator==(const Problem&) const = default;

  DType dtype(Output output) const {
    return (output == Output::value ? value_dtype : grad_dtype).value_or(inputs.front().dtype);
  }
};

}  // namespace oracles
