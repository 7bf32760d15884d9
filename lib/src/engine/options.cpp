#include "engine/options.h"

#include <cmath>
#include <string>

#include "engine/refuse.h"
#include "tensor/elements.h"

namespace lossproof::detail {
namespace {

using std::to_string;

/// An option that is given is one that the loss takes.
template <class T>
void check_taken(const Kernel& kernel, const char* name, const std::optional<T>& option, bool taken) {
  if (option && !taken) refuse(kernel, std::string("takes no option ") + name);
}

void check_range(const Kernel& kernel, const char* name, const std::optional<double>& option, bool (*holds)(double),
                 const char* expected) {
  if (!option || holds(*option)) return;
  refuse(kernel, std::string("the option ") + name + " is " + digits(*option, DType::f64) + "; expected " + expected);
}

void check_reduction(const Kernel& kernel, const Options& options) {
  const Reduction reduction = reduction_of(kernel, options);
  if (reduction > Reduction::batchmean) {
    refuse(kernel, "reduction " + to_string(static_cast<int>(reduction)) + "; expected none" +
                       (kernel.takes.reduction ? ", per_sample, mean, sum or batchmean" : ""));
  }
  if (reduction != Reduction::none && !kernel.takes.reduction) refuse(kernel, "takes no reduction but none");
}

/// The strides of one number for each class, seen with the shape of logits.
Extents strides_of_classes(const TensorView& weight, const Extents& shape) {
  Extents strides = shape;
  for (int k = 0; k < shape.size(); ++k) strides[k] = k == class_dimension(shape.size()) ? weight.strides()[0] : 0;
  return strides;
}

/// The strides of a view seen with a larger shape: NumPy's rules, by which dimensions are aligned at the last one, and
/// an extent of 1 is repeated. nullopt: it does not fit.
std::optional<Extents> broadcast_strides(const TensorView& view, const Extents& shape) {
  if (view.rank() > shape.size()) return std::nullopt;
  Extents strides = shape;
  const int missing = shape.size() - view.rank();
  for (int k = 0; k < shape.size(); ++k) {
    const std::int64_t extent = k < missing ? 1 : view.shape()[k - missing];
    if (extent != shape[k] && extent != 1) return std::nullopt;
    strides[k] = extent == 1 ? 0 : view.strides()[k - missing];
  }
  return strides;
}

}  // namespace

void check_options(const Kernel& kernel, const Options& options) {
  const Takes& takes = kernel.takes;
  check_reduction(kernel, options);
  check_taken(kernel, "ignore_index", options.ignore_index, takes.ignore_index);
  check_taken(kernel, "beta", options.beta, takes.beta);
  check_taken(kernel, "weight", options.weight, takes.weight);
  check_taken(kernel, "pos_weight", options.pos_weight, takes.pos_weight);
  check_taken(kernel, "label_smoothing", options.label_smoothing, takes.label_smoothing);
  check_taken(kernel, "log_target", options.log_target, takes.log_target);
  check_taken(kernel, "temperature", options.temperature, takes.temperature);
  check_taken(kernel, "alpha", options.alpha, takes.focus);
  check_taken(kernel, "gamma", options.gamma, takes.focus);
  check_range(
      kernel, "beta", options.beta, [](double v) { return std::isfinite(v) && v != 0; },
      "a finite number other than 0");
  check_range(
      kernel, "label_smoothing", options.label_smoothing, [](double v) { return v >= 0 && v <= 1; },
      "a number in [0, 1]");
  check_range(
      kernel, "temperature", options.temperature, [](double v) { return std::isfinite(v) && v > 0; },
      "a finite number above 0");
  check_range(
      kernel, "alpha", options.alpha, [](double v) { return v <= 1; },
      "a number in [0, 1], or a negative one for no weights");
  check_range(
      kernel, "gamma", options.gamma, [](double v) { return std::isfinite(v) && v >= 0; },
      "a finite number, at least 0");
  if (options.dtype) check_real(kernel, "the option dtype", *options.dtype);
}

Reduction reduction_of(const Kernel& kernel, const Options& options) {
  return options.reduction.value_or(kernel.takes.reduction ? Reduction::mean : Reduction::none);
}

Parameters parameters_of(const Options& options) {
  const Parameters defaults;
  return {.beta = options.beta.value_or(defaults.beta),
          .label_smoothing = options.label_smoothing.value_or(defaults.label_smoothing),
          .log_target = options.log_target.value_or(defaults.log_target),
          .temperature = options.temperature.value_or(defaults.temperature),
          .alpha = options.alpha.value_or(defaults.alpha),
          .gamma = options.gamma.value_or(defaults.gamma)};
}

void check_weight(const Kernel& kernel, std::span<const TensorView> inputs, std::string_view name,
                  const std::optional<TensorView>& weight) {
  if (!weight) return;
  const TensorView& first = inputs[0];
  check_dtype(kernel, name, weight->dtype(), first.dtype(), "the dtype of ", kernel.arguments[0].name);
  check_memory(kernel, name, *weight);
  if (kernel.form != Form::elements) {
    const Extents of_classes{first.shape()[class_dimension(first.rank())]};
    const bool may_be_of_logits = may_weigh_logits(kernel) && first.rank() > 1;
    const bool is_of_logits = may_be_of_logits && weight->shape() == first.shape();
    if (!is_of_logits && weight->shape() != of_classes) {
      refuse(kernel, std::string(name) + " has shape " + to_string(weight->shape()) + "; expected " +
                         to_string(of_classes) + (may_be_of_logits ? " or " + to_string(first.shape()) : ""));
    }
  } else if (!broadcast_strides(*weight, first.shape())) {
    refuse(kernel, std::string(name) + " has shape " + to_string(weight->shape()) +
                       "; expected one that broadcasts to " + to_string(first.shape()));
  }
  check_elements(
      kernel, name, *weight, [](double v) { return std::isfinite(v); }, "a finite number");
}

std::optional<TensorView> weight_of(const Kernel& kernel, std::span<const TensorView> inputs,
                                    const std::optional<TensorView>& weight) {
  if (!weight) return weight;
  const Extents& shape = inputs[0].shape();
  const bool is_of_classes = kernel.form != Form::elements && weight->rank() == 1;
  const Extents strides = is_of_classes ? strides_of_classes(*weight, shape) : *broadcast_strides(*weight, shape);
  return TensorView(weight->data(), weight->dtype(), shape, strides);
}

}  // namespace lossproof::detail
