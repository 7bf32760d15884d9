#include <cmath>

#include "oracles/reference.h"
#include "properties/case.h"
#include "properties/edit.h"

namespace properties {

using oracles::Argument;
using oracles::Definition;
using oracles::Form;
using oracles::Shape;
using oracles::Tensor;

namespace {

constexpr std::size_t max_rank = 8;

std::string dtype_error(const Definition& loss, const Case& c) {
  for (std::size_t i = 0; i < c.problem.inputs.size(); ++i) {
    const oracles::DType dtype = c.problem.inputs[i].dtype;
    const bool real = loss.arguments[i].kind == Argument::Kind::real;
    if (real ? dtype != c.dtype() || !oracles::is_real(dtype) : oracles::is_real(dtype)) {
      const std::string expected = !real                         ? "i32 or i64"
                                   : oracles::is_real(c.dtype()) ? std::string(oracles::name(c.dtype()))
                                                                 : "f16, bf16, f32 or f64";
      return loss.arguments[i].name + " has dtype " + std::string(oracles::name(dtype)) + ", expected " + expected;
    }
  }
  return "";
}

std::string shape_error(const Definition& loss, const Case& c) {
  const Shape& first = c.problem.inputs[0].shape;
  const std::string first_name = loss.arguments[0].name + " of shape " + bracketed(first);
  const std::size_t min_rank = loss.form == Form::classes ? 1 : 0;
  if (first.size() < min_rank || first.size() > max_rank) {
    return first_name + ": expected rank " + std::to_string(min_rank) + " to " + std::to_string(max_rank);
  }
  Shape expected = first;
  if (loss.form == Form::classes) {
    const ClassAxes axes = class_axes(first);
    if (axes.classes < 1) return first_name + ": expected at least one class";
    expected.erase(expected.begin() + axes.dimension);
  }
  for (std::size_t i = 1; i < c.problem.inputs.size(); ++i) {
    const Shape& shape = c.problem.inputs[i].shape;
    if (shape == expected) continue;
    return loss.arguments[i].name + " has shape " + bracketed(shape) + ", expected " + bracketed(expected) + " for " +
           first_name;
  }
  return "";
}

std::string target_error(const Definition& loss, const Case& c) {
  if (loss.form != Form::classes) return "";
  const std::int64_t classes = class_axes(c.problem.inputs[0].shape).classes;
  const std::int64_t ignored = c.problem.attributes.ignore_index;
  const Tensor& target = c.problem.inputs[1];
  for (std::int64_t row = 0; row < std::ssize(target.indices); ++row) {
    const std::int64_t t = target.indices[static_cast<std::size_t>(row)];
    if ((t >= 0 && t < classes) || t == ignored) continue;
    return loss.arguments[1].name + bracketed(multi_index(target.shape, row)) + " (row " + std::to_string(row) +
           ") is " + std::to_string(t) + ", expected a class in [0, " + std::to_string(classes) + ") or ignore_index " +
           std::to_string(ignored);
  }
  return "";
}

std::string attributes_error(const Definition& loss, const Case& c) {
  const oracles::Attributes& attributes = c.problem.attributes;
  if (!loss.takes.reduction && attributes.reduction != oracles::Reduction::none) {
    return "reduction " + std::string(oracles::name(attributes.reduction)) + ", expected none, the only one it takes";
  }
  const double beta = attributes.parameters.beta;
  if (!loss.takes.beta && beta != oracles::Parameters{}.beta) return "takes no beta";
  if (!std::isfinite(beta) || beta == 0) return "beta is " + hex(beta) + ", expected a finite number other than 0";
  return "";
}

std::string grad_output_error(const Definition& loss, const Case& c) {
  const Tensor& g = c.problem.grad_output;
  const oracles::DType dtype = c.problem.dtype(oracles::Output::value);
  if (g.dtype != dtype) {
    return "grad_output has dtype " + std::string(oracles::name(g.dtype)) + ", expected " +
           std::string(oracles::name(dtype)) + ", the value's";
  }
  const Shape expected = oracles::value_shape(loss, c.problem.inputs, c.problem.attributes.reduction);
  if (g.shape != expected) return "grad_output has shape " + bracketed(g.shape) + ", expected " + bracketed(expected);
  return "";
}

}  // namespace

Shape multi_index(const Shape& shape, std::int64_t i) {
  Shape index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) index[d] = i % shape[d];
  return index;
}

std::string bracketed(const Shape& values) {
  std::string text = "[";
  for (const std::int64_t value : values) text += (text.size() > 1 ? ", " : "") + std::to_string(value);
  return text + "]";
}

std::string inputs_error(const Definition& loss, const Case& c) {
  if (c.problem.inputs.size() != loss.arguments.size()) {
    return loss.name + ": " + std::to_string(c.problem.inputs.size()) + " inputs, expected " +
           std::to_string(loss.arguments.size());
  }
  for (const auto check : {attributes_error, dtype_error, shape_error, target_error}) {
    if (const std::string error = check(loss, c); !error.empty()) return loss.name + ": " + error;
  }
  return "";
}

std::string problem_error(const Definition& loss, const Case& c) {
  std::string error = inputs_error(loss, c);
  if (error.empty() && !(error = grad_output_error(loss, c)).empty()) error = loss.name + ": " + error;
  return error;
}

}  // namespace properties
