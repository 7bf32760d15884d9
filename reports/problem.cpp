#include "reports/problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "oracles/reference.h"
#include "properties/edit.h"

namespace reports {
namespace {

using oracles::Argument;
using oracles::Definition;
using oracles::DType;
using oracles::Form;
using oracles::Shape;
using oracles::Tensor;

constexpr std::size_t max_rank = 8;

Tensor load(const Definition& loss, const Argument& argument, const Arrays& arrays, const NameMap& names) {
  const auto mapped = names.find(argument.name);
  const std::string& name = mapped == names.end() ? argument.name : mapped->second;
  const auto array = arrays.find(name);
  if (array == arrays.end()) {
    std::vector<std::string> there;
    for (const auto& [known, reader] : arrays) there.push_back(known);
    throw BadInput(fmt::format("{}: no array \"{}\" for the argument {}; there are: {}", loss.name, name, argument.name,
                               fmt::join(there, ", ")));
  }
  return array->second();
}

void require_dtype(const Definition& loss, const Argument& argument, const Tensor& tensor, const Tensor& first) {
  const bool wants_index = argument.kind == Argument::Kind::class_index;
  const bool right_kind = oracles::is_real(tensor.dtype) != wants_index;
  if (!right_kind || (!wants_index && tensor.dtype != first.dtype))
    throw BadInput(fmt::format("{}: {} has dtype {}, expected {}", loss.name, argument.name,
                               oracles::name(tensor.dtype),
                               wants_index                     ? "i32 or i64"
                               : oracles::is_real(first.dtype) ? oracles::name(first.dtype)
                                                               : "f32 or f64"));
}

Shape expected_shape(const Definition& loss, const Shape& first) {
  Shape shape = first;
  if (loss.form == Form::classes) shape.erase(shape.begin() + properties::class_axes(first).dimension);
  return shape;
}

void require_shapes(const Definition& loss, const std::vector<Tensor>& inputs) {
  const Shape& first = inputs.front().shape;
  const std::string& first_name = loss.arguments.front().name;
  const std::size_t min_rank = loss.form == Form::classes ? 1 : 0;
  if (first.size() < min_rank || first.size() > max_rank)
    throw BadInput(fmt::format("{}: {} has shape {}, expected rank {} to {}", loss.name, first_name, bracketed(first),
                               min_rank, max_rank));
  if (loss.form == Form::classes && properties::class_axes(first).classes == 0)
    throw BadInput(
        fmt::format("{}: {} has shape {}, expected at least one class", loss.name, first_name, bracketed(first)));
  const Shape expected = expected_shape(loss, first);
  for (std::size_t a = 1; a < inputs.size(); ++a)
    if (inputs[a].shape != expected)
      throw BadInput(fmt::format("{}: {} has shape {}, expected {} for {} of shape {}", loss.name,
                                 loss.arguments[a].name, bracketed(inputs[a].shape), bracketed(expected), first_name,
                                 bracketed(first)));
}

void require_targets(const Definition& loss, const oracles::Problem& problem) {
  for (std::size_t a = 0; a < problem.inputs.size(); ++a) {
    if (loss.arguments[a].kind != Argument::Kind::class_index) continue;
    const std::int64_t classes = properties::class_axes(problem.inputs.front().shape).classes;
    const Tensor& target = problem.inputs[a];
    for (std::size_t i = 0; i < target.indices.size(); ++i) {
      const std::int64_t t = target.indices[i];
      if ((t >= 0 && t < classes) || t == problem.attributes.ignore_index) continue;
      const auto flat = static_cast<std::int64_t>(i);
      throw BadInput(fmt::format("{}: {}{} (row {}) is {}, expected a class in [0, {}) or ignore_index {}", loss.name,
                                 loss.arguments[a].name, bracketed(multi_index(target.shape, flat)), flat, t, classes,
                                 problem.attributes.ignore_index));
    }
  }
}

}  // namespace

properties::Case make_case(const Definition& loss, const Arrays& arrays, const NameMap& names,
                           const oracles::Attributes& attributes) {
  for (const auto& [argument, array] : names) {
    const auto is_it = [&](const Argument& a) { return a.name == argument; };
    if (std::none_of(loss.arguments.begin(), loss.arguments.end(), is_it)) {
      std::vector<std::string> known;
      for (const Argument& a : loss.arguments) known.push_back(a.name);
      throw BadInput(fmt::format("--map {}={}: {} has no argument \"{}\"; it has: {}", argument, array, loss.name,
                                 argument, fmt::join(known, ", ")));
    }
  }
  oracles::Problem problem;
  problem.attributes = attributes;
  for (const Argument& argument : loss.arguments) {
    problem.inputs.push_back(load(loss, argument, arrays, names));
    require_dtype(loss, argument, problem.inputs.back(), problem.inputs.front());
  }
  require_shapes(loss, problem.inputs);
  require_targets(loss, problem);
  const Shape shape = oracles::value_shape(loss, problem.inputs, attributes.reduction);
  problem.grad_output = {problem.inputs.front().dtype, shape, {}, {}};
  problem.grad_output.reals.assign(static_cast<std::size_t>(oracles::count(shape)), 1.0);
  return {loss.name, std::move(problem), properties::Layout::row_major, "a user's arrays"};
}

Place place_of(const Definition& loss, const properties::Case& c, std::size_t argument, std::int64_t i) {
  if (loss.form == Form::elements || argument > 0) return {i, -1};
  const properties::ClassAxes axes = properties::class_axes(c.problem.inputs.front().shape);
  return {i / (axes.classes * axes.inner) * axes.inner + i % axes.inner, i / axes.inner % axes.classes};
}

Shape multi_index(const Shape& shape, std::int64_t i) {
  Shape index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) index[d] = i % shape[d];
  return index;
}

std::string bracketed(const Shape& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

}  // namespace reports
