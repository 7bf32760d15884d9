#include "engine/check.h"

#include <array>
#include <string>

#include "engine/options.h"
#include "engine/refuse.h"
#include "tensor/elements.h"
#include "tensor/overlap.h"
#include "tensor/probabilities.h"

namespace lossproof::detail {
namespace {

using std::to_string;

[[noreturn, gnu::noinline]] void refuse_class(const Kernel& kernel, const Request& request, std::int64_t i,
                                              std::int64_t target, std::int64_t classes) {
  refuse(kernel, std::string(kernel.arguments[1].name) + position(i, request.inputs[1].shape()) + " is " +
                     to_string(target) + "; expected " +
                     (classes > 0 ? "a class index from 0 to " + to_string(classes - 1) + ", or " : "no class, but ") +
                     "ignore_index " + to_string(request.ignore_index));
}

/// Whether one of them is ignore_index.
bool check_classes(const Kernel& kernel, const Request& request) {
  const TensorView& target = request.inputs[1];
  const std::int64_t classes = classes_of(request);
  const Integers targets(target);
  const std::int64_t n = count(target.shape());
  const bool may_be_class = request.ignore_index >= 0 && request.ignore_index < classes;
  if (!may_be_class && targets.are_below(classes, n)) return false;
  bool ignores = false;
  targets.for_each(0, n, [&](std::int64_t i, std::int64_t t) {
    const bool in_range = static_cast<std::uint64_t>(t) < static_cast<std::uint64_t>(classes);
    const bool is_ignored = t == request.ignore_index;
    if (!in_range && !is_ignored) refuse_class(kernel, request, i, t, classes);
    ignores |= is_ignored;
  });
  return ignores;
}

/// Held apart from the weights in their own shape: seen with that of inputs without elements, they would have none.
void check_output(const Kernel& kernel, std::string_view argument, const TensorView& view, const Extents& shape,
                  const Request& request, const Options& options) {
  check_real(kernel, argument, view.dtype());
  check_shape(kernel, argument, view.shape(), shape);
  check_memory(kernel, argument, view);
  if (may_overlap_itself(view)) {
    refuse(kernel,
           std::string(argument) + " with strides " + to_string(view.strides()) + " has elements that share memory");
  }
  for (std::size_t k = 0; k < request.inputs.size(); ++k) {
    if (may_overlap(view, request.inputs[k])) {
      refuse(kernel, std::string(argument) + " shares memory with the input " + std::string(kernel.arguments[k].name));
    }
  }
  const auto check_apart = [&](const std::optional<TensorView>& other, const char* name) {
    if (other && may_overlap(view, *other)) refuse(kernel, std::string(argument) + " shares memory with " + name);
  };
  check_apart(options.weight, "weight");
  check_apart(options.pos_weight, "pos_weight");
  check_apart(request.grad_output, "grad_output");
}

/// The second input, whose kind may be class_target.
void check_target(const Kernel& kernel, std::span<const TensorView> inputs, const Options& options) {
  const Argument& argument = kernel.arguments[1];
  const TensorView& first = inputs[0];
  const TensorView& target = inputs[1];
  constexpr std::string_view of_first = "the dtype of ";
  if (argument.kind == Argument::Kind::real) {
    check_dtype(kernel, argument.name, target.dtype(), first.dtype(), of_first, kernel.arguments[0].name);
  } else if (argument.kind == Argument::Kind::class_index && is_real(target.dtype())) {
    refuse(kernel, std::string(argument.name) + " is " + quoted(target.dtype()) + "; expected i32 or i64");
  } else if (is_real(target.dtype()) && target.dtype() != first.dtype()) {
    refuse(kernel, std::string(argument.name) + " is " + quoted(target.dtype()) + "; expected i32 or i64, or " +
                       quoted(first.dtype()) + ", " + std::string(of_first) + std::string(kernel.arguments[0].name));
  }
  const bool is_either = argument.kind == Argument::Kind::class_target;
  if (has_class_indices(inputs)) {
    check_shape(kernel, argument.name, target.shape(), positions_of(kernel, inputs),
                is_either ? ", for i32 and i64 are class indices" : "");
  } else {
    check_shape(kernel, argument.name, target.shape(), first.shape(),
                is_either ? ", a number for each class; class indices are i32 or i64" : "");
    if (options.ignore_index.value_or(-1) >= 0) {
      refuse(kernel, "the option ignore_index is " + to_string(*options.ignore_index) + "; expected none, for " +
                         std::string(argument.name) + " is no class index");
    }
  }
  check_memory(kernel, argument.name, target);
}

void check_grad_output(const Kernel& kernel, const Request& request) {
  const TensorView& grad_output = *request.grad_output;
  check_real(kernel, "grad_output", grad_output.dtype());
  check_shape(kernel, "grad_output", grad_output.shape(), value_shape(kernel, request.inputs, request.reduction));
  check_memory(kernel, "grad_output", grad_output);
}

void check_gradients(const Kernel& kernel, const Request& request, const Options& options) {
  if (request.grad) check_output(kernel, "the gradient", *request.grad, request.inputs[0].shape(), request, options);
  if (!request.grad_target) return;
  if (request.inputs.size() < 2 || has_class_indices(request.inputs)) {
    refuse(kernel, "there is no gradient but with respect to " + std::string(kernel.arguments[0].name));
  }
  check_output(kernel, "the gradient of " + std::string(kernel.arguments[1].name), *request.grad_target,
               request.inputs[1].shape(), request, options);
}

void check_outputs_apart(const Kernel& kernel, const Request& request) {
  const std::array outputs{&request.value, &request.grad, &request.grad_target};
  const auto named = [&](std::size_t k) {
    return k == 0   ? std::string("the value")
           : k == 1 ? std::string("the gradient")
                    : "the gradient of " + std::string(kernel.arguments[1].name);
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < outputs.size(); ++j) {
      const auto& a = *outputs[i];
      const auto& b = *outputs[j];
      if (a && b && may_overlap(*a, *b)) refuse(kernel, named(i) + " shares memory with " + named(j));
    }
  }
}

}  // namespace

