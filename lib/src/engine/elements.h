// Losses of one element: a row is one element of each input.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "engine/groups.h"

namespace lossproof::detail {

/// Loss offers, at (x, y) of which neither is NaN,
///   std::optional<double> known_value(x, y)                : an infinity, an exact 0, or NaN where there is no limit
///   std::optional<KnownDerivative> known_derivative(x, y)  : likewise
/// and where those do not answer
///   template <class A> arith::Approx<A> value(x, y), derivative(x, y).
template <class Loss>
class ElementRows {
 public:
  explicit ElementRows(const Request& request) : x_(request.inputs[0]), y_(request.inputs[1]) {
    if (request.grad) grad_.emplace(*request.grad);
  }

  std::int64_t valid(std::int64_t begin, std::int64_t end) const { return end - begin; }

  template <class A>
  auto open(std::int64_t i) const {
    return Row<A>{*this, i, x_[i], y_[i]};
  }

 private:
  template <class A>
  struct Row {
    const ElementRows& rows;
    std::int64_t i;
    double x;
    double y;

    bool has_nan() const { return std::isnan(x) || std::isnan(y); }
    bool skipped() const { return false; }
    std::optional<double> known_value() const { return has_nan() ? nan_value : Loss::known_value(x, y); }
    arith::Approx<A> value() const { return Loss::template value<A>(x, y); }

    void gradient(double grad_output, double divisor, Refinements& counts) const {
      const Output& grad = *rows.grad_;
      grad.set(i, has_nan()
                      ? nan_value
                      : gradient_element<A>(
                            grad_output, divisor, Loss::known_derivative(x, y),
                            [this]<class B>(B) { return Loss::template derivative<B>(x, y); }, grad.format(), counts));
    }
  };

  Reals x_;
  Reals y_;
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
                                VectorPass in_vectors = nullptr) {
  return {name, Form::elements, arguments, false, run_elements<Loss>, in_vectors};
}

}  // namespace lossproof::detail
