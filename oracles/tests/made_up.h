// Definitions of the forms that have no loss here, as plain as can be, to try the machinery on.
#pragma once

#include <algorithm>
#include <cmath>

#include "oracles/definition.h"

namespace oracles::made_up {

/// The sum of (j + 1) x[j].
template <class R>
R linear(const Row<R>& row) {
  R sum = 0;
  for (std::size_t j = 0; j < row.x.size(); ++j) sum = sum + R(static_cast<double>(j + 1)) * row.x[j];
  return sum;
}

inline std::optional<Limit> nan_limit(const Row<double>& row) {
  const Extended nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Extended> of_x(row.x.size(), nan), of_y(row.y.size(), nan);
  return Limit{{nan, of_x, of_y, of_x}, std::vector<bool>(row.x.size()), std::vector<bool>(row.y.size())};
}

/// The definition whose textbook and enclosures are `formula(row, wanted, term)`, exact over rationals.
template <class F>
Definition rational(std::string name, Form form, std::vector<Argument> arguments, F formula) {
  const auto all = [formula]<class R>(const Row<R>& row) {
    Term<R> term;
    formula(row, term);
    return term;
  };
  Definition loss;
  loss.name = std::move(name);
  loss.form = form;
  loss.arguments = std::move(arguments);
  loss.textbook = textbook([all]<class R>(const Row<R>& row) { return all(row); });
  loss.enclosures = enclosures([all]<class R>(const Row<R>& row, Wanted, Term<R>& term) { term = all(row); });
  loss.limit = nan_limit;
  loss.exact_value = [all](const Row<double>& row, std::size_t j) {
    return all(row_over<Rational>(row)).at(Output::value, j);
  };
  loss.exact_gradient = [all](const Row<double>& row, Output output, std::size_t j) {
    return Near{all(row_over<Rational>(row)).at(output, j)};
  };
  return loss;
}

inline constexpr auto real = Argument::Kind::real;

/// sum of (j + 1) x_j, of logits alone.
inline Definition of_logits() {
  return rational("of_logits", Form::classes, {{"logits", real}}, []<class R>(const Row<R>& row, Term<R>& term) {
    term.value = linear(row);
    for (std::size_t j = 0; j < row.x.size(); ++j) term.grad.push_back(R(static_cast<double>(j + 1)));
  });
}

/// sum of w_j x_j y_j, whose mean divides by the first weight of each row.
inline Definition weighted_product() {
  Definition loss = rational(
      "weighted_product", Form::classes, {{"logits", real}, {"target", Argument::Kind::class_target}},
      []<class R>(const Row<R>& row, Term<R>& term) {
        term.value = 0;
        for (std::size_t j = 0; j < row.x.size(); ++j) {
          const R y = row.has_class() ? R(static_cast<double>(row.target == static_cast<std::int64_t>(j))) : row.y[j];
          term.value = term.value + weighted(row, R(row.x[j] * y), j);
          term.grad.push_back(weighted(row, y, j));
          if (!row.has_class()) term.grad_y.push_back(weighted(row, row.x[j], j));
        }
      });
  loss.takes = {.ignore_index = true, .weight = true};
  loss.weight_in_mean = [](const Row<double>& row) {
    return row.has_class() && !row.w.empty() ? row.w[static_cast<std::size_t>(row.target)] : 1;
  };
  return loss;
}

/// w (x - y), whose mean divides by the weights.
inline Definition weighted_difference() {
  Definition loss =
      rational("weighted_difference", Form::elements, {{"input", real, Domain{-8, 8}}, {"target", real}},
               []<class R>(const Row<R>& row, Term<R>& term) {
                 term = {weighted(row, R(row.x[0] - row.y[0])), {weighted(row, R(1))}, {weighted(row, R(-1))}};
               });
  loss.takes = {.weight = true, .pos_weight = true, .log_target = true, .temperature = true, .focus = true};
  loss.weight_in_mean = [](const Row<double>& row) { return row.w.empty() ? 1 : row.w[0]; };
  return loss;
}

/// Each x_j times the sum of all: values by row, whose derivatives are g_j S + sum of g_k x_k.
inline Definition times_sum() {
  Definition loss =
      rational("times_sum", Form::classes, {{"logits", real}}, []<class R>(const Row<R>& row, Term<R>& term) {
        R sum = 0, product = 0;
        for (std::size_t j = 0; j < row.x.size(); ++j) sum = sum + row.x[j];
        for (std::size_t j = 0; j < row.g.size(); ++j) product = product + row.g[j] * row.x[j];
        for (const R& x : row.x) term.values.push_back(x * sum);
        for (const R& g : row.g) term.grad.push_back(g * sum + product);
      });
  loss.takes.reduction = false;
  loss.maps_rows = true;
  loss.gradient_at_infinite_g = [](const Row<double>& row) {
    return std::vector<Extended>(row.x.size(), std::numeric_limits<double>::infinity());
  };
  return loss;
}

}  // namespace oracles::made_up
