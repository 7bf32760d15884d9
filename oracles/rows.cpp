#include "oracles/rows.h"

namespace oracles {

Shape positions(const Definition& definition, const std::vector<Tensor>& inputs) {
  return definition.form == Form::classes ? inputs[1].shape : inputs[0].shape;
}

Rows::Rows(const Definition& definition, const Problem& problem)
    : definition_(&definition), problem_(&problem), count_(oracles::count(positions(definition, problem.inputs))) {
  if (definition.form == Form::elements) return;
  const Shape& shape = problem.inputs[0].shape;
  classes_ = shape.size() == 1 ? shape[0] : shape[1];
  for (std::size_t d = 2; d < shape.size(); ++d) inner_ *= shape[d];
}

bool Rows::ignored(std::int64_t r) const {
  return definition_->takes.ignore_index &&
         problem_->inputs[1].indices[static_cast<std::size_t>(r)] == problem_->attributes.ignore_index;
}

Row<double> Rows::row(std::int64_t r) const {
  const Tensor& first = problem_->inputs[0];
  const auto at = static_cast<std::size_t>(r);
  Row<double> row;
  row.parameters = problem_->attributes.parameters;
  if (definition_->form == Form::elements) {
    row.x = {first.reals[at]};
    if (problem_->inputs.size() > 1) row.y = {problem_->inputs[1].reals[at]};
    return row;
  }
  row.target = problem_->inputs[1].indices[at];
  row.x.reserve(static_cast<std::size_t>(classes_));
  for (std::int64_t j = 0; j < classes_; ++j) {
    row.x.push_back(first.reals[static_cast<std::size_t>((r / inner_ * classes_ + j) * inner_ + r % inner_)]);
  }
  return row;
}

Rows::Place Rows::place(std::int64_t i) const {
  const std::int64_t sample = i / (classes_ * inner_);
  return {sample * inner_ + i % inner_, static_cast<std::size_t>(i / inner_ % classes_)};
}

Reduced Rows::reduced() const {
  const Shape shape = positions(*definition_, problem_->inputs);
  switch (problem_->attributes.reduction) {
    case Reduction::none:
      return {shape, 1, 1};
    case Reduction::sum:
      return {{}, count_, 1};
    case Reduction::mean: {
      std::int64_t valid = 0;
      for (std::int64_t r = 0; r < count_; ++r) valid += ignored(r) ? 0 : 1;
      return {{}, count_, valid};
    }
    case Reduction::per_sample: {
      if (shape.empty()) return {{}, 1, 1};
      const std::int64_t rows = oracles::count(Shape(shape.begin() + 1, shape.end()));
      return {{shape[0]}, rows, rows};
    }
  }
  return {};
}

}  // namespace oracles
