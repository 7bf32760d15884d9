// What the engine knows of a loss, and what it hands to it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lossproof/loss.h"

namespace lossproof::detail {

/// How a loss cuts its inputs into independent rows: the logits along the class dimension with the class index
/// there, or one element of each input.
enum class Form : std::uint8_t { classes, elements };

/// Options that a formula reads, as the real numbers that they are.
struct Parameters {
  double beta = 1;
};

/// A checked call. Outputs are there if they were asked for; `grad_output` is there with `grad`.
struct Request {
  std::span<const TensorView> inputs;
  Reduction reduction;
  std::int64_t ignore_index;
  Parameters parameters{};
  std::optional<DType> dtype;  // of the value, where the options say it
  std::optional<TensorView> grad_output;
  std::optional<MutableTensorView> value;
  std::optional<MutableTensorView> grad;
};

struct Stretch;

/// A kernel in vectors: see stretch.h.
using VectorPass = void (*)(const Request&, Stretch&);

struct Kernel {
  std::string_view name;
  Form form;
  std::span<const Argument> arguments;
  Takes takes;
  Refinements (*run)(const Kernel&, const Request&);
  VectorPass in_vectors;  ///< null for a loss that has none
};

/// The class dimension of logits of this rank.
inline int class_dimension(int rank) { return rank == 1 ? 0 : 1; }

}  // namespace lossproof::detail
