// Losses of a row of logits and a class index.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>

#include "engine/groups.h"

namespace lossproof::detail {

/// The logits of one position along the class dimension.
template <class T>
struct Logits {
  const T* first;
  std::int64_t stride;
  std::int64_t size;

  double operator[](std::int64_t j) const { return static_cast<double>(first[j * stride]); }
};

/// Positions of logits [N, C, d1, ...] in row-major order of [N, d1, ...], with their class indices.
/// Loss<A, T> is the loss of one row in arithmetic A, made from (const Logits<T>&, target); see cross_entropy.cpp.
template <template <class, class> class Loss, class T, class Index>
class ClassRows {
 public:
  explicit ClassRows(const Request& request)
      : target_(request.inputs[1]), ignore_index_(request.ignore_index), logits_(strided<const T>(request.inputs[0])) {
    if (request.grad) grad_ = strided<T>(*request.grad);
  }

  bool skipped(std::int64_t i) const { return static_cast<std::int64_t>(target_[i]) == ignore_index_; }

  template <class A>
  auto open(std::int64_t i) const {
    return Row<A>(*this, i);
  }

 private:
  template <class U>
  struct Strided {
    U* first = nullptr;
    Offsets offsets;
    std::int64_t stride = 0;
    std::int64_t classes = 0;
  };

  template <class U, class Pointer>
  static Strided<U> strided(const BasicView<Pointer>& view) {
    const int dim = class_dimension(view.rank());
    return {static_cast<U*>(view.data()), Offsets(without(view.shape(), dim), without(view.strides(), dim)),
            view.strides()[dim], view.shape()[dim]};
  }

  Logits<T> logits(std::int64_t i) const {
    return {logits_.first + logits_.offsets(i), logits_.stride, logits_.classes};
  }

  template <class A>
  class Row {
   public:
    Row(const ClassRows& rows, std::int64_t i) : rows_(rows), i_(i) {
      if (!rows.skipped(i)) loss_.emplace(rows.logits(i), static_cast<std::int64_t>(rows.target_[i]));
    }

    bool skipped() const { return !loss_; }
    std::optional<double> known_value() const { return loss_->known_value(); }
    arith::Approx<A> value() const { return loss_->value(); }

    void gradient(double grad_output, double divisor, Refinements& counts) {
      if (rows_.grad_.classes == 0) return;  // an ignored row of no class: there is nothing, not even an address
      T* grad = rows_.grad_.first + rows_.grad_.offsets(i_);
      for (std::int64_t j = 0; j < rows_.grad_.classes; ++j) {
        grad[j * rows_.grad_.stride] = skipped() ? T{0} : element(j, grad_output, divisor, counts);
      }
    }

   private:
    T element(std::int64_t j, double grad_output, double divisor, Refinements& counts) {
      if (loss_->has_nan()) return std::numeric_limits<T>::quiet_NaN();
      return gradient_element<T>(
          grad_output, divisor, loss_->known_derivative(j),
          [&]<class B>(B) { return in(std::type_identity<B>{}).derivative(j); }, counts);
    }

    /// The row in another arithmetic, made when first needed and kept for its other elements.
    const Loss<A, T>& in(std::type_identity<A>) { return *loss_; }
    template <class B>
    const Loss<B, T>& in(std::type_identity<B>) {
      auto& loss = std::get<std::unique_ptr<Loss<B, T>>>(refined_);
      if (!loss) loss = std::make_unique<Loss<B, T>>(rows_.logits(i_), static_cast<std::int64_t>(rows_.target_[i_]));
      return *loss;
    }

    const ClassRows& rows_;
    std::int64_t i_;
    std::optional<Loss<A, T>> loss_;
    std::tuple<std::unique_ptr<Loss<arith::Fine, T>>, std::unique_ptr<Loss<arith::Last, T>>,
               std::unique_ptr<Loss<arith::Beyond, T>>>
        refined_;
  };

  Elements<const Index> target_;
  std::int64_t ignore_index_;
  Strided<const T> logits_;
  Strided<T> grad_;
};

template <template <class, class> class Loss, class T>
Refinements run_classes(const Request& request) {
  const auto run = [&]<class Index>(Index) {
    const ClassRows<Loss, T, Index> rows(request);
    const Groups groups = groups_of(request.reduction, request.inputs[1].shape());
    return GroupRunner<T, ClassRows<Loss, T, Index>>(rows, groups, request).run();
  };
  return request.inputs[1].dtype() == DType::i32 ? run(std::int32_t{}) : run(std::int64_t{});
}

template <template <class, class> class Loss>
constexpr Kernel class_kernel(std::string_view name, std::span<const Argument> arguments) {
  return {name, Form::classes, arguments, true, run_classes<Loss, float>, run_classes<Loss, double>};
}

}  // namespace lossproof::detail
