#include "oracles/rows.h"

namespace oracles {

Shape positions(const Definition& definition, const std::vector<Tensor>& inputs) {
  Shape shape = inputs[0].shape;
  if (definition.form == Form::classes) shape.erase(shape.begin() + (shape.size() == 1 ? 0 : 1));
  return shape;
}

std::size_t broadcast_index(const Shape& shape, std::int64_t i, const Shape& of) {
  std::int64_t index = 0, step = 1;
  for (std::size_t d = shape.size(), k = of.size(); d-- > 0 && k-- > 0; i /= shape[d]) {
    if (of[k] != 1) index += i % shape[d] * step;
    step *= of[k];
  }
  return static_cast<std::size_t>(index);
}

Rows::Rows(const Definition& definition, const Problem& problem)
    : definition_(&definition),
      problem_(&problem),
      positions_(positions(definition, problem.inputs)),
      count_(oracles::count(positions_)) {
  if (definition.form == Form::elements) return;
  const Shape& shape = problem.inputs[0].shape;
  classes_ = shape.size() == 1 ? shape[0] : shape[1];
  for (std::size_t d = 2; d < shape.size(); ++d) inner_ *= shape[d];
}

bool Rows::ignored(std::int64_t r) const {
  return definition_->takes.ignore_index && !problem_->has_real_target() &&
         problem_->inputs[1].indices[static_cast<std::size_t>(r)] == problem_->attributes.ignore_index;
}

Row<double> Rows::row(std::int64_t r) const {
  const auto at = static_cast<std::size_t>(r);
  const auto numbers_of = [&](const Tensor& input) {
    if (definition_->form == Form::elements) return std::vector{input.reals[at]};
    std::vector<double> numbers;
    numbers.reserve(static_cast<std::size_t>(classes_));
    for (std::int64_t j = 0; j < classes_; ++j) {
      numbers.push_back(input.reals[static_cast<std::size_t>((r / inner_ * classes_ + j) * inner_ + r % inner_)]);
    }
    return numbers;
  };
  const auto weights_of = [&](const std::optional<Tensor>& weight) {
    if (!weight) return std::vector<double>();
    if (definition_->form == Form::classes) return weight->shape.size() == 1 ? weight->reals : numbers_of(*weight);
    return std::vector{weight->reals[broadcast_index(problem_->inputs[0].shape, r, weight->shape)]};
  };
  const auto& inputs = problem_->inputs;
  Row<double> row{numbers_of(inputs[0])};
  if (problem_->has_real_target())
    row.y = numbers_of(inputs[1]);
  else if (inputs.size() > 1)
    row.target = inputs[1].indices[at];
  row.parameters = problem_->attributes.parameters;
  row.w = weights_of(problem_->attributes.weight);
  row.pos_weight = weights_of(problem_->attributes.pos_weight);
  if (definition_->maps_rows && !problem_->grad_output.reals.empty()) row.g = numbers_of(problem_->grad_output);
  if (definition_->replace_unused) definition_->replace_unused(row);
  return row;
}

Rows::Place Rows::place(std::int64_t i) const {
  const std::int64_t sample = i / (classes_ * inner_);
  return {sample * inner_ + i % inner_, static_cast<std::size_t>(i / inner_ % classes_)};
}

Shape Rows::value_shape() const {
  switch (problem_->attributes.reduction) {
    case Reduction::none:
      return definition_->maps_rows ? problem_->inputs[0].shape : positions_;
    case Reduction::per_sample:
      return positions_.empty() ? Shape{} : Shape{positions_[0]};
    case Reduction::mean:
    case Reduction::sum:
    case Reduction::batchmean:
      break;
  }
  return {};
}

std::int64_t Rows::rows_of_an_output() const {
  switch (problem_->attributes.reduction) {
    case Reduction::none:
      return 1;
    case Reduction::per_sample:
      return positions_.empty() ? 1 : oracles::count(Shape(positions_.begin() + 1, positions_.end()));
    case Reduction::mean:
    case Reduction::sum:
    case Reduction::batchmean:
      break;
  }
  return count_;
}

Divisor Rows::mean_divisor() const {
  Rational sum = 0;
  std::int64_t used = 0;
  for (std::int64_t r = 0; r < count_; ++r) {
    if (ignored(r)) continue;
    ++used;
    if (definition_->weight_in_mean) sum += Rational(definition_->weight_in_mean(row(r)));
  }
  return definition_->weight_in_mean ? Divisor(sum) : Divisor(used);
}

Reduced Rows::reduced() const {
  const auto divisor = [&]() -> Divisor {
    switch (problem_->attributes.reduction) {
      case Reduction::mean:
        return mean_divisor();
      case Reduction::per_sample:
        return rows_of_an_output();
      case Reduction::batchmean:
        return positions_.empty() ? 1 : positions_[0];
      case Reduction::none:
      case Reduction::sum:
        break;
    }
    return 1;
  };
  return {value_shape(), rows_of_an_output(), divisor()};
}

}  // namespace oracles
