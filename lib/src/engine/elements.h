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

namespace lossproof::detail {

/// Loss is made from Parameters, or from nothing, has `inputs`, their number, and offers at a row, (x) or (x, y), that has
/// no NaN
///   std::optional<double> known_value(x, y)                : an infinity, an exact 0, or NaN where there is no limit
///   std::optional<KnownDerivative> known_derivative(x, y)  : likewise
/// and where those do not answer
///   template <class A> arith::Approx<A> value(x, y), derivative(x, y).
template <class Loss>
class ElementRows {
 public:
  explicit ElementRows(const Request& request)
      : loss_(made(request.parameters)), inputs_(reals(request, std::make_index_sequence<Loss::inputs>())) {
    if (request.grad) grad_.emplace(*request.grad);
  }

  Divisor mean(std::int64_t begin, std::int64_t end) const { return static_cast<double>(end - begin); }

  template <class A>
  auto open(std::int64_t i) const {
    std::array<double, Loss::inputs> at;
    for (std::size_t k = 0; k < Loss::inputs; ++k) at[k] = inputs_[k][i];
    return Row<A>{*this, i, at};
  }

 private:
  template <class A>
  struct Row {
    const ElementRows& rows;
    std::int64_t i;
    std::array<double, Loss::inputs> at;

    bool has_nan() const {
      return std::ranges::any_of(at, [](double x) { return std::isnan(x); });
    }
    bool skipped() const { return false; }
    double weight() const { return 1; }
    std::optional<double> known_value() const {
      if (has_nan()) return nan_value;
      return std::apply([&](auto... x) { return rows.loss_.known_value(x...); }, at);
    }
    arith::Approx<A> value() const {
      return std::apply([&](auto... x) { return rows.loss_.template value<A>(x...); }, at);
    }
    template <class B>
    arith::Approx<B> derivative() const {
      return std::apply([&](auto... x) { return rows.loss_.template derivative<B>(x...); }, at);
    }

    void gradient(double grad_output, const Divisor& divisor, Refinements& counts) const {
      const Output& grad = *rows.grad_;
      if (has_nan()) return grad.set(i, nan_value);
      const auto known = std::apply([&](auto... x) { return rows.loss_.known_derivative(x...); }, at);
      const auto derivative_in = [this]<class B>(B) { return derivative<B>(); };
      grad.set(i, gradient_element<A>({grad_output, weight(), divisor}, known, derivative_in, grad.format(), counts));
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
  std::optional<Output> grad_;
};

template <class Loss>
Refinements run_elements(const Kernel& kernel, const Request& request) {
  const Groups groups = groups_of(request.reduction, request.inputs[0].shape());
  return run_groups(ElementRows<Loss>(request), groups, request, kernel.in_vectors);
}

/// The kernel of a loss of one element whose inputs are `arguments`, of one shape and dtype.
template <class Loss>
constexpr Kernel element_kernel(std::string_view name, std::span<const Argument> arguments,
                                VectorPass in_vectors = nullptr, Takes takes = {}) {
  return {name, Form::elements, arguments, takes, run_elements<Loss>, in_vectors};
}

}  // namespace lossproof::detail
