// The functions of lossproof.h.
#include "lossproof/lossproof.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "dlpack.h"
#include "lossproof/loss.h"
#include "lossproof/threads.h"
#include "options.h"
#include "status.h"

/// Names in the catalogue are string literals: their views end in 0.
struct lossproof_loss {
  const lossproof::Loss* loss;
  std::vector<lossproof_argument> arguments;
  std::vector<lossproof_option> options;
};

namespace lossproof::capi {
namespace {

lossproof_argument_kind kind_of(const Argument& argument) {
  switch (argument.kind) {
    case Argument::Kind::class_index:
      return LOSSPROOF_ARGUMENT_CLASS_INDEX;
    case Argument::Kind::class_target:
      return LOSSPROOF_ARGUMENT_CLASS_TARGET;
    default:
      return LOSSPROOF_ARGUMENT_REAL;
  }
}

lossproof_loss describe(const Loss& loss) {
  lossproof_loss described{&loss, {}, options_of(loss)};
  for (const Argument& argument : loss.arguments()) {
    described.arguments.push_back({argument.name.data(), kind_of(argument), 0});
  }
  return described;
}

const std::vector<lossproof_loss>& losses() {
  static const std::vector<lossproof_loss> all = [] {
    std::vector<lossproof_loss> described;
    for (const Loss* loss : catalogue()) described.push_back(describe(*loss));
    return described;
  }();
  return all;
}

const lossproof_loss& checked(const lossproof_loss* loss, const char* function) {
  if (loss == nullptr) refuse(function, "loss is NULL; expected one of lossproof_loss_at or lossproof_find_loss");
  return *loss;
}

template <class T>
const T* at(const std::vector<T>& items, std::size_t index, const std::string& who, const std::string& what) {
  if (index < items.size()) return &items[index];
  refuse(who, "index is " + std::to_string(index) + "; expected less than " + std::to_string(items.size()) +
                  ", the number of " + what);
}

/// What every call of a loss has, checked as far as C goes; the library checks the rest.
class Call {
 public:
  Call(const char* function, const lossproof_loss* loss, const DLTensor* const* inputs, std::size_t input_count,
       const lossproof_options* options)
      : loss_(*checked(loss, function).loss) {
    const std::size_t expected = loss_.arguments().size();
    if (input_count != expected) {
      refuse(std::to_string(input_count) + (input_count == 1 ? " input" : " inputs") + " given; expected " +
             std::to_string(expected));
    }
    if (inputs == nullptr) refuse("inputs is NULL; expected " + std::to_string(expected) + " tensors");
    for (std::size_t k = 0; k < expected; ++k) inputs_.push_back(input_view(inputs[k], place(argument(k))));
    options_ = read_options(loss_, options);
  }

  const Loss& loss() const { return loss_; }
  const std::vector<TensorView>& inputs() const { return inputs_; }
  const Options& options() const { return options_; }

  TensorView grad_output(const DLTensor* tensor) const { return input_view(tensor, place("grad_output")); }
  MutableTensorView value(const DLTensor* tensor) const { return output_view(tensor, place("the value")); }

  Gradients wanted(DLTensor* const* gradients) const {
    const std::size_t inputs = inputs_.size();
    if (gradients == nullptr) {
      refuse("gradients is NULL; expected " + std::to_string(inputs) + " entries, one for each input");
    }
    Gradients wanted;
    if (gradients[0] != nullptr) wanted.first = output_view(gradients[0], place("gradients[0]"));
    if (inputs > 1 && gradients[1] != nullptr) wanted.second = output_view(gradients[1], place("gradients[1]"));
    if (!wanted.first && !wanted.second) refuse("gradients has no entry but NULL; expected at least one tensor");
    return wanted;
  }

  [[noreturn]] void refuse(const std::string& what) const { capi::refuse(std::string(loss_.name()), what); }

 private:
  std::string_view argument(std::size_t k) const { return loss_.arguments()[k].name; }
  Place place(std::string_view name) const { return {loss_.name(), name}; }

