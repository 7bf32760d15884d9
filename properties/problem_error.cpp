#include "oracles/reference.h"
#include "properties/case.h"
#include "properties/edit.h"

namespace properties {

using oracles::Definition;
using oracles::Form;
using oracles::Shape;
using oracles::Tensor;

namespace {

std::string print(const Shape& shape) {
  std::string result = "[";
  for (const std::int64_t extent : shape) result += (result.size() > 1 ? ", " : "") + std::to_string(extent);
  return result + "]";
}

std::string dtype_error(const Definition& loss, const Case& c) {
  for (std::size_t i = 0; i < c.problem.inputs.size(); ++i) {
    const oracles::DType dtype = c.problem.inputs[i].dtype;
    const bool real = loss.arguments[i].kind == oracles::Argument::Kind::real;
    if (real ? dtype != c.dtype() || !oracles::is_real(dtype) : oracles::is_real(dtype)) {
      return loss.arguments[i].name + ": dtype " + std::string(oracles::name(dtype)) + ", expected " +
             (real ? i == 0 ? "f32 or f64" : std::string(oracles::name(c.dtype())) : "i32 or i64");
    }
  }
  return "";
}

std::string shape_error(const Definition& loss, const Case& c) {
  const Shape& first = c.problem.inputs[0].shape;
  Shape expected = first;
  if (loss.form == Form::classes) {
    if (first.empty()) return loss.arguments[0].name + ": shape [], expected a dimension of classes";
    const ClassAxes axes = class_axes(first);
    if (axes.classes < 1) return loss.arguments[0].name + ": shape " + print(first) + ", expected at least one class";
    expected.erase(expected.begin() + axes.dimension);
  }
  for (std::size_t i = 1; i < c.problem.inputs.size(); ++i) {
    const Shape& shape = c.problem.inputs[i].shape;
    if (shape != expected) return loss.arguments[i].name + ": shape " + print(shape) + ", expected " + print(expected);
  }
  return "";
}

std::string target_error(const Definition& loss, const Case& c) {
  if (loss.form != Form::classes) return "";
  const std::int64_t classes = class_axes(c.problem.inputs[0].shape).classes;
  const std::vector<std::int64_t>& indices = c.problem.inputs[1].indices;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if ((indices[i] < 0 || indices[i] >= classes) && indices[i] != c.problem.attributes.ignore_index) {
      return loss.arguments[1].name + '[' + std::to_string(i) + "]: " + std::to_string(indices[i]) +
             ", expected a class from 0 to " + std::to_string(classes - 1) + " or ignore_index " +
             std::to_string(c.problem.attributes.ignore_index);
    }
  }
  return "";
}

}  // namespace

std::string problem_error(const Definition& loss, const Case& c) {
  if (c.problem.inputs.size() != loss.arguments.size()) {
    return std::to_string(c.problem.inputs.size()) + " inputs, expected " + std::to_string(loss.arguments.size());
  }
  for (const auto check : {dtype_error, shape_error, target_error}) {
    if (const std::string error = check(loss, c); !error.empty()) return error;
  }
  const Tensor& g = c.problem.grad_output;
  const Shape expected = oracles::value_shape(loss, c.problem.inputs, c.problem.attributes.reduction);
  if (g.dtype != c.dtype()) {
    return "grad_output: dtype " + std::string(oracles::name(g.dtype)) + ", expected " +
           std::string(oracles::name(c.dtype()));
  }
  if (g.shape != expected) return "grad_output: shape " + print(g.shape) + ", expected " + print(expected);
  return "";
}

}  // namespace properties
