// Whether a call is for a kernel in vectors, and how it is called.
#pragma once

#include <atomic>

#include "engine/packed.h"

namespace lossproof::detail {

/// For tests: no call uses a kernel in vectors.
inline std::atomic<bool> without_vectors{false};

/// A kernel in vectors, or none.
class Vectors {
 public:
  Vectors() = default;
  /// None if it can't have the request, of which nothing is f64: see Stretch.
  Vectors(const Kernel& kernel, const Request& request) : form_(kernel.form) {
    if (kernel.in_vectors == nullptr || without_vectors || !takes(kernel, request)) return;
    if (form_ != Form::elements && (classes_of(request) < 2 || !are_weights_dense(request))) return;
    is_packed_ = !are_rows_dense(request);
    if (is_packed_ && form_ != Form::elements && classes_of(request) > most_packed_classes) return;
    pass_ = kernel.in_vectors;
  }

  explicit operator bool() const { return pass_ != nullptr; }

  void operator()(const Request& request, Stretch& stretch) const {
    is_packed_ ? run_packed(pass_, form_, request, stretch) : pass_(request, stretch);
  }

 private:
  static bool takes(const Kernel& kernel, const Request& request) {
    return (!request.weight || kernel.vectors_take.weight) && !request.pos_weight && !request.grad_target &&
           (request.parameters.label_smoothing == 0 || kernel.vectors_take.label_smoothing);
  }

  static bool are_weights_dense(const Request& request) {
    return !request.weight || request.weight->strides()[class_dimension(request.weight->rank())] == 1;
  }

  bool are_rows_dense(const Request& request) const {
    const auto dense = [](const auto& view) { return !view || is_dense(*view); };
    bool all = dense(request.value) && dense(request.grad) && dense(request.grad_output);
    for (const TensorView& input : request.inputs) all = all && is_dense(input);
    const Extents& shape = request.inputs[0].shape();
    for (int k = 2; k < shape.size(); ++k) all = all && (form_ == Form::elements || shape[k] == 1);
    return all;
  }

  Form form_ = Form::elements;
  VectorPass pass_ = nullptr;
  bool is_packed_ = false;
};

}  // namespace lossproof::detail
