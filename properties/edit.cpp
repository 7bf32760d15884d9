#include "properties/edit.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "oracles/reference.h"
#include "oracles/rows.h"
#include "properties/floats.h"

namespace properties {

using oracles::Definition;
using oracles::Form;
using oracles::Reduction;
using oracles::Shape;
using oracles::Tensor;

namespace {

/// What the numbers of a row of classes are.
enum class Classes : std::uint8_t { logits, target, weight, upstream };

Tensor gather_tensor(const Tensor& t, Shape shape, std::span<const std::size_t> from) {
  Tensor result{t.dtype, std::move(shape), {}, {}};
  for (const std::size_t i : from) {
    if (oracles::is_real(t.dtype))
      result.reals.push_back(t.reals[i]);
    else
      result.indices.push_back(t.indices[i]);
  }
  return result;
}

Tensor take_blocks(const Tensor& t, std::span<const std::int64_t> which) {
  Shape shape = t.shape;
  shape[0] = static_cast<std::int64_t>(which.size());
  return gather_tensor(t, shape, batch_elements(t.shape, which));
}

// Cuts or repeats grad_output to the shape that the value now has; ones where there is nothing to repeat.
void fit_grad_output(const Definition& loss, Case& c) {
  Tensor& g = c.problem.grad_output;
  const std::vector<double> old = g.reals.empty() ? std::vector<double>{1.0} : g.reals;
  g.shape = oracles::value_shape(loss, c.problem.inputs, c.problem.attributes.reduction);
  g.reals.resize(static_cast<std::size_t>(oracles::count(g.shape)));
  for (std::size_t i = 0; i < g.reals.size(); ++i) g.reals[i] = old[i % old.size()];
}

/// The tensor with other classes along the class dimension: those of a row become what `change` makes of them.
template <class Change>
void change_classes(Tensor& t, const Change& change) {
  const ClassAxes old = class_axes(t.shape);
  std::vector<double> row(static_cast<std::size_t>(old.classes)), changed = row;
  change(changed);
  Tensor result{t.dtype, t.shape, {}, {}};
  result.shape[static_cast<std::size_t>(old.dimension)] = std::ssize(changed);
  const ClassAxes axes = class_axes(result.shape);
  result.reals.resize(static_cast<std::size_t>(oracles::count(result.shape)));
  for (std::int64_t r = 0; r < old.rows(); ++r) {
    row.clear();
    for (std::int64_t j = 0; j < old.classes; ++j) row.push_back(t.reals[old.at(r, j)]);
    change(row);
    for (std::int64_t j = 0; j < axes.classes; ++j) result.reals[axes.at(r, j)] = row[static_cast<std::size_t>(j)];
  }
  t = std::move(result);
}

/// The same of all that has classes: real inputs, weights, and the grad_output of a function that maps rows.
template <class Change>
void change_all_classes(Case& c, const Change& change) {
  const auto as = [&](Classes kind) { return [=](std::vector<double>& row) { change(row, kind); }; };
  if (c.problem.grad_output.shape == c.problem.inputs[0].shape)
    change_classes(c.problem.grad_output, as(Classes::upstream));
  for (auto* weight : {&c.problem.attributes.weight, &c.problem.attributes.pos_weight}) {
    if (*weight) change_classes(**weight, as(Classes::weight));
  }
  if (c.problem.has_real_target()) change_classes(c.problem.inputs[1], as(Classes::target));
  change_classes(c.problem.inputs[0], as(Classes::logits));
}

/// The weights with these elements of the first input's shape, where they are not one for each class.
template <class Take>
void take_weights(const Definition& loss, Case& c, const Take& take) {
  for (auto* weight : {&c.problem.attributes.weight, &c.problem.attributes.pos_weight}) {
    if (*weight && (loss.form == Form::elements || (*weight)->shape.size() > 1)) take(**weight);
  }
}

}  // namespace

ClassAxes class_axes(const Shape& logits) {
  if (logits.size() == 1) return {0, 1, logits[0], 1};
  return {1, logits[0], logits[1], oracles::count(Shape(logits.begin() + 2, logits.end()))};
}

std::int64_t row_count(const Definition& loss, const Case& c) {
  const Shape& shape = c.problem.inputs[0].shape;
  return loss.form == Form::classes ? class_axes(shape).rows() : oracles::count(shape);
}

std::vector<std::size_t> row_elements(const Definition& loss, const Case& c, std::int64_t row) {
  if (loss.form == Form::elements) return {static_cast<std::size_t>(row)};
  const ClassAxes axes = class_axes(c.problem.inputs[0].shape);
  std::vector<std::size_t> result;
  for (std::int64_t j = 0; j < axes.classes; ++j) result.push_back(axes.at(row, j));
  return result;
}

std::vector<std::size_t> value_elements(const Definition& loss, const Case& c, std::int64_t row) {
  return loss.maps_rows ? row_elements(loss, c, row) : std::vector{static_cast<std::size_t>(row)};
}

bool is_ignored(const Definition& loss, const Case& c, std::int64_t row) {
  return loss.takes.ignore_index && !c.problem.has_real_target() &&
         c.problem.inputs[1].indices[static_cast<std::size_t>(row)] == c.problem.attributes.ignore_index;
}

bool has_batch(const Definition& loss, const Case& c) {
  return c.problem.inputs[0].shape.size() > (loss.form == Form::classes ? 1u : 0u);
}

std::vector<std::size_t> batch_elements(const Shape& shape, std::span<const std::int64_t> which) {
  const auto block = static_cast<std::size_t>(oracles::count(Shape(shape.begin() + 1, shape.end())));
  std::vector<std::size_t> result;
  for (const std::int64_t n : which) {
    for (std::size_t i = 0; i < block; ++i) result.push_back(static_cast<std::size_t>(n) * block + i);
  }
  return result;
}

std::vector<double> gather(std::span<const double> values, std::span<const std::size_t> from) {
  std::vector<double> result;
  for (const std::size_t i : from) result.push_back(values[i]);
  return result;
}

Case take_batch(const Definition& loss, const Case& c, std::span<const std::int64_t> which) {
  Case result = c;
  for (Tensor& input : result.problem.inputs) input = take_blocks(input, which);
  take_weights(loss, result, [&](Tensor& weight) {
    const Shape& shape = c.problem.inputs[0].shape;
    const bool has_batch = weight.shape.size() == shape.size() && weight.shape[0] == shape[0];
    if (has_batch) weight = take_blocks(weight, which);
  });
  const Reduction reduction = c.problem.attributes.reduction;
  if (reduction == Reduction::none || reduction == Reduction::per_sample) {
    result.problem.grad_output = take_blocks(c.problem.grad_output, which);
  } else {
    fit_grad_output(loss, result);
  }
  return result;
}

Case take_classes(const Case& c, std::span<const std::int64_t> which) {
  Case result = c;
  const ClassAxes axes = class_axes(c.problem.inputs[0].shape);
  const auto moved = [&](std::int64_t target) {
    const auto found = std::ranges::find(which, target);
    return found == which.end() ? std::int64_t{0} : static_cast<std::int64_t>(found - which.begin());
  };
  std::int64_t& ignore = result.problem.attributes.ignore_index;
  const bool ignored_class = ignore >= 0 && ignore < axes.classes;
  if (ignored_class) ignore = std::ranges::count(which, ignore) ? moved(ignore) : oracles::Attributes{}.ignore_index;
  for (std::size_t k = 1; k < c.problem.inputs.size(); ++k) {
    for (std::int64_t& target : result.problem.inputs[k].indices) {
      target = target == c.problem.attributes.ignore_index ? ignore : moved(target);
    }
  }
  const std::vector<std::size_t> from(which.begin(), which.end());
  change_all_classes(result, [&](std::vector<double>& numbers, Classes) { numbers = gather(numbers, from); });
  return result;
}

Case append_classes(const Case& c, std::int64_t count, double value, double target) {
  Case result = c;
  change_all_classes(result, [&](std::vector<double>& numbers, Classes kind) {
    const std::array appended_by_kind{value, target, 1.0, 0.0};
    const double appended = appended_by_kind[static_cast<std::size_t>(kind)];
    numbers.insert(numbers.end(), static_cast<std::size_t>(count), appended);
  });
  return result;
}

Case with_reduction(const Definition& loss, const Case& c, Reduction reduction) {
  Case result = c;
  result.problem.attributes.reduction = reduction;
  fit_grad_output(loss, result);
  return result;
}

Case with_result_dtypes(const Case& c, std::optional<oracles::DType> value, std::optional<oracles::DType> grad) {
  Case result = c;
  result.problem.value_dtype = value;
  result.problem.grad_dtype = grad;
  Tensor& g = result.problem.grad_output;
  g.dtype = result.problem.dtype(oracles::Output::value);
  for (double& v : g.reals) v = to_dtype(g.dtype, v);
  return result;
}

Case as_rows(const Definition& loss, const Case& c, std::span<const std::int64_t> which) {
  Case result = c;
  result.problem.attributes.reduction = Reduction::none;
  const auto rows = static_cast<std::int64_t>(which.size());
  std::vector<std::size_t> elements;
  for (const std::int64_t row : which) {
    const std::vector<std::size_t> of_row = row_elements(loss, c, row);
    elements.insert(elements.end(), of_row.begin(), of_row.end());
  }
  const Shape& shape = c.problem.inputs[0].shape;
  const Shape flat = loss.form == Form::classes ? Shape{rows, class_axes(shape).classes} : Shape{rows};
  const std::vector<std::size_t> positions(which.begin(), which.end());
  if (Tensor& g = result.problem.grad_output; g.shape == shape) g = gather_tensor(g, flat, elements);
  for (Tensor& input : result.problem.inputs) {
    input =
        oracles::is_real(input.dtype) ? gather_tensor(input, flat, elements) : gather_tensor(input, {rows}, positions);
  }
  take_weights(loss, result, [&](Tensor& weight) {
    std::vector<std::size_t> from;
    for (const std::size_t i : elements) {
      from.push_back(oracles::broadcast_index(shape, static_cast<std::int64_t>(i), weight.shape));
    }
    weight = gather_tensor(weight, flat, from);
  });
  fit_grad_output(loss, result);
  return result;
}

Case as_rows(const Definition& loss, const Case& c) { return as_rows(loss, c, iota(row_count(loss, c))); }

std::vector<std::int64_t> iota(std::int64_t count) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

}  // namespace properties
