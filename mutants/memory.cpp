#include "mutants/mutants.h"
#include "properties/floats.h"
#include "subjects/strided.h"

namespace mutants {

using properties::Call;
using properties::View;
using subjects::read_real;
using subjects::write_real;

namespace {

Steps with_afterwards(const std::string& loss, std::function<void(const Call&)> afterwards) {
  Steps steps = right_steps(loss);
  steps.afterwards = std::move(afterwards);
  return steps;
}

double dense(const View& view, std::int64_t i) {
  const auto size = static_cast<std::int64_t>(properties::size_of(view.dtype));
  return properties::load_real(view.dtype, static_cast<const std::byte*>(view.data) + i * size);
}

Steps strides_ignored(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.read = dense;
  return steps;
}

// Subtracts the first logit from all, in place.
void clobber_input(const Call& call) {
  const View& x = call.inputs[0];
  const std::int64_t count = oracles::count(x.shape);
  for (std::int64_t i = count; i-- > 0;) {
    write_real(x, i, properties::to_dtype(x.dtype, read_real(x, i) - read_real(x, 0)));
  }
}

void write_beyond(const Call& call) {
  if (!call.value || call.value->shape.empty()) return;
  const View& out = *call.value;
  const std::int64_t count = oracles::count(out.shape);
  if (count == 0) return;
  const auto size = static_cast<std::ptrdiff_t>(properties::size_of(out.dtype));
  auto* last = static_cast<std::byte*>(subjects::address(out, count - 1));
  properties::store_real(out.dtype, last + (out.strides[0] < 0 ? -size : size), 0.0);
}

Steps leaves_out(const std::string& loss, std::function<bool(std::int64_t i, std::int64_t count)> skips) {
  Steps steps = right_steps(loss);
  steps.skips = std::move(skips);
  return steps;
}

// The value is taken one number too high where the gradient is asked for with it.
void fused_value_differs(const Call& call) {
  if (!call.value || !call.grad) return;
  for (std::int64_t i = 0; i < oracles::count(call.value->shape); ++i) {
    write_real(*call.value, i, properties::step(call.value->dtype, read_real(*call.value, i), 1));
  }
}

}  // namespace

std::vector<Mutant> memory_mutants() {
  const std::string memory = "inputs_unchanged_and_outputs_written";
  const auto first = [](std::int64_t i, std::int64_t) { return i == 0; };
  const auto last = [](std::int64_t i, std::int64_t count) { return i > 0 && i + 1 == count; };
  return {{"strides_ignored", ce, "layout_independence", strides_ignored(ce)},
          {"strides_ignored", mse, "layout_independence", strides_ignored(mse)},
          {"input_overwritten", ce, memory, with_afterwards(ce, clobber_input)},
          {"first_output_not_written", bce, memory, leaves_out(bce, first)},
          {"last_output_not_written", mse, memory, leaves_out(mse, last)},
          {"written_beyond_the_end", ce, memory, with_afterwards(ce, write_beyond)},
          {"fused_value_differs", mse, "fused_equals_apart", with_afterwards(mse, fused_value_differs)}};
}

}  // namespace mutants
