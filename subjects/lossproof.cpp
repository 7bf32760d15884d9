#include <lossproof/losses.h>
#include <lossproof/target.h>

#include "subjects/subjects.h"

namespace subjects {

using properties::Call;
using properties::Code;
using properties::View;

namespace {

lossproof::Extents extents(const std::vector<std::int64_t>& values) { return lossproof::Extents(std::span(values)); }

lossproof::DType dtype(oracles::DType of) {
  switch (of) {
    case oracles::DType::f16:
      return lossproof::DType::f16;
    case oracles::DType::bf16:
      return lossproof::DType::bf16;
    case oracles::DType::f32:
      return lossproof::DType::f32;
    case oracles::DType::f64:
      return lossproof::DType::f64;
    case oracles::DType::i32:
      return lossproof::DType::i32;
    case oracles::DType::i64:
      break;
  }
  return lossproof::DType::i64;
}

lossproof::Reduction reduction(oracles::Reduction of) {
  switch (of) {
    case oracles::Reduction::none:
      return lossproof::Reduction::none;
    case oracles::Reduction::per_sample:
      return lossproof::Reduction::per_sample;
    case oracles::Reduction::mean:
      return lossproof::Reduction::mean;
    case oracles::Reduction::sum:
      return lossproof::Reduction::sum;
    case oracles::Reduction::batchmean:
      break;
  }
  return lossproof::Reduction::batchmean;
}

lossproof::MutableTensorView output(const View& v) {
  return {v.data, dtype(v.dtype), extents(v.shape), extents(v.strides)};
}

lossproof::TensorView input(const View& v) { return output(v); }

class Lossproof : public properties::Subject {
 public:
  std::string name() const override { return "lossproof"; }

  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override {
    return lossproof::Loss::promise_ulp;
  }

  bool offers(const oracles::Definition& loss, properties::DTypes) const override {
    return lossproof::find_loss(loss.name) != nullptr;
  }

  void run(const oracles::Definition& definition, const Call& call) const override {
    const lossproof::Loss* loss = lossproof::find_loss(definition.name);
    if (loss == nullptr) throw properties::Unsupported("lossproof has no loss " + definition.name);
    const lossproof::Options options = options_of(*loss, call);
    std::vector<lossproof::TensorView> inputs;
    for (const View& view : call.inputs) inputs.push_back(input(view));
    // The gradient to the target by itself: with it, no call runs in vectors.
    if (call.grad_target) {
      loss->backward(inputs, options, input(*call.grad_output), {.first = {}, .second = output(*call.grad_target)});
    }
    if (call.value && call.grad) {
      loss->value_and_gradient(inputs, options, input(*call.grad_output), output(*call.value), output(*call.grad));
    } else if (call.grad) {
      loss->backward(inputs, options, input(*call.grad_output), output(*call.grad));
    } else if (call.value) {
      loss->value(inputs, options, output(*call.value));
    }
  }

 private:
  /// Those that the loss takes.
  static lossproof::Options options_of(const lossproof::Loss& loss, const Call& call) {
    const oracles::Parameters& parameters = call.attributes.parameters;
    const lossproof::Takes takes = loss.takes();
    lossproof::Options options{.reduction = reduction(call.attributes.reduction)};
    const bool has_classes = call.inputs.size() > 1 && !oracles::is_real(call.inputs[1].dtype);
    if (takes.ignore_index && has_classes) options.ignore_index = call.attributes.ignore_index;
    if (takes.beta) options.beta = parameters.beta;
    if (takes.label_smoothing) options.label_smoothing = parameters.label_smoothing;
    if (takes.log_target) options.log_target = parameters.log_target;
    if (takes.temperature) options.temperature = parameters.temperature;
    if (takes.focus) options.alpha = parameters.alpha, options.gamma = parameters.gamma;
    if (call.weight) options.weight = input(*call.weight);
    if (call.pos_weight) options.pos_weight = input(*call.pos_weight);
    return options;
  }
};

class OnTarget final : public Lossproof {
 public:
  explicit OnTarget(std::string target) : target_(std::move(target)) {}

  std::string name() const override { return "lossproof-" + target_; }

  /// Whatever has f64 in it is evaluated without vectors.
  Code code(properties::DTypes dtypes) const override {
    const bool has_vectors = dtypes.input != oracles::DType::f64 && dtypes.result != oracles::DType::f64;
    return has_vectors && target_ != lossproof::target() ? Code::variant : Code::same;
  }

  void run(const oracles::Definition& definition, const Call& call) const override {
    const lossproof::TargetScope scope(target_);
    Lossproof::run(definition, call);
  }

 private:
  std::string target_;
};

}  // namespace

std::vector<std::unique_ptr<properties::Subject>> make_lossproof() {
  lossproof::target();  // refuses a LOSSPROOF_TARGET that is none, before any trial
  std::vector<std::unique_ptr<properties::Subject>> all;
  all.push_back(std::make_unique<Lossproof>());
  for (const std::string& target : lossproof::targets()) all.push_back(std::make_unique<OnTarget>(target));
  return all;
}

}  // namespace subjects