Extents positions_of(const Kernel& kernel, std::span<const TensorView> inputs) {
  const Extents& shape = inputs[0].shape();
  return kernel.form == Form::elements ? shape : without(shape, class_dimension(shape.size()));
}

Extents value_shape(const Kernel& kernel, std::span<const TensorView> inputs, Reduction reduction) {
  if (kernel.form == Form::maps) return inputs[0].shape();
  const Extents positions = positions_of(kernel, inputs);
  if (reduction == Reduction::none) return positions;
  if (reduction == Reduction::per_sample && positions.size() > 0) return {positions[0]};
  return {};
}

void check_inputs(const Kernel& kernel, std::span<const TensorView> inputs, const Options& options) {
  if (inputs.size() != kernel.arguments.size()) {
    refuse(kernel, to_string(inputs.size()) + (inputs.size() == 1 ? " input" : " inputs") + " given; expected " +
                       to_string(kernel.arguments.size()));
  }
  check_options(kernel, options);
  const TensorView& first = inputs[0];
  check_real(kernel, kernel.arguments[0].name, first.dtype());
  if (kernel.form != Form::elements && first.rank() == 0) {
    refuse(kernel, std::string(kernel.arguments[0].name) + " has shape []; expected [C], [N, C] or [N, C, d1, ...]");
  }
  check_memory(kernel, kernel.arguments[0].name, first);
  if (inputs.size() > 1) check_target(kernel, inputs, options);
  check_weight(kernel, inputs, "weight", options.weight);
  check_weight(kernel, inputs, "pos_weight", options.pos_weight);
}

void check_request(const Kernel& kernel, Request& request, const Options& options) {
  if (request.grad_output) check_grad_output(kernel, request);  // outputs are held apart from what is known to be sound
  if (request.value) {
    if (request.dtype) {
      check_dtype(kernel, "the value", request.value->dtype(), *request.dtype, "as the option dtype says");
    }
    const Extents shape = value_shape(kernel, request.inputs, request.reduction);
    check_output(kernel, "the value", *request.value, shape, request, options);
  } else if (!request.wants_gradient()) {
    refuse(kernel, "no gradient is asked for; expected at least one");
  }
  if (request.grad_output) check_gradients(kernel, request, options);
  check_outputs_apart(kernel, request);
  request.ignores = request.inputs.size() > 1 && has_class_indices(request.inputs) && check_classes(kernel, request);
  for (std::size_t k = 0; k < request.inputs.size(); ++k) {
    if (!kernel.arguments[k].probability || are_seen_to_be_probabilities(request.inputs[k])) continue;
    check_elements(
        kernel, kernel.arguments[k].name, request.inputs[k], [](double v) { return !(v < 0 || v > 1); },
        "a number in [0, 1]");
  }
}

}  // namespace lossproof::detail
