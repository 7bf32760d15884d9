#include "properties/cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include "oracles/reference.h"
#include "properties/edit.h"
#include "properties/floats.h"

namespace properties {

using oracles::DType;
using oracles::Reduction;
using oracles::Shape;
using oracles::Tensor;

namespace {

// The dtypes of the results, and grad_output in that of the value.
void put_results(Case& c, const oracles::Definition& loss, DTypes dtypes, const Structure& s) {
  if (dtypes.result != dtypes.input) c.problem.value_dtype = dtypes.result;
  if (!s.grad_as_input) c.problem.grad_dtype = c.problem.value_dtype;
  Tensor g{dtypes.result, oracles::value_shape(loss, c.problem.inputs, s.reduction), {}, {}};
  g.reals.resize(static_cast<std::size_t>(oracles::count(g.shape)));
  Draws draws(s.seed, 1);
  fill_upstream(s.upstream, g.dtype, g.reals, draws);
  c.problem.grad_output = std::move(g);
}

std::string origin(std::string_view distribution, const Structure& s) {
  std::ostringstream out;
  out << "distribution " << distribution << ", grad_output " << name(s.upstream) << ", seed 0x" << std::hex << s.seed;
  return out.str();
}

std::string_view row_kind_name(std::size_t distribution) {
  return distribution < all_rows().size() ? name(all_rows()[distribution]) : "mixed";
}

std::int64_t ignore_index(const Structure& s, std::int64_t classes) {
  if (s.ignored_in_range) return classes - 1;
  static constexpr std::array<std::int64_t, 4> beyond{-100, -1, 1 << 20, std::numeric_limits<std::int32_t>::min()};
  return beyond[s.seed % beyond.size()];
}

// A row of logits, and the class that stands out.
std::vector<double> draw_logits(DTypes dtypes, const Structure& s, std::size_t hot, std::size_t classes, Draws& draws) {
  std::vector<double> x(classes);
  const std::size_t kind = s.distribution < all_rows().size() ? s.distribution : draws.below(all_rows().size());
  fill_row(all_rows()[kind], dtypes, hot, x, draws);
  return x;
}

// Logits of a second input: any, a few steps beside the first ones, or the same.
std::vector<double> draw_second_logits(DTypes dtypes, const Structure& s, std::size_t hot,
                                       std::span<const double> first, Draws& draws) {
  if (draws.one_in(2)) return draw_logits(dtypes, s, hot, first.size(), draws);
  std::vector<double> x(first.begin(), first.end());
  if (draws.one_in(2)) return x;
  for (double& v : x) {
    if (std::isfinite(v)) v = step(dtypes.input, v, static_cast<int>(draws.between(-3, 3)));
  }
  return x;
}

std::vector<double> draw_class_target(DTypes dtypes, std::size_t hot, std::size_t classes, Draws& draws) {
  std::vector<double> q(classes);
  fill_class_target(draws.of(all_class_targets()), dtypes.input, hot, q, draws);
  return q;
}

// Row by row, written where the row's classes lie.
void fill_class_row(Case& c, DTypes dtypes, const Structure& s, const ClassAxes& axes, std::int64_t row,
                    SecondRows second) {
  Draws draws(s.seed, 2 + static_cast<std::uint64_t>(row));
  const auto classes = static_cast<std::size_t>(axes.classes);
  const auto put = [&](Tensor& to, const std::vector<double>& numbers) {
    for (std::size_t j = 0; j < classes; ++j) to.reals[axes.at(row, static_cast<std::int64_t>(j))] = numbers[j];
  };
  const std::size_t hot = draws.below(classes);
  std::vector<double> x = draw_logits(dtypes, s, hot, classes, draws);
  const bool has_index = c.problem.inputs.size() > 1 && !c.problem.has_real_target();
  const bool ignored = has_index && s.ignores && draws.one_in(3);
  if (ignored && draws.one_in(2)) x[draws.below(classes)] = std::numeric_limits<double>::quiet_NaN();
  put(c.problem.inputs[0], x);
  if (c.problem.inputs.size() == 1) return;
  if (!has_index) {
    return put(c.problem.inputs[1], second == SecondRows::logits ? draw_second_logits(dtypes, s, hot, x, draws)
                                                                 : draw_class_target(dtypes, hot, classes, draws));
  }
  const std::size_t picked = draws.one_in(2) ? hot : draws.below(classes);
  c.problem.inputs[1].indices[static_cast<std::size_t>(row)] =
      ignored ? c.problem.attributes.ignore_index : static_cast<std::int64_t>(picked);
}

/// Numbers out of their argument's domain become its nearest end.
void clamp_into_domains(Case& c, const oracles::Definition& loss) {
  for (std::size_t k = 0; k < c.problem.inputs.size(); ++k) {
    const auto& domain = loss.arguments[k].domain;
    if (!domain) continue;
    for (double& v : c.problem.inputs[k].reals) {
      if (!domain->contains(v)) v = std::clamp(v, domain->least, domain->most);
    }
  }
}

/// One number for each class, or for each logit where that may be; or of a shape that broadcasts to the elements',
/// leading dimensions left out or of one element.
Shape weight_shape(const oracles::Definition& loss, const Shape& shape, Draws& draws) {
  if (oracles::may_weigh_logits(loss) && draws.one_in(2)) return shape;
  if (loss.form == oracles::Form::classes) return {class_axes(shape).classes};
  Shape result(shape.begin() + static_cast<std::ptrdiff_t>(draws.one_in(2) ? 0 : draws.below(shape.size() + 1)),
               shape.end());
  for (std::int64_t& extent : result) extent = draws.one_in(4) ? 1 : extent;
  return result;
}

// Weights, and the results' dtypes.
void put_attributes(Case& c, const oracles::Definition& loss, DTypes dtypes, const Structure& s) {
  clamp_into_domains(c, loss);
  Draws draws(s.seed, 0);
  const auto weight = [&] {
    Tensor w{dtypes.input, weight_shape(loss, s.shape, draws), {}, {}};
    for (std::int64_t i = 0; i < oracles::count(w.shape); ++i) w.reals.push_back(draw_weight(w.dtype, draws));
    return w;
  };
  if (s.weighted) c.problem.attributes.weight = weight();
  if (s.pos_weighted) c.problem.attributes.pos_weight = weight();
  put_results(c, loss, dtypes, s);
}

// RapidCheck grows integers with its size parameter and shrinks them; a seed is neither large nor simple.
template <class Build>
rc::Gen<Case> drawn(Build build) {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::exec(std::move(build))));
}

}  // namespace

