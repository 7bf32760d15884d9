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
using oracles::Form;
using oracles::Shape;
using oracles::Tensor;

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

/// The array of a weight, which there need not be.
std::optional<Tensor> load_weight(const std::string& weight, const Arrays& arrays, const NameMap& names) {
  const auto mapped = names.find(weight);
  const auto array = arrays.find(mapped == names.end() ? weight : mapped->second);
  if (array != arrays.end()) return array->second();
  if (mapped != names.end()) throw BadInput(fmt::format("--map {}={}: no such array", weight, mapped->second));
  return std::nullopt;
}

}  // namespace

properties::Case make_case(const Definition& loss, const Arrays& arrays, const NameMap& names,
                           const oracles::Attributes& attributes, std::optional<oracles::DType> value_dtype) {
  for (const auto& [argument, array] : names) {
    std::vector<std::string> known;
    for (const Argument& a : loss.arguments) known.push_back(a.name);
    if (loss.takes.weight) known.emplace_back("weight");
    if (loss.takes.pos_weight) known.emplace_back("pos_weight");
    if (std::find(known.begin(), known.end(), argument) == known.end()) {
      throw BadInput(fmt::format("--map {}={}: {} has no argument \"{}\"; it has: {}", argument, array, loss.name,
                                 argument, fmt::join(known, ", ")));
    }
  }
  oracles::Problem problem;
  problem.attributes = attributes;
  problem.value_dtype = value_dtype;
  for (const Argument& argument : loss.arguments) {
    problem.inputs.push_back(load(loss, argument, arrays, names));
  }
  if (loss.takes.weight) problem.attributes.weight = load_weight("weight", arrays, names);
  if (loss.takes.pos_weight) problem.attributes.pos_weight = load_weight("pos_weight", arrays, names);
  properties::Case c{loss.name, std::move(problem), properties::Layout::row_major, "a user's arrays"};
  if (const std::string error = properties::inputs_error(loss, c); !error.empty()) throw BadInput(error);
  const Shape shape = oracles::value_shape(loss, c.problem.inputs, attributes.reduction);
  c.problem.grad_output = {c.problem.dtype(oracles::Output::value), shape, {}, {}};
  c.problem.grad_output.reals.assign(static_cast<std::size_t>(oracles::count(shape)), 1.0);
  return c;
}

Place place_of(const Definition& loss, const properties::Case& c, std::size_t argument, std::int64_t i) {
  if (loss.form == Form::elements || !oracles::is_real(c.problem.inputs[argument].dtype)) return {i, -1};
  const properties::ClassAxes axes = properties::class_axes(c.problem.inputs.front().shape);
  return {i / (axes.classes * axes.inner) * axes.inner + i % axes.inner, i / axes.inner % axes.classes};
}

}  // namespace reports
