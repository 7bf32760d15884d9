// Who is on trial: anything that can be asked for a loss on raw strided memory.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "oracles/definition.h"
#include "oracles/types.h"
#include "properties/dtypes.h"

namespace properties {

/// A tensor in memory: address of element [0, ..., 0], strides in elements (may be 0 or negative).
struct View {
  void* data = nullptr;
  oracles::DType dtype = oracles::DType::f32;
  oracles::Shape shape;
  std::vector<std::int64_t> strides;
};

/// A request: the weights are tensors in memory, and no attributes. `value`, `grad` and `grad_target` are outputs to be
/// written where they are given; `grad_output` is given with a gradient.
struct Call {
  std::vector<View> inputs;
  oracles::Attributes attributes;
  std::optional<View> weight;
  std::optional<View> pos_weight;
  std::optional<View> grad_output;
  std::optional<View> value;
  std::optional<View> grad;
  std::optional<View> grad_target;

  auto& output(oracles::Output which) { return oracles::belonging_to(which, value, grad, grad_target); }
  auto& output(oracles::Output which) const { return oracles::belonging_to(which, value, grad, grad_target); }
};

/// A subject refuses a call (it does not offer the loss, the dtype or the attribute).
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a subject's code is: its own; a variant of another one's, for another instruction set; or that very code.
enum class Code : std::uint8_t { own, variant, same };

class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::string name() const = 0;
  /// The error in ulp that it promises for results of this dtype; nullopt: no promise, its failures are findings only.
  virtual std::optional<double> promise_ulp(const oracles::Definition& loss, oracles::DType dtype) const = 0;
  virtual bool offers(const oracles::Definition& loss, DTypes dtypes) const = 0;
  /// Whether it can be asked for the gradient with respect to a real target.
  virtual bool offers_target_gradient() const { return true; }
  virtual Code code(DTypes) const { return Code::own; }
  virtual void run(const oracles::Definition& loss, const Call& call) const = 0;
};

}  // namespace properties