Case class_case(const oracles::Definition& loss, DTypes dtypes, const Structure& s, SecondRows second) {
  Case c{loss.name, {}, s.layout, origin(row_kind_name(s.distribution), s)};
  const ClassAxes axes = class_axes(s.shape);
  c.problem.attributes = {s.reduction, s.ignores ? ignore_index(s, axes.classes) : oracles::Attributes{}.ignore_index,
                          s.parameters};
  Tensor logits{dtypes.input, s.shape, {}, {}};
  logits.reals.resize(static_cast<std::size_t>(oracles::count(s.shape)));
  c.problem.inputs.assign(loss.arguments.size(), logits);
  if (loss.arguments.size() > 1 && !s.real_target) {
    const std::vector<std::int64_t> indices(static_cast<std::size_t>(axes.rows()));
    c.problem.inputs[1] = {s.index_dtype, positions(s.shape), {}, indices};
  }
  for (std::int64_t row = 0; row < axes.rows(); ++row) fill_class_row(c, dtypes, s, axes, row, second);
  put_attributes(c, loss, dtypes, s);
  return c;
}

Case element_case(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds, const Structure& s) {
  const bool mixed = s.distribution >= kinds.names.size();
  Case c{loss.name, {}, s.layout, origin(mixed ? "mixed" : kinds.names[s.distribution], s)};
  c.problem.attributes.reduction = s.reduction;
  c.problem.attributes.parameters = s.parameters;
  Tensor x{dtypes.input, s.shape, {}, {}};
  Tensor y = x;
  for (std::int64_t i = 0; i < oracles::count(s.shape); ++i) {
    Draws draws(s.seed, 2 + static_cast<std::uint64_t>(i));
    const Pair pair = kinds.draw(mixed ? draws.below(kinds.names.size()) : s.distribution, dtypes, draws);
    x.reals.push_back(pair.x);
    y.reals.push_back(pair.y);
  }
  c.problem.inputs = {std::move(x), std::move(y)};
  c.problem.inputs.resize(loss.arguments.size());
  put_attributes(c, loss, dtypes, s);
  return c;
}

rc::Gen<Case> class_cases(const oracles::Definition& loss, DTypes dtypes, SecondRows second) {
  return drawn([&loss, dtypes, second] {
    return class_case(loss, dtypes, draw_structure(loss, draw_class_shape(), all_rows().size()), second);
  });
}

rc::Gen<Case> element_cases(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds) {
  return drawn([&loss, dtypes, kinds] {
    return element_case(loss, dtypes, kinds, draw_structure(loss, draw_element_shape(), kinds.names.size()));
  });
}

}  // namespace properties
