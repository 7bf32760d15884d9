#include "properties/arena.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "oracles/reference.h"
#include "properties/floats.h"
#include "properties/storage.h"

namespace properties {

using oracles::DType;
using oracles::Output;
using oracles::Shape;

namespace {

// A NaN that no arithmetic returns (its payload is its own), so that reading it shows and leaving it shows.
constexpr std::uint16_t poison_f16 = 0x7f5au;
constexpr std::uint16_t poison_bf16 = 0x7fd5u;
constexpr std::uint32_t poison_f32 = 0x7fd5a5a5u;
constexpr std::uint64_t poison_f64 = 0x7ffd5a5a5a5a5a5au;

void store_poison(std::byte* to, DType dtype) {
  const auto store = [to](auto bits) { std::memcpy(to, &bits, sizeof bits); };
  switch (dtype) {
    case DType::f16:
      return store(poison_f16);
    case DType::bf16:
      return store(poison_bf16);
    case DType::f32:
      return store(poison_f32);
    default:
      return store(poison_f64);
  }
}

// Around inputs of indices the guard is 0, a class that exists: a subject that reads it is convicted, and does not
// crash.
constexpr std::byte guard_byte{0xc3};
constexpr std::byte index_guard_byte{0};

std::vector<std::int64_t> dense_strides(const Shape& shape, std::int64_t innermost, std::int64_t padding) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t next = innermost;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = next;
    next = next * std::max<std::int64_t>(1, shape[d]) + padding;
  }
  return strides;
}

std::vector<std::int64_t> strides_of(const Shape& shape, Layout layout) {
  if (layout == Layout::gaps) return dense_strides(shape, 2, 3);
  if (layout == Layout::transposed) {
    auto strides = dense_strides(Shape(shape.rbegin(), shape.rend()), 1, 0);
    std::ranges::reverse(strides);
    return strides;
  }
  auto strides = dense_strides(shape, 1, 0);
  if (layout == Layout::reversed) {
    for (std::int64_t& stride : strides) stride = -stride;
  }
  return strides;
}

// Offsets from element [0, ..., 0], in row-major order.
std::vector<std::int64_t> offsets(const Shape& shape, const std::vector<std::int64_t>& strides) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(oracles::count(shape)));
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t d = shape.size(); d-- > 0;) {
      result[i] += rest % shape[d] * strides[d];
      rest /= shape[d];
    }
  }
  return result;
}

void store_element(std::byte* to, const oracles::Tensor& t, std::size_t i) {
  if (oracles::is_real(t.dtype))
    store_real(t.dtype, to, t.reals[i]);
  else
    store_index(t.dtype, to, t.indices[i]);
}

bool all_equal(const oracles::Tensor& t) {
  return std::ranges::all_of(t.reals, [&](double v) { return same(v, t.reals.front()); });
}

// A grad_output of equal elements is laid out as frameworks expand one: a single element, strides 0.
struct Upstream {
  Upstream(const oracles::Tensor& g, Layout layout)
      : broadcast(layout != Layout::row_major && g.reals.size() > 1 && all_equal(g)),
        placed(broadcast ? oracles::Tensor{g.dtype, {}, {g.reals.front()}, {}} : g, layout),
        view(placed.view()) {
    if (!broadcast) return;
    view.shape = g.shape;
    view.strides.assign(g.shape.size(), 0);
  }
  bool broadcast;
  Placed placed;
  View view;
};

/// The weights, where there are any.
struct Weight {
  Weight(const std::optional<oracles::Tensor>& tensor, Layout layout) {
    if (tensor) placed.emplace(*tensor, layout);
  }
  std::optional<View> view() const { return placed ? std::optional(placed->view()) : std::nullopt; }
  std::optional<Placed> placed;
};

void note_input(const Placed& placed, const std::string& what, std::string& damage) {
  if (!damage.empty()) return;
  if (placed.elements_changed())
    damage = what + ": changed by the call";
  else if (placed.guard_changed())
    damage = what + ": memory around it was written";
}

void read_output(const Placed& placed, Output output, Outputs& outputs) {
  const std::string what(oracles::name(output));
  const std::int64_t unwritten = outputs.unwritten[static_cast<std::size_t>(output)] = placed.first_unwritten();
  std::string& damage = outputs.damage;
  if (damage.empty() && unwritten >= 0) damage = what + '[' + std::to_string(unwritten) + "]: not written";
  if (damage.empty() && placed.guard_changed()) damage = what + ": memory around it was written";
  outputs.of(output) = placed.reals();
}

bool asks(Ask ask, Output output) { return (static_cast<int>(ask) >> static_cast<int>(output) & 1) != 0; }

