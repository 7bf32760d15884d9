// The plain data that a question about a loss consists of. Everything above the oracles uses these types.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oracles {

enum class DType : std::uint8_t { f16, bf16, f32, f64, i32, i64 };
enum class Reduction : std::uint8_t { none, per_sample, mean, sum, batchmean };
inline constexpr std::array reductions{Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum,
                                       Reduction::batchmean};
/// `grad` is the gradient with respect to the first input, `grad_target` that with respect to the second, where that is
/// real.
enum class Output : std::uint8_t { value, grad, grad_target };

std::string_view name(DType dtype);
std::string_view name(Reduction reduction);
std::string_view name(Output output);

/// The dtypes that logits, real targets and results can have.
inline constexpr std::array real_dtypes{DType::f16, DType::bf16, DType::f32, DType::f64};
bool is_real(DType dtype);

/// Of three things that belong to the outputs, the one that belongs to this.
template <class T>
constexpr T& belonging_to(Output output, T& value, T& grad, T& grad_target) {
  return output == Output::value ? value : output == Output::grad ? grad : grad_target;
}

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
  double beta = 1;             ///< finite, not 0
  double label_smoothing = 0;  ///< in [0, 1]
  double temperature = 1;      ///< finite, above 0
  double alpha = 0.25;         ///< in [0, 1], or below 0: no weights of positive and negative targets
  double gamma = 2;            ///< finite, at least 0
  bool log_target = false;

  bool operator==(const Parameters&) const = default;
};

struct Attributes {
  Reduction reduction = Reduction::mean;
  std::int64_t ignore_index = -100;
  Parameters parameters{};
  /// Finite numbers of the first input's dtype: of losses over classes one for each, [C], or where `may_weigh_logits` of
  /// the first input's shape; of elementwise losses of a shape that broadcasts to that.
  std::optional<Tensor> weight{};
  std::optional<Tensor> pos_weight{};

  bool operator==(const Attributes&) const = default;
};

/// Inputs in the order of the loss's arguments; `grad_output` has the value's shape. Results have the dtype asked for
/// (`grad_dtype` is that of every gradient), or that of the first input.
struct Problem {
  std::vector<Tensor> inputs;
  Attributes attributes;
  Tensor grad_output;
  std::optional<DType> value_dtype{};
  std::optional<DType> grad_dtype{};

  bool operator==(const Problem&) const = default;

  bool has_real_target() const { return inputs.size() > 1 && is_real(inputs[1].dtype); }

  /// The results that there are.
  std::span<const Output> outputs() const {
    static constexpr std::array all{Output::value, Output::grad, Output::grad_target};
    return std::span(all).first(has_real_target() ? 3 : 2);
  }

  DType dtype(Output output) const {
    return (output == Output::value ? value_dtype : grad_dtype).value_or(inputs.front().dtype);
  }
};

}  // namespace oracles
