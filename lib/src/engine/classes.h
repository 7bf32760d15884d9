// Losses of a row of logits, with what belongs to it: a class index or another row of numbers, and weights.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "engine/axis.h"
#include "engine/groups.h"
#include "engine/rungs.h"

namespace lossproof::detail {

/// The inputs at one position. Of the second input, if there is one, either is there.
struct RowInputs {
  Numbers logits;
  std::optional<std::int64_t> target{};  // a class
  std::optional<Numbers> second{};       // as many numbers as logits
  std::optional<Numbers> weights{};      // one for each class, finite
  Parameters parameters{};

  double weight(std::int64_t c) const { return weights ? (*weights)[c] : 1; }
};

/// Positions of logits [N, C, d1, ...] in row-major order of [N, d1, ...].
/// Loss<A> is the loss of one row in arithmetic A, made from RowInputs. It offers
///   bool has_nan()                        : all results of the row are NaN
///   std::optional<double> known_value(), value()
///   std::optional<KnownDerivative> known_derivative(j), derivative(j)
/// as GroupRunner and gradient_element ask for them; and where the loss has them
///   known_target_derivative(j), target_derivative(j) : likewise, with respect to the second input
///   double weight()                       : what the loss of the row is multiplied with
template <template <class> class Loss>
class ClassRows {
 public:
  explicit ClassRows(const Request& request)
      : logits_(request.inputs[0]),
        ignore_index_(request.ignore_index),
        ignores_(request.ignores),
        parameters_(request.parameters) {
    if (request.inputs.size() > 1) {
      if (has_class_indices(request.inputs)) {
        target_.emplace(request.inputs[1]);
      } else {
        second_.emplace(request.inputs[1]);
      }
    }
    if (request.weight) weights_.emplace(*request.weight);
    if (request.grad) grad_.emplace(*request.grad);
    if (request.grad_target) grad_target_.emplace(*request.grad_target);
  }

  /// The rows that are not ignored, each counted with the weight of its class; without class indices all rows.
  Divisor mean(std::int64_t begin, std::int64_t end) const {
    if (!target_ || (!weights_ && !ignores_)) return static_cast<double>(end - begin);
    if (weights_) {
      return {begin, end, [this](std::int64_t i) { return is_ignored(i) ? 0 : (*weights_)[i][(*target_)[i]]; }};
    }
    std::int64_t n = 0;
    target_->for_each(begin, end, [&](std::int64_t, std::int64_t target) { n += target == ignore_index_ ? 0 : 1; });
    return static_cast<double>(n);
  }

  template <class A>
  auto open(std::int64_t i) const {
    return Row<A>(*this, i);
  }

 private:
  bool is_ignored(std::int64_t i) const { return target_ && (*target_)[i] == ignore_index_; }

  RowInputs inputs(std::int64_t i) const {
    RowInputs row{.logits = logits_[i], .parameters = parameters_};
    if (weights_) row.weights = (*weights_)[i];
    if (target_) row.target = (*target_)[i];
    if (second_) row.second = (*second_)[i];
    return row;
  }

  template <class A>
  class Row {
   public:
    Row(const ClassRows& rows, std::int64_t i) : rows_(rows), i_(i) {
      if (!rows.is_ignored(i)) loss_.emplace(rows.inputs(i));
    }

    bool skipped() const { return !loss_; }

    double weight() const {
      if constexpr (requires { loss().weight(); }) {
        return loss().weight();
      } else {
        return 1;
      }
    }

    std::optional<double> known_value() const {
      if (loss().has_nan()) return nan_value;
      if (weight() == 0) return 0;
      return loss().known_value();
    }

    auto value() const { return loss().value(); }

    void gradient(double grad_output, const Divisor& divisor, Refinements& counts) {
      if (rows_.grad_) {
        write(
            *rows_.grad_, grad_output, divisor, counts,
            [](const auto& row, std::int64_t j) { return row.known_derivative(j); },
            [](const auto& row, std::int64_t j) { return row.derivative(j); });
      }
      if constexpr (requires { loss().target_derivative(0); }) {
        if (!rows_.grad_target_) return;
        write(
            *rows_.grad_target_, grad_output, divisor, counts,
            [](const auto& row, std::int64_t j) { return row.known_target_derivative(j); },
            [](const auto& row, std::int64_t j) { return row.target_derivative(j); });
      }
    }

   private:
    const Loss<A>& loss() const { return loss_->first(); }

    template <class Known, class Derivative>
    void write(const ClassOutput& out, double grad_output, const Divisor& divisor, Refinements& counts,
               const Known& known, const Derivative& derivative) {
      const bool has_nan = !skipped() && loss().has_nan();
      const Scale scale{grad_output, skipped() ? 0 : weight(), divisor};
      for (std::int64_t j = 0; j < out.classes(); ++j) {
        const auto in = [&]<class B>(B) { return derivative(loss_->template in<B>(), j); };
        if (skipped() || has_nan) {
          out.set(i_, j, has_nan ? nan_value : 0);
        } else {
          out.set(i_, j, gradient_element<A>(scale, known(loss(), j), in, out.format(), counts));
        }
      }
    }

    const ClassRows& rows_;
    std::int64_t i_;
    std::optional<Rungs<Loss, A, RowInputs>> loss_;
  };

  ClassInput logits_;
  std::int64_t ignore_index_;
  bool ignores_;
  Parameters parameters_;
  std::optional<Integers> target_;
  std::optional<ClassInput> second_;
  std::optional<ClassInput> weights_;
  std::optional<ClassOutput> grad_;
  std::optional<ClassOutput> grad_target_;
};

template <template <class> class Loss>
Refinements run_classes(const Kernel& kernel, const Request& request) {
  const Extents& shape = request.inputs[0].shape();
  const Groups groups = groups_of(request.reduction, without(shape, class_dimension(shape.size())));
  return run_groups(ClassRows<Loss>(request), groups, kernel, request);
}

/// The kernel of a loss whose inputs are `arguments`, logits first.
template <template <class> class Loss>
constexpr Kernel class_kernel(std::string_view name, std::span<const Argument> arguments, Takes takes = {},
                              VectorPass in_vectors = nullptr) {
  return {name, Form::classes, arguments, takes, run_classes<Loss>, in_vectors};
}

}  // namespace lossproof::detail
