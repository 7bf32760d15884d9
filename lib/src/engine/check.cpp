#include "engine/check.h"

#include <cmath>
#include <string>

#include "tensor/elements.h"
#include "tensor/overlap.h"

namespace lossproof::detail {
namespace {

using std::to_string;

[[noreturn]] void refuse(const Kernel& kernel, const std::string& what) {
  throw Error(std::string(kernel.name) + ": " + what);
}

std::string quoted(DType dtype) { return std::string(name(dtype)); }

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

void check_shape(const Kernel& kernel, std::string_view argument, const Extents& shape, const Extents& expected) {
  if (shape == expected) return;
  refuse(kernel, std::string(argument) + " has shape " + to_string(shape) + "; expected " + to_string(expected));
}

void check_real(const Kernel& kernel, std::string_view argument, DType dtype) {
  if (is_real(dtype)) return;
  refuse(kernel, std::string(argument) + " is " + quoted(dtype) + "; expected f16, bf16, f32 or f64");
}

/// `whose` says where the expected dtype comes from.
void check_dtype(const Kernel& kernel, std::string_view argument, DType dtype, DType expected,
                 const std::string& whose) {
  if (dtype == expected) return;
  refuse(kernel, std::string(argument) + " is " + quoted(dtype) + "; expected " + quoted(expected) + ", " + whose);
}

/// The position with this number in row-major order, as "[1, 5]".
std::string position(std::int64_t i, const Extents& shape) {
  Extents at = shape;
  for (int k = shape.size() - 1; k >= 0; --k) {
    at[k] = i % shape[k];
    i /= shape[k];
  }
  return to_string(at);
}

[[noreturn, gnu::noinline]] void refuse_class(const Kernel& kernel, const Request& request, std::int64_t i,
                                              std::int64_t target, std::int64_t classes) {
  refuse(kernel, std::string(kernel.arguments[1].name) + position(i, request.inputs[1].shape()) + " is " +
                     to_string(target) + "; expected a class index from 0 to " + to_string(classes - 1) +
                     ", or ignore_index " + to_string(request.ignore_index));
}

void check_classes(const Kernel& kernel, const Request& request) {
  const TensorView& target = request.inputs[1];
  const TensorView& logits = request.inputs[0];
  const std::int64_t classes = logits.shape()[class_dimension(logits.rank())];
  Integers(target).for_each(0, count(target.shape()), [&](std::int64_t i, std::int64_t t) {
    if (t != request.ignore_index && (t < 0 || t >= classes)) refuse_class(kernel, request, i, t, classes);
  });
}

void check_options(const Kernel& kernel, const Options& options) {
  const Reduction reduction = reduction_of(kernel, options);
  if (reduction > Reduction::sum) {
    refuse(kernel, "reduction " + to_string(static_cast<int>(reduction)) + "; expected none, per_sample, mean or sum");
  }
  if (reduction != Reduction::none && !kernel.takes.reduction) refuse(kernel, "takes no reduction but none");
  if (options.ignore_index && !kernel.takes.ignore_index) refuse(kernel, "takes no option ignore_index");
  if (options.beta && !kernel.takes.beta) refuse(kernel, "takes no option beta");
  if (options.beta && (!std::isfinite(*options.beta) || *options.beta == 0)) {
    refuse(kernel, "the option beta is " + to_string(*options.beta) + "; expected a finite number other than 0");
  }
  if (options.dtype) check_real(kernel, "the option dtype", *options.dtype);
}

void check_output(const Kernel& kernel, std::string_view argument, const TensorView& view, const Extents& shape,
                  const Request& request) {
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
  if (request.grad_output && may_overlap(view, *request.grad_output)) {
    refuse(kernel, std::string(argument) + " shares memory with grad_output");
  }
}

}  // namespace

Extents positions_of(const Kernel& kernel, std::span<const TensorView> inputs) {
  const Extents& shape = inputs[0].shape();
  return kernel.form == Form::classes ? without(shape, class_dimension(shape.size())) : shape;
}

Extents value_shape(const Kernel& kernel, std::span<const TensorView> inputs, Reduction reduction) {
  const Extents positions = positions_of(kernel, inputs);
  if (reduction == Reduction::none) return positions;
  if (reduction == Reduction::per_sample && positions.size() > 0) return {positions[0]};
  return {};
}

Reduction reduction_of(const Kernel& kernel, const Options& options) {
  return options.reduction.value_or(kernel.takes.reduction ? Reduction::mean : Reduction::none);
}

Parameters parameters_of(const Options& options) {
  const Parameters defaults;
  return {.beta = options.beta.value_or(defaults.beta)};
}

void check_inputs(const Kernel& kernel, std::span<const TensorView> inputs, const Options& options) {
  if (inputs.size() != kernel.arguments.size()) {
    refuse(kernel, to_string(inputs.size()) + " inputs given; expected " + to_string(kernel.arguments.size()));
  }
  check_options(kernel, options);
  const TensorView& first = inputs[0];
  check_real(kernel, kernel.arguments[0].name, first.dtype());
  if (kernel.form == Form::classes && first.rank() == 0) {
    refuse(kernel, std::string(kernel.arguments[0].name) + " has shape []; expected [C], [N, C] or [N, C, d1, ...]");
  }
  check_memory(kernel, kernel.arguments[0].name, first);
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    const Argument& argument = kernel.arguments[k];
    if (argument.kind == Argument::Kind::real) {
      check_dtype(kernel, argument.name, inputs[k].dtype(), first.dtype(),
                  "the dtype of " + std::string(kernel.arguments[0].name));
    } else if (inputs[k].dtype() != DType::i32 && inputs[k].dtype() != DType::i64) {
      refuse(kernel, std::string(argument.name) + " is " + quoted(inputs[k].dtype()) + "; expected i32 or i64");
    }
    check_shape(kernel, argument.name, inputs[k].shape(), positions_of(kernel, inputs));
    check_memory(kernel, argument.name, inputs[k]);
  }
}

void check_request(const Kernel& kernel, const Request& request) {
  if (request.value) {
    if (request.dtype) {
      check_dtype(kernel, "the value", request.value->dtype(), *request.dtype, "as the option dtype says");
    }
    check_output(kernel, "the value", *request.value, value_shape(kernel, request.inputs, request.reduction), request);
  }
  if (request.grad) {
    const TensorView& grad_output = *request.grad_output;
    check_real(kernel, "grad_output", grad_output.dtype());
    check_shape(kernel, "grad_output", grad_output.shape(), value_shape(kernel, request.inputs, request.reduction));
    check_memory(kernel, "grad_output", grad_output);
    check_output(kernel, "the gradient", *request.grad, request.inputs[0].shape(), request);
  }
  if (request.value && request.grad && may_overlap(*request.value, *request.grad)) {
    refuse(kernel, "the value shares memory with the gradient");
  }
  if (kernel.form == Form::classes) check_classes(kernel, request);
}

}  // namespace lossproof::detail
