// Problems for the tests, from the numbers that a test is about.
#pragma once

#include <limits>
#include <vector>

#include "oracles/definitions.h"
#include "oracles/reference.h"
#include "oracles/tests/draw.h"

namespace oracles {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

inline Tensor reals(DType dtype, Shape shape, std::vector<double> values) {
  return {dtype, std::move(shape), std::move(values), {}};
}

inline Tensor indices(Shape shape, std::vector<std::int64_t> values) {
  return {DType::i64, std::move(shape), {}, std::move(values)};
}

/// The inputs of a loss: x, and either as many y or the classes, or nothing.
inline std::vector<Tensor> inputs_of(const Definition& loss, Tensor x, Tensor y, Tensor target) {
  for (double& v : x.reals) v = allowed(loss.arguments[0], v);
  std::vector<Tensor> inputs{std::move(x)};
  if (loss.arguments.size() < 2) return inputs;
  for (double& v : y.reals) v = allowed(loss.arguments[1], v);
  inputs.push_back(loss.arguments[1].kind == Argument::Kind::real ? std::move(y) : std::move(target));
  return inputs;
}

/// The problem of these inputs, with `g` for every element of grad_output.
inline Problem problem(const Definition& definition, std::vector<Tensor> inputs, Attributes attributes, double g = 1) {
  const Shape shape = value_shape(definition, inputs, attributes.reduction);
  const DType dtype = inputs[0].dtype;
  return {std::move(inputs), attributes,
          reals(dtype, shape, std::vector<double>(static_cast<std::size_t>(count(shape)), g))};
}

/// One row of logits.
inline Problem classes(DType dtype, std::vector<double> logits, std::int64_t target, double g = 1) {
  const auto c = static_cast<std::int64_t>(logits.size());
  return problem(cross_entropy(), {reals(dtype, {c}, std::move(logits)), indices({}, {target})}, {Reduction::none}, g);
}

/// One element of an elementwise loss; y is none of a function of one input.
inline Problem element(const Definition& definition, DType dtype, double x, double y, double g = 1) {
  std::vector<Tensor> inputs{reals(dtype, {}, {x})};
  if (definition.arguments.size() > 1) inputs.push_back(reals(dtype, {}, {y}));
  return problem(definition, std::move(inputs), {Reduction::none}, g);
}

/// The rounded element, which must be decided.
inline double truth(const Definition& definition, const Problem& p, Output output, std::int64_t i = 0) {
  const Rounded rounded = Reference(definition, p).rounded(output, i);
  if (!rounded.decided)
    throw std::logic_error("truth: element " + std::to_string(i) + " is undecided; expected decided");
  return rounded.value;
}

inline double class_loss(DType dtype, std::vector<double> x, std::int64_t t) {
  return truth(cross_entropy(), classes(dtype, std::move(x), t), Output::value);
}

inline double class_grad(DType dtype, std::vector<double> x, std::int64_t t, std::int64_t j, double g = 1) {
  return truth(cross_entropy(), classes(dtype, std::move(x), t, g), Output::grad, j);
}

inline double bce(DType dtype, double x, double y, Output output = Output::value, double g = 1) {
  const auto& loss = binary_cross_entropy_with_logits();
  return truth(loss, element(loss, dtype, x, y, g), output);
}

inline double mse(DType dtype, double x, double y, Output output = Output::value, double g = 1) {
  return truth(mse_loss(), element(mse_loss(), dtype, x, y, g), output);
}

}  // namespace oracles