Placed place_output(const oracles::Definition& loss, const Case& c, Output output) {
  const Shape shape = output == Output::value
                          ? oracles::value_shape(loss, c.problem.inputs, c.problem.attributes.reduction)
                          : c.problem.inputs[output == Output::grad ? 0 : 1].shape;
  return {c.problem.dtype(output), shape, c.layout};
}

}  // namespace

Placed::Placed(const oracles::Tensor& tensor, Layout layout) {
  allocate(tensor.dtype, tensor.shape, layout);
  for (std::size_t i = 0; i < slots_.size(); ++i) store_element(slot(i), tensor, i);
  laid_out_ = memory_;
}

Placed::Placed(DType dtype, const Shape& shape, Layout layout) {
  allocate(dtype, shape, layout);
  for (std::size_t i = 0; i < slots_.size(); ++i) store_poison(slot(i), dtype);
  laid_out_ = memory_;
}

void Placed::allocate(DType dtype, const Shape& shape, Layout layout) {
  size_ = size_of(dtype);
  const auto strides = strides_of(shape, layout);
  const auto from_first = offsets(shape, strides);
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (const std::int64_t offset : from_first) {
    low = std::min(low, offset);
    high = std::max(high, offset);
  }
  // As long as the tensor, so that a subject that takes it for dense stays inside; and odd, so that none is aligned by
  // luck.
  const std::size_t guard = from_first.size() / 2 * 2 + 7;
  const auto first = guard + static_cast<std::size_t>(-low);
  memory_.assign((first + static_cast<std::size_t>(high) + 1 + guard) * size_,
                 oracles::is_real(dtype) ? guard_byte : index_guard_byte);
  for (const std::int64_t offset : from_first) {
    slots_.push_back(static_cast<std::size_t>(static_cast<std::int64_t>(first) + offset));
  }
  view_ = {memory_.data() + first * size_, dtype, shape, strides};
}

std::byte* Placed::slot(std::size_t element) { return memory_.data() + slots_[element] * size_; }
const std::byte* Placed::slot(std::size_t element) const { return memory_.data() + slots_[element] * size_; }

bool Placed::guard_changed() const {
  std::vector<bool> is_element(memory_.size() / size_);
  for (const std::size_t s : slots_) is_element[s] = true;
  for (std::size_t s = 0; s < is_element.size(); ++s) {
    if (!is_element[s] && std::memcmp(&memory_[s * size_], &laid_out_[s * size_], size_) != 0) return true;
  }
  return false;
}

bool Placed::elements_changed() const {
  return std::ranges::any_of(
      slots_, [&](std::size_t s) { return std::memcmp(&memory_[s * size_], &laid_out_[s * size_], size_) != 0; });
}

std::int64_t Placed::first_unwritten() const {
  const auto found = std::ranges::find_if(
      slots_, [&](std::size_t s) { return std::memcmp(&memory_[s * size_], &laid_out_[s * size_], size_) == 0; });
  return found == slots_.end() ? -1 : found - slots_.begin();
}

std::vector<double> Placed::reals() const {
  std::vector<double> result;
  for (std::size_t i = 0; i < slots_.size(); ++i) result.push_back(load_real(view_.dtype, slot(i)));
  return result;
}

std::span<const Output> outputs_of(const Subject& subject, const Case& c) {
  const auto all = c.problem.outputs();
  return subject.offers_target_gradient() ? all : all.first(2);
}

Outputs run(const Subject& subject, const oracles::Definition& loss, const Case& c, Ask ask) {
  std::vector<Placed> inputs;
  inputs.reserve(c.problem.inputs.size());
  for (const oracles::Tensor& t : c.problem.inputs) inputs.emplace_back(t, c.layout);
  const Upstream upstream(c.problem.grad_output, c.layout);
  const Weight weight(c.problem.attributes.weight, c.layout), pos_weight(c.problem.attributes.pos_weight, c.layout);
  std::map<Output, Placed> results;
  for (const Output output : outputs_of(subject, c)) {
    if (asks(ask, output)) results.emplace(output, place_output(loss, c, output));
  }

  Call call;
  call.attributes = c.problem.attributes;
  call.attributes.weight.reset(), call.attributes.pos_weight.reset();
  call.weight = weight.view(), call.pos_weight = pos_weight.view();
  for (const Placed& p : inputs) call.inputs.push_back(p.view());
  for (const auto& [output, placed] : results) call.output(output) = placed.view();
  if (call.grad || call.grad_target) call.grad_output = upstream.view;
  subject.run(loss, call);

  Outputs outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) note_input(inputs[i], loss.arguments[i].name, outputs.damage);
  if (call.weight) note_input(*weight.placed, "weight", outputs.damage);
  if (call.pos_weight) note_input(*pos_weight.placed, "pos_weight", outputs.damage);
  note_input(upstream.placed, "grad_output", outputs.damage);
  for (const auto& [output, placed] : results) read_output(placed, output, outputs);
  return outputs;
}

}  // namespace properties
