// What the engine knows of a loss, and what it hands to it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lossproof/loss.h"

namespace lossproof::detail {

/// How a loss cuts its inputs into independent rows: the logits along the class dimension with what belongs to them
/// there, or one element of each input. `maps`: as `classes`, with as many values as logits.
enum class Form : std::uint8_t { classes, elements, maps };

/// Options that a formula reads, as the real numbers that they are.
struct Parameters {
  double beta = 1;
  double label_smoothing = 0;
  bool log_target = false;
  double temperature = 1;
  double alpha = 0.25;
  double gamma = 2;
};

/// A checked call. Outputs are there if they were asked for; `grad_output` is there with a gradient.
struct Request {
  std::span<const TensorView> inputs;
  Reduction reduction;
  std::int64_t ignore_index;
  bool ignores = true;  // whether a target may be ignore_index
  Parameters parameters{};
  std::optional<TensorView> weight{};      // with the first input's shape
  std::optional<TensorView> pos_weight{};  // likewise
  std::optional<DType> dtype{};            // of the value, where the options say it
  std::optional<TensorView> grad_output{};
  std::optional<MutableTensorView> value{};
  std::optional<MutableTensorView> grad{};         // with respect to the first input
  std::optional<MutableTensorView> grad_target{};  // with respect to the second

  bool wants_gradient() const { return grad || grad_target; }
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
  VectorPass in_vectors;    ///< null for a loss that has none
  Takes vectors_take = {};  ///< the options that it takes
};

/// The class dimension of logits of this rank.
inline int class_dimension(int rank) { return rank == 1 ? 0 : 1; }

/// The classes of the first input, a loss over classes'.
inline std::int64_t classes_of(const Request& request) {
  const Extents& shape = request.inputs[0].shape();
  return shape[class_dimension(shape.size())];
}

/// Whether weights may be one for each logit: where the target is a number for each, and no distribution over them.
inline bool may_weigh_logits(const Kernel& kernel) {
  return kernel.form == Form::classes && kernel.arguments.size() > 1 &&
         kernel.arguments[1].kind == Argument::Kind::real;
}

/// Whether the second input says a class for each position; otherwise it holds real numbers.
inline bool has_class_indices(std::span<const TensorView> inputs) { return !is_real(inputs[1].dtype()); }

/// Whether the mass of a target is spread over classes, and not all of it at one.
inline bool is_spread(const Request& request) {
  return !has_class_indices(request.inputs) || request.parameters.label_smoothing != 0;
}

}  // namespace lossproof::detail
