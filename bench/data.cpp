#include "bench/data.h"

#include <span>

#include "oracles/rows.h"
#include "properties/draws.h"
#include "properties/storage.h"

namespace bench {

using oracles::Argument;
using oracles::DType;
using oracles::Shape;
using properties::View;

namespace {

/// Elements repeat after so many: a prime, so that no row is another one's copy, and much beyond what predictors learn.
constexpr std::size_t period = 999'983;

/// Normal with deviation 3.
double normal(std::size_t i) {
  static const std::vector<double> all = [] {
    properties::Draws draws(1);
    std::vector<double> drawn(period);
    for (double& x : drawn) x = 3 * draws.normal();
    return drawn;
  }();
  return all[i % period];
}

template <class Element>
void fill(const View& view, const Element& element) {
  const auto n = static_cast<std::size_t>(oracles::count(view.shape));
  properties::with_type(view.dtype, [&]<class T>(T) {
    std::size_t i = 0;
    for (T& to : std::span(static_cast<T*>(view.data), n)) to = static_cast<T>(element(i++));
  });
}

void fill_input(const View& view, const Argument& argument, bool is_first, std::int64_t classes) {
  properties::Draws draws(2);
  if (!oracles::is_real(view.dtype))
    fill(view, [&](std::size_t) { return draws.between(0, classes - 1); });
  else if (argument.kind != Argument::Kind::real || (is_first && argument.domain))
    fill(view, [&](std::size_t) { return draws.unit(); });
  else if (is_first)
    fill(view, normal);
  else
    fill(view, [&](std::size_t) { return static_cast<double>(draws.between(0, 1)); });
}

}  // namespace

Data::Data(const Work& work) {
  const oracles::Definition& loss = *work.loss;
  std::vector<oracles::Tensor> shapes;
  for (const Argument& argument : loss.arguments) {
    const bool is_index = argument.kind != Argument::Kind::real && !work.with_masses;
    const Shape shape = is_index ? Shape{work.shape.front()} : work.shape;
    shapes.push_back({is_index ? DType::i64 : work.dtypes.input, shape, {}, {}});
    call_.inputs.push_back(tensor(shapes.back().dtype, shape));
    fill_input(call_.inputs.back(), argument, shapes.size() == 1, work.shape.back());
  }
  call_.attributes.reduction = work.reduction;
  if (work.smoothed) call_.attributes.parameters.label_smoothing = 0.1;
  const bool is_reduced = work.reduction == oracles::Reduction::mean;
  const Shape of_value = is_reduced ? Shape{} : loss.maps_rows ? work.shape : oracles::positions(loss, shapes);
  call_.value = tensor(work.dtypes.result, of_value);
  if (!work.with_gradient) return;
  call_.grad_output = tensor(work.dtypes.result, of_value);
  fill(*call_.grad_output, [&](std::size_t i) { return is_reduced ? 1 : normal(i + period / 2); });
  call_.grad = tensor(work.dtypes.input, work.shape);
}

View Data::tensor(DType dtype, const Shape& shape) {
  View view{nullptr, dtype, shape, std::vector<std::int64_t>(shape.size(), 1)};
  for (std::size_t d = shape.size(); d-- > 1;) view.strides[d - 1] = view.strides[d] * shape[d];
  view.data = memory_.emplace_back(bytes(view)).data();
  return view;
}

std::size_t bytes(const View& tensor) {
  return static_cast<std::size_t>(oracles::count(tensor.shape)) * properties::size_of(tensor.dtype);
}

}  // namespace bench