  const Loss& loss_;
  std::vector<TensorView> inputs_;
  Options options_;
};

}  // namespace
}  // namespace lossproof::capi

using namespace lossproof::capi;

const char* lossproof_last_error() { return last_error(); }

const char* lossproof_version() { return LOSSPROOF_VERSION; }

int32_t lossproof_threads() {
  return guarded_result([] { return int32_t{lossproof::threads()}; });
}

lossproof_status lossproof_set_threads(int32_t count) {
  return guarded([&] { lossproof::set_threads(count); });
}

size_t lossproof_loss_count() { return lossproof::catalogue().size(); }

const lossproof_loss* lossproof_loss_at(size_t index) {
  return guarded_result([&] { return at(losses(), index, "lossproof_loss_at", "losses"); });
}

const lossproof_loss* lossproof_find_loss(const char* name) {
  return guarded_result([&]() -> const lossproof_loss* {
    if (name == nullptr) refuse("lossproof_find_loss", "name is NULL; expected the name of a loss");
    const auto found =
        std::ranges::find(losses(), std::string_view(name), [](const auto& l) { return l.loss->name(); });
    if (found == losses().end()) {
      refuse("lossproof_find_loss",
             "name is \"" + std::string(name) + "\"; expected one that lossproof_loss_name gives");
    }
    return &*found;
  });
}

const char* lossproof_loss_name(const lossproof_loss* loss) {
  return guarded_result([&] { return checked(loss, "lossproof_loss_name").loss->name().data(); });
}

size_t lossproof_argument_count(const lossproof_loss* loss) {
  return guarded_result([&] { return checked(loss, "lossproof_argument_count").arguments.size(); });
}

const lossproof_argument* lossproof_argument_at(const lossproof_loss* loss, size_t index) {
  constexpr auto function = "lossproof_argument_at";
  return guarded_result([&] { return at(checked(loss, function).arguments, index, function, "inputs"); });
}

size_t lossproof_option_count(const lossproof_loss* loss) {
  return guarded_result([&] { return checked(loss, "lossproof_option_count").options.size(); });
}

const lossproof_option* lossproof_option_at(const lossproof_loss* loss, size_t index) {
  constexpr auto function = "lossproof_option_at";
  return guarded_result([&] { return at(checked(loss, function).options, index, function, "options"); });
}

lossproof_status lossproof_value_shape(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                       const lossproof_options* options, int64_t* shape, int32_t* ndim) {
  return guarded([&] {
    const Call call("lossproof_value_shape", loss, inputs, input_count, options);
    if (shape == nullptr) call.refuse("shape is NULL; expected room for LOSSPROOF_MAX_NDIM extents");
    if (ndim == nullptr) call.refuse("ndim is NULL; expected where to write the number of dimensions");
    const lossproof::Extents extents = call.loss().value_shape(call.inputs(), call.options());
    std::ranges::copy(extents, shape);
    *ndim = extents.size();
  });
}

lossproof_status lossproof_value(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                 const lossproof_options* options, DLTensor* value) {
  return guarded([&] {
    const Call call("lossproof_value", loss, inputs, input_count, options);
    call.loss().value(call.inputs(), call.options(), call.value(value));
  });
}

lossproof_status lossproof_backward(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                    const lossproof_options* options, const DLTensor* grad_output,
                                    DLTensor* const* gradients) {
  return guarded([&] {
    const Call call("lossproof_backward", loss, inputs, input_count, options);
    call.loss().backward(call.inputs(), call.options(), call.grad_output(grad_output), call.wanted(gradients));
  });
}

lossproof_status lossproof_value_and_gradient(const lossproof_loss* loss, const DLTensor* const* inputs,
                                              size_t input_count, const lossproof_options* options,
                                              const DLTensor* grad_output, DLTensor* value,
                                              DLTensor* const* gradients) {
  return guarded([&] {
    const Call call("lossproof_value_and_gradient", loss, inputs, input_count, options);
    call.loss().value_and_gradient(call.inputs(), call.options(), call.grad_output(grad_output), call.value(value),
                                   call.wanted(gradients));
  });
}
