// Losses of one element: a row is one element of each input.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "engine/groups.h"

namespace lossproof::detail {

/// Loss offers, at (x, y) of which neither is NaN,
///   std::optional<double> known_value(x, y)                : an infinity, an exact 0, or NaN where there is no limit
///   std::optional<KnownDerivative> known_derivative(x, y)  : likewise
/// and where those do not answer
///   template <class A> arith::Approx<A> value(x, y), derivative(x, y).
template <class Loss, class T>
class ElementRows {
 public:
  explicit ElementRows(const Request& request) : x_(request.inputs[0]), y_(request.inputs[1]) {
    if (request.grad) grad_.emplace(*request.grad);
  }

  bool skipped(std::int64_t) const { return false; }

  template <class A>
  auto open(std::int64_t i) const {
    return Row<A>{*this, i, static_cast<double>(x_[i]), static_cast<double>(y_[i])};
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
      (*rows.grad_)[i] = has_nan() ? std::numeric_limits<T>::quiet_NaN()
                                   : gradient_element<T>(
                                         grad_output, divisor, Loss::known_derivative(x, y),
                                         [&]<class B>(B) { return Loss::template derivative<B>(x, y); }, counts);
    }
  };

  Elements<const T> x_;
  Elements<const T> y_;
  std::optional<Elements<T>> grad_;
};

template <class Loss, class T>
Refinements run_elements(const Request& request) {
  const ElementRows<Loss, T> rows(request);
  return GroupRunner<T, ElementRows<Loss, T>>(rows, groups_of(request.reduction, request.inputs[0].shape()), request)
      .run();
}

/// The kernel of a loss of one element whose inputs are `names` of one shape.
template <class Loss>
constexpr Kernel element_kernel(std::string_view name, std::span<const Argument> arguments) {
  return {name, Form::elements, arguments, false, run_elements<Loss, float>, run_elements<Loss, double>};
}

}  // namespace lossproof::detail
