#include "properties/edit.h"

#include <algorithm>
#include <numeric>

#include "oracles/reference.h"
#include "properties/floats.h"

namespace properties {

using oracles::Definition;
using oracles::Form;
using oracles::Reduction;
using oracles::Shape;
using oracles::Tensor;

namespace {

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

void put_logits(Case& c, std::int64_t classes, const std::vector<double>& by_row) {
  const ClassAxes old = class_axes(c.problem.inputs[0].shape);
  Tensor& logits = c.problem.inputs[0];
  logits.shape[static_cast<std::size_t>(old.dimension)] = classes;
  const ClassAxes axes = class_axes(logits.shape);
  logits.reals.resize(by_row.size());
  for (std::int64_t row = 0; row < axes.rows(); ++row) {
    for (std::int64_t j = 0; j < classes; ++j) {
      logits.reals[axes.at(row, j)] = by_row[static_cast<std::size_t>(row * classes + j)];
    }
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

bool is_ignored(const Definition& loss, const Case& c, std::int64_t row) {
  return loss.takes.ignore_index &&
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
  for (std::int64_t& target : result.problem.inputs[1].indices) {
    target = target == c.problem.attributes.ignore_index ? ignore : moved(target);
  }
  std::vector<double> by_row;
  for (std::int64_t row = 0; row < axes.rows(); ++row) {
    for (const std::int64_t j : which) by_row.push_back(c.problem.inputs[0].reals[axes.at(row, j)]);
  }
  put_logits(result, static_cast<std::int64_t>(which.size()), by_row);
  return result;
}

Case append_classes(const Case& c, std::int64_t count, double value) {
  Case result = c;
  const ClassAxes axes = class_axes(c.problem.inputs[0].shape);
  std::vector<double> by_row;
  for (std::int64_t row = 0; row < axes.rows(); ++row) {
    for (std::int64_t j = 0; j < axes.classes; ++j) by_row.push_back(c.problem.inputs[0].reals[axes.at(row, j)]);
    by_row.insert(by_row.end(), static_cast<std::size_t>(count), value);
  }
  put_logits(result, axes.classes + count, by_row);
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
  const Tensor& x = c.problem.inputs[0];
  const bool classes = loss.form == Form::classes;
  result.problem.inputs[0] =
      gather_tensor(x, classes ? Shape{rows, class_axes(x.shape).classes} : Shape{rows}, elements);
  for (std::size_t k = 1; k < c.problem.inputs.size(); ++k) {
    result.problem.inputs[k] =
        gather_tensor(c.problem.inputs[k], {rows}, std::vector<std::size_t>(which.begin(), which.end()));
  }
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
