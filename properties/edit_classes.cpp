#include "properties/edit.h"

namespace properties {

using oracles::Tensor;

oracles::Shape positions(oracles::Shape logits) {
  logits.erase(logits.begin() + class_axes(logits).dimension);
  return logits;
}

Case with_class_indices(const Case& c) {
  Case result = c;
  if (!c.problem.has_real_target()) return result;
  const ClassAxes axes = class_axes(c.problem.inputs[0].shape);
  Tensor target{oracles::DType::i64, positions(c.problem.inputs[0].shape), {}, iota(axes.rows())};
  for (std::int64_t& j : target.indices) j %= axes.classes;
  result.problem.inputs[1] = std::move(target);
  return result;
}

Case with_real_targets(const Case& c, double share, double rest) {
  Case result = c;
  const ClassAxes axes = class_axes(c.problem.inputs[0].shape);
  Tensor& target = result.problem.inputs[1];
  target = c.problem.inputs[0];
  target.reals.assign(target.reals.size(), share);
  for (std::int64_t row = 0; row < axes.rows(); ++row) {
    const std::int64_t j = c.problem.inputs[1].indices[static_cast<std::size_t>(row)];
    if (j >= 0 && j < axes.classes) target.reals[axes.at(row, j)] += rest;
  }
  result.problem.attributes.ignore_index = oracles::Attributes{}.ignore_index;
  return result;
}

Tensor& weights_of(Case& c) {
  auto& weight = c.problem.attributes.weight;
  if (weight) return *weight;
  weight = Tensor{c.dtype(), {class_axes(c.problem.inputs[0].shape).classes}, {}, {}};
  for (std::int64_t j = 0; j < weight->shape[0]; ++j) weight->reals.push_back(static_cast<double>(j % 4 + 1));
  return *weight;
}

}  // namespace properties
