// Losses of a row of logits and a class index.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>

#include "engine/groups.h"

namespace lossproof::detail {

/// The logits of one position along the class dimension.
class Logits {
 public:
  Logits(const TensorView& view, std::int64_t first)
      : data_(view.data()),
        dtype_(view.dtype()),
        first_(first),
        stride_(view.strides()[class_dimension(view.rank())]),
        size_(view.shape()[class_dimension(view.rank())]) {}

  std::int64_t size() const { return size_; }
  double operator[](std::int64_t j) const { return real_element(dtype_, data_, first_ + j * stride_); }

 private:
  const void* data_;
  DType dtype_;
  std::int64_t first_;
  std::int64_t stride_;
  std::int64_t size_;
};

/// Positions of logits [N, C, d1, ...] in row-major order of [N, d1, ...], with their class indices.
/// Loss<A> is the loss of one row in arithmetic A, made from (const Logits&, target); see cross_entropy.cpp.
template <template <class> class Loss>
class ClassRows {
 public:
  explicit ClassRows(const Request& request)
      : logits_(request.inputs[0]),
        first_(positions(logits_)),
        target_(request.inputs[1]),
        ignore_index_(request.ignore_index) {
    if (!request.grad) return;
    grad_ = *request.grad;
    grad_first_ = positions(grad_);
    grad_format_ = format_of(grad_.dtype());
  }

  Divisor mean(std::int64_t begin, std::int64_t end) const {
    std::int64_t n = 0;
    target_.for_each(begin, end, [&](std::int64_t, std::int64_t target) { n += target == ignore_index_ ? 0 : 1; });
    return static_cast<double>(n);
  }

  template <class A>
  auto open(std::int64_t i) const {
    return Row<A>(*this, i);
  }

 private:
  /// From a position to the offset of its first class.
  template <class Pointer>
  static Offsets positions(const BasicView<Pointer>& view) {
    const int dim = class_dimension(view.rank());
    return {without(view.shape(), dim), without(view.strides(), dim)};
  }

  Logits logits(std::int64_t i) const { return {logits_, first_(i)}; }

  template <class A>
  class Row {
   public:
    Row(const ClassRows& rows, std::int64_t i) : rows_(rows), i_(i) {
      if (rows.target_[i] != rows.ignore_index_) loss_.emplace(rows.logits(i), rows.target_[i]);
    }

    bool skipped() const { return !loss_; }
    double weight() const { return 1; }
    std::optional<double> known_value() const { return loss_->known_value(); }
    arith::Approx<A> value() const { return loss_->value(); }

    void gradient(double grad_output, const Divisor& divisor, Refinements& counts) {
      const MutableTensorView& grad = rows_.grad_;
      const int dim = class_dimension(grad.rank());
      const std::int64_t first = rows_.grad_first_(i_);
      for (std::int64_t j = 0; j < grad.shape()[dim]; ++j) {
        const double value = skipped() ? 0 : element(j, grad_output, divisor, counts);
        store_real(grad.dtype(), grad.data(), first + j * grad.strides()[dim], value);
      }
    }

   private:
    double element(std::int64_t j, double grad_output, const Divisor& divisor, Refinements& counts) {
      if (loss_->has_nan()) return nan_value;
      return gradient_element<A>(
          {grad_output, weight(), divisor}, loss_->known_derivative(j),
          [&]<class B>(B) { return in(std::type_identity<B>{}).derivative(j); }, rows_.grad_format_, counts);
    }

    /// The row in another arithmetic, made when first needed and kept for its other elements.
    const Loss<A>& in(std::type_identity<A>) { return *loss_; }
    template <class B>
    const Loss<B>& in(std::type_identity<B>) {
      auto& loss = std::get<std::unique_ptr<Loss<B>>>(refined_);
      if (!loss) loss = std::make_unique<Loss<B>>(rows_.logits(i_), rows_.target_[i_]);
      return *loss;
    }

    const ClassRows& rows_;
    std::int64_t i_;
    std::optional<Loss<A>> loss_;
    std::tuple<std::unique_ptr<Loss<arith::Fine>>, std::unique_ptr<Loss<arith::Last>>,
               std::unique_ptr<Loss<arith::Beyond>>>
        refined_;
  };

  TensorView logits_;
  Offsets first_;
  Integers target_;
  std::int64_t ignore_index_;
  MutableTensorView grad_;
  Offsets grad_first_;
  arith::Format grad_format_{};
};

template <template <class> class Loss>
Refinements run_classes(const Kernel& kernel, const Request& request) {
  const Groups groups = groups_of(request.reduction, request.inputs[1].shape());
  return run_groups(ClassRows<Loss>(request), groups, request, kernel.in_vectors);
}

/// The kernel of a loss whose inputs are `arguments`, logits and class indices.
template <template <class> class Loss>
constexpr Kernel class_kernel(std::string_view name, std::span<const Argument> arguments,
                              VectorPass in_vectors = nullptr) {
  return {name, Form::classes, arguments, {.ignore_index = true}, run_classes<Loss>, in_vectors};
}

}  // namespace lossproof::detail
