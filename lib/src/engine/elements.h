// Losses of one element: a row is one element of each input.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engine/groups.h"
#include "engine/memory_order.h"

namespace lossproof::detail {

/// Loss is made from Parameters, or from nothing, has `inputs`, their number, and offers at a row, (x) or (x, y), that has
/// no NaN
///   std::optional<double> known_value(x, y)                : an infinity, an exact 0, or NaN where there is no limit
///   std::optional<KnownDerivative> known_derivative(x, y)  : likewise
/// and where those do not answer
///   template <class A> value(x, y), derivative(x, y)       : Approx<A> or Tracked<A>.
/// With two inputs known_target_derivative and target_derivative are those with respect to y.
/// A loss with `takes_pos_weight` is given it behind its inputs, 1 where the call has none. The mean of one with
/// `weighted_mean` is divided by the sum of the weights; that of others by the number of elements.
template <class Loss>
class ElementRows {
 public:
  explicit ElementRows(const Request& request)
      : loss_(made(request.parameters)), inputs_(reals(request, std::make_index_sequence<Loss::inputs>())) {
    if (request.weight) weight_.emplace(*request.weight);
    if (request.pos_weight) pos_weight_.emplace(*request.pos_weight);
    if (request.grad) grad_.emplace(*request.grad);
    if (request.grad_target) grad_target_.emplace(*request.grad_target);
  }

  Divisor mean(std::int64_t begin, std::int64_t end) const {
    if constexpr (requires { Loss::weighted_mean; }) {
      if (weight_) return {begin, end, [weight = *weight_](std::int64_t i) { return weight[i]; }};
    }
    return static_cast<double>(end - begin);
  }

  template <class A>
  auto open(std::int64_t i) const {
    std::array<double, numbers> at;
    for (std::size_t k = 0; k < Loss::inputs; ++k) at[k] = inputs_[k][i];
    if constexpr (numbers > Loss::inputs) at[Loss::inputs] = pos_weight_ ? (*pos_weight_)[i] : 1;
    return Row<A>{*this, i, at};
  }

 private:
  static constexpr std::size_t numbers = Loss::inputs + (requires { Loss::takes_pos_weight; } ? 1 : 0);

  template <class A>
  struct Row {
    const ElementRows& rows;
    std::int64_t i;
    std::array<double, numbers> at;

    bool has_nan() const {
      return std::ranges::any_of(at, [](double x) { return std::isnan(x); });
    }
    bool skipped() const { return false; }
    double weight() const { return rows.weight_ ? (*rows.weight_)[i] : 1; }
    std::optional<double> known_value() const {
      if (has_nan()) return nan_value;
      if (weight() == 0) return 0;
      return std::apply([&](auto... x) { return rows.loss_.known_value(x...); }, at);
    }
    auto value() const {
      return std::apply([&](auto... x) { return rows.loss_.template value<A>(x...); }, at);
    }

    void gradient(double grad_output, const Divisor& divisor, Refinements& counts) const {
      const Scale scale{grad_output, weight(), divisor};
      const Loss& loss = rows.loss_;
      if (rows.grad_) {
        set(
            *rows.grad_, scale, counts, [&](auto... x) { return loss.known_derivative(x...); },
            [&]<class B>(B, auto... x) { return loss.template derivative<B>(x...); });
      }
      if constexpr (Loss::inputs == 2) {
        if (rows.grad_target_) {
          set(
              *rows.grad_target_, scale, counts, [&](auto... x) { return loss.known_target_derivative(x...); },
              [&]<class B>(B, auto... x) { return loss.template target_derivative<B>(x...); });
        }
      }
    }

   private:
    template <class Known, class Derivative>
    void set(const Output& grad, const Scale& scale, Refinements& counts, const Known& known,
             const Derivative& derivative) const {
      if (has_nan()) return grad.set(i, nan_value);
      const auto in = [&]<class B>(B arithmetic) {
        return std::apply([&](auto... x) { return derivative(arithmetic, x...); }, at);
      };
      grad.set(i, gradient_element<A>(scale, std::apply(known, at), in, grad.format(), counts));
    }
  };

  static Loss made(const Parameters& parameters) {
    if constexpr (std::is_constructible_v<Loss, const Parameters&>) {
      return Loss(parameters);
    } else {
      return Loss();
    }
  }

  template <std::size_t... k>
  static std::array<Reals, Loss::inputs> reals(const Request& request, std::index_sequence<k...>) {
    return {Reals(request.inputs[k])...};
  }

  Loss loss_;
  std::array<Reals, Loss::inputs> inputs_;
  std::optional<Reals> weight_;
  std::optional<Reals> pos_weight_;
  std::optional<Output> grad_;
  std::optional<Output> grad_target_;
};

template <class Loss>
Refinements run_elements(const Kernel& kernel, const Request& request) {
  const Groups groups = groups_of(request.reduction, request.inputs[0].shape());
  const InMemoryOrder ordered(request);
  return run_groups(ElementRows<Loss>(ordered.request()), groups, kernel, ordered.request());
}

/// The kernel of a loss of one element whose inputs are `arguments`, of one shape and dtype.
template <class Loss>
constexpr Kernel element_kernel(std::string_view name, std::span<const Argument> arguments,
                                VectorPass in_vectors = nullptr, Takes takes = {}) {
  return {name, Form::elements, arguments, takes, run_elements<Loss>, in_vectors};
}

}  // namespace lossproof::detail
