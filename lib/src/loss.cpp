#include "lossproof/loss.h"

#include <atomic>

#include "engine/check.h"
#include "engine/environment.h"
#include "engine/kernel.h"
#include "engine/options.h"
#include "simd/target.h"

namespace lossproof {
namespace {

struct Counters {
  std::atomic<std::uint64_t> results{0};
  std::atomic<std::uint64_t> double_double{0};
  std::atomic<std::uint64_t> wide{0};
  std::atomic<std::uint64_t> widest{0};
  std::atomic<std::uint64_t> undecided{0};
};
Counters counters;

/// Most calls have nothing to add to most of them, which other threads may be using.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  if (n != 0) counter += n;
}

/// PyTorch's default.
constexpr std::int64_t default_ignore_index = -100;

void run(const detail::Kernel& kernel, std::span<const TensorView> inputs, const Options& options,
         std::optional<TensorView> grad_output, std::optional<MutableTensorView> value, const Gradients& gradients) {
  const detail::DefaultEnvironment environment;
  detail::check_inputs(kernel, inputs, options);
  detail::Request request{.inputs = inputs,
                          .reduction = detail::reduction_of(kernel, options),
                          .ignore_index = options.ignore_index.value_or(default_ignore_index),
                          .parameters = detail::parameters_of(options),
                          .weight = detail::weight_of(kernel, inputs, options.weight),
                          .pos_weight = detail::weight_of(kernel, inputs, options.pos_weight),
                          .dtype = options.dtype,
                          .grad_output = grad_output,
                          .value = value,
                          .grad = gradients.first,
                          .grad_target = gradients.second};
  detail::check_request(kernel, request, options);
  const simd::TargetHere target(simd::target_here());
  const Refinements r = kernel.run(kernel, request);
  add(counters.results, r.results);
  add(counters.double_double, r.double_double);
  add(counters.wide, r.wide);
  add(counters.widest, r.widest);
  add(counters.undecided, r.undecided);
}

}  // namespace

const detail::Kernel& detail::kernel_of(const Loss& loss) { return *loss.kernel_; }

Refinements refinements() {
  return {counters.results, counters.double_double, counters.wide, counters.widest, counters.undecided};
}

void reset_refinements() {
  counters.results = 0;
  counters.double_double = 0;
  counters.wide = 0;
  counters.widest = 0;
  counters.undecided = 0;
}

std::string_view Loss::name() const { return kernel_->name; }

std::span<const Argument> Loss::arguments() const { return kernel_->arguments; }

Takes Loss::takes() const { return kernel_->takes; }

Extents Loss::value_shape(std::span<const TensorView> inputs, const Options& options) const {
  detail::check_inputs(*kernel_, inputs, options);
  return detail::value_shape(*kernel_, inputs, detail::reduction_of(*kernel_, options));
}

Tensor Loss::operator()(Inputs inputs, const Options& options) const {
  const std::span views(inputs.begin(), inputs.size());
  const Extents shape = value_shape(views, options);  // refuses, before the first input is looked at
  Tensor out(options.dtype.value_or(views[0].dtype()), shape);
  value(views, options, out.view());
  return out;
}

void Loss::value(std::span<const TensorView> inputs, const Options& options, const MutableTensorView& out) const {
  run(*kernel_, inputs, options, std::nullopt, out, {});
}

void Loss::backward(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                    const Gradients& gradients) const {
  run(*kernel_, inputs, options, grad_output, std::nullopt, gradients);
}

void Loss::value_and_gradient(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                              const MutableTensorView& out, const Gradients& gradients) const {
  run(*kernel_, inputs, options, grad_output, out, gradients);
}

}  // namespace lossproof
