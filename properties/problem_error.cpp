#include <algorithm>
#include <cmath>
#include <sstream>

#include "oracles/reference.h"
#include "oracles/rows.h"
#include "properties/case.h"
#include "properties/edit.h"
#include "properties/parameters.h"

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
    const Argument::Kind kind = loss.arguments[i].kind;
    const bool is_right = oracles::is_real(dtype) ? kind != Argument::Kind::class_index && dtype == c.dtype()
                                                  : kind != Argument::Kind::real;
    if (!is_right) {
      const std::string real =
          oracles::is_real(c.dtype()) ? std::string(oracles::name(c.dtype())) : "f16, bf16, f32 or f64";
      const std::string expected = kind == Argument::Kind::real          ? real
                                   : kind == Argument::Kind::class_index ? "i32 or i64"
                                                                         : real + ", i32 or i64";
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
  if (loss.form == Form::classes && class_axes(first).classes < 1) return first_name + ": expected at least one class";
  for (std::size_t i = 1; i < c.problem.inputs.size(); ++i) {
    const Shape& shape = c.problem.inputs[i].shape;
    const bool is_real = oracles::is_real(c.problem.inputs[i].dtype);
    const Shape expected = is_real ? first : oracles::positions(loss, c.problem.inputs);
    if (shape == expected) continue;
    return loss.arguments[i].name + " has shape " + bracketed(shape) + ", expected " + bracketed(expected) + " for " +
           first_name;
  }
  return "";
}

std::string target_error(const Definition& loss, const Case& c) {
  if (loss.form != Form::classes || c.problem.inputs.size() < 2 || c.problem.has_real_target()) return "";
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
  for (const RealParameter& p : real_parameters) {
    const double v = attributes.parameters.*p.value;
    const std::string name(p.name);
    if (!(loss.takes.*p.taken) && v != oracles::Parameters{}.*p.value) return "takes no " + name;
    if (!p.is_valid(v)) return name + " is " + hex(v) + ", expected " + std::string(p.expected);
  }
  if (!loss.takes.log_target && attributes.parameters.log_target) return "takes no log_target";
  return "";
}

/// Whether a tensor of this shape broadcasts to one of that, by NumPy's rules.
bool broadcasts(const Shape& shape, const Shape& to) {
  if (shape.size() > to.size()) return false;
  const auto skipped = static_cast<std::ptrdiff_t>(to.size() - shape.size());
  return std::equal(shape.begin(), shape.end(), to.begin() + skipped,
                    [](std::int64_t from, std::int64_t extent) { return from == 1 || from == extent; });
}

std::string weight_error(const Definition& loss, const Case& c, const std::string& name, bool is_taken,
                         const std::optional<Tensor>& weight) {
  if (!weight) return "";
  if (!is_taken) return "takes no " + name;
  if (weight->dtype != c.dtype()) {
    return name + " has dtype " + std::string(oracles::name(weight->dtype)) + ", expected " +
           std::string(oracles::name(c.dtype())) + ", the first input's";
  }
  const Shape& first = c.problem.inputs[0].shape;
  const bool is_of_classes = loss.form == Form::classes;
  const bool is_of_logits = oracles::may_weigh_logits(loss) && weight->shape.size() > 1;
  const Shape expected = is_of_classes && !is_of_logits ? Shape{class_axes(first).classes} : first;
  if (is_of_classes ? weight->shape != expected : !broadcasts(weight->shape, expected)) {
    return name + " has shape " + bracketed(weight->shape) + ", expected " +
           (is_of_classes ? "" : "one that broadcasts to ") + bracketed(expected);
  }
  for (std::int64_t i = 0; i < std::ssize(weight->reals); ++i) {
    const double v = weight->reals[static_cast<std::size_t>(i)];
    if (!std::isfinite(v))
      return name + bracketed(multi_index(weight->shape, i)) + " is " + hex(v) + ", expected a finite number";
  }
  return "";
}

std::string weights_error(const Definition& loss, const Case& c) {
  const oracles::Attributes& attributes = c.problem.attributes;
  const std::string error = weight_error(loss, c, "weight", loss.takes.weight, attributes.weight);
  return error.empty() ? weight_error(loss, c, "pos_weight", loss.takes.pos_weight, attributes.pos_weight) : error;
}

std::string domain_error(const Definition& loss, const Case& c) {
  for (std::size_t k = 0; k < c.problem.inputs.size(); ++k) {
    const auto& domain = loss.arguments[k].domain;
    const Tensor& input = c.problem.inputs[k];
    for (std::int64_t i = 0; domain && i < std::ssize(input.reals); ++i) {
      const double v = input.reals[static_cast<std::size_t>(i)];
      if (domain->contains(v)) continue;
      std::ostringstream text;
      text << loss.arguments[k].name << bracketed(multi_index(input.shape, i)) << " is " << hex(v)
           << ", expected a number in [" << domain->least << ", " << domain->most << ']';
      return text.str();
    }
  }
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
  for (const auto check : {attributes_error, dtype_error, shape_error, target_error, weights_error, domain_error}) {
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
