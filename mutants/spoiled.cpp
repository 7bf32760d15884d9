#include "mutants/spoiled.h"

#include "properties/floats.h"
#include "properties/property.h"
#include "subjects/strided.h"
#include "subjects/subjects.h"

namespace mutants {

using oracles::DType;
using oracles::Output;
using properties::Call;
using properties::View;

namespace {

const properties::Subject& innocent() {
  static const properties::Subject& subject = *subjects::find_subject("lossproof");
  return subject;
}

}  // namespace

void answer(std::string_view loss, const Call& call) { innocent().run(*properties::find_spec(loss)->definition, call); }

Dense::Dense(DType dtype, oracles::Shape shape)
    : dtype_(dtype),
      shape_(std::move(shape)),
      memory_(static_cast<std::size_t>(oracles::count(shape_)) * properties::size_of(dtype)) {}

Dense::Dense(const View& of) : Dense(of.dtype, of.shape) {
  for (std::int64_t i = 0; i < count(); ++i) put(i, subjects::read_real(of, i));
}

View Dense::view() {
  View view{memory_.data(), dtype_, shape_, std::vector<std::int64_t>(shape_.size())};
  std::int64_t next = 1;
  for (std::size_t d = shape_.size(); d-- > 0; next *= shape_[d]) view.strides[d] = next;
  return view;
}

double Dense::at(std::int64_t i) const {
  return properties::load_real(dtype_, &memory_[static_cast<std::size_t>(i) * properties::size_of(dtype_)]);
}

void Dense::put(std::int64_t i, double v) {
  properties::store_real(dtype_, &memory_[static_cast<std::size_t>(i) * properties::size_of(dtype_)],
                         properties::to_dtype(dtype_, v));
}

void Dense::change(const std::function<double(double)>& each) {
  for (std::int64_t i = 0; i < count(); ++i) put(i, each(at(i)));
}

Spoiling with_call(std::function<void(Call&)> change) {
  return [change = std::move(change)](const std::string& loss, const Call& call) {
    Call other = call;
    change(other);
    answer(loss, other);
  };
}

Spoiling with_gradients_of(std::function<void(Call&)> change) {
  return [change = std::move(change)](const std::string& loss, const Call& call) {
    Call value = call;
    value.grad.reset(), value.grad_target.reset();
    answer(loss, value);
    Call gradients = call;
    gradients.value.reset();
    change(gradients);
    answer(loss, gradients);
  };
}

Spoiling with_input(std::size_t k, std::function<void(const Call&, Dense&)> change) {
  return [=](const std::string& loss, const Call& call) {
    Dense input(call.inputs[k]);
    change(call, input);
    Call other = call;
    other.inputs[k] = input.view();
    answer(loss, other);
  };
}

Spoiling with_weight(std::function<void(const Call&, Dense&)> change) {
  return [change = std::move(change)](const std::string& loss, const Call& call) {
    if (!call.weight) return answer(loss, call);
    Dense weight(*call.weight);
    change(call, weight);
    Call other = call;
    other.weight = weight.view();
    answer(loss, other);
  };
}

void spoil(const Call& call, Output output, const Spoil& spoil) {
  const auto& out = call.output(output);
  if (!out) return;
  for (std::int64_t i = 0; i < oracles::count(out->shape); ++i) {
    subjects::write_real(*out, i, properties::to_dtype(out->dtype, spoil(call, i, subjects::read_real(*out, i))));
  }
}

Spoiling with_value(Spoil change) {
  return [change = std::move(change)](const std::string& loss, const Call& call) {
    answer(loss, call);
    spoil(call, Output::value, change);
  };
}

Spoiling with_gradients(Spoil change) {
  return [change = std::move(change)](const std::string& loss, const Call& call) {
    answer(loss, call);
    for (const Output gradient : {Output::grad, Output::grad_target}) spoil(call, gradient, change);
  };
}

bool Spoiled::offers(const oracles::Definition& loss, properties::DTypes dtypes) const {
  return innocent().offers(loss, dtypes);
}

void Spoiled::run(const oracles::Definition& loss, const Call& call) const {
  if (loss.name == loss_)
    spoiling_(loss_, call);
  else
    innocent().run(loss, call);
}

}  // namespace mutants
