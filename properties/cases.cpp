#include "properties/cases.h"

#include <algorithm>
#include <array>
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

// Rows of one class tensor, written where the row's classes lie.
void fill_class_row(Case& c, DTypes dtypes, const Structure& s, const ClassAxes& axes, std::int64_t row) {
  Draws draws(s.seed, 2 + static_cast<std::uint64_t>(row));
  Tensor& logits = c.problem.inputs[0];
  Tensor& target = c.problem.inputs[1];
  std::vector<double> x(static_cast<std::size_t>(axes.classes));
  const std::size_t hot = draws.below(x.size());
  const std::size_t kind = s.distribution < all_rows().size() ? s.distribution : draws.below(all_rows().size());
  fill_row(all_rows()[kind], dtypes, hot, x, draws);
  const bool ignored = s.ignores && draws.one_in(3);
  if (ignored && draws.one_in(2)) x[draws.below(x.size())] = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t j = 0; j < x.size(); ++j) logits.reals[axes.at(row, static_cast<std::int64_t>(j))] = x[j];
  const std::size_t picked = draws.one_in(2) ? hot : draws.below(x.size());
  target.indices[static_cast<std::size_t>(row)] =
      ignored ? c.problem.attributes.ignore_index : static_cast<std::int64_t>(picked);
}

std::int64_t pick(std::initializer_list<std::int64_t> choices) {
  return *rc::gen::elementOf(std::vector<std::int64_t>(choices));
}

// Elements of a case: mostly tens to hundreds, now and then thousands.
std::int64_t draw_budget() { return pick({8, 32, 32, 128, 128, 300, 300, 300, 3000}); }

Shape draw_class_shape() {
  const std::int64_t budget = draw_budget();
  const std::int64_t classes =
      pick({1, 2, 2, 2, 3, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129});
  const std::int64_t rank = pick({1, 2, 2, 2, 2, 3, 4});
  if (rank == 1) return {classes};
  const std::int64_t most = std::max<std::int64_t>(1, budget / classes);
  Shape shape{std::min(most, pick({0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 129})), classes};
  std::int64_t left = std::max<std::int64_t>(1, most / std::max<std::int64_t>(1, shape[0]));
  for (std::int64_t d = 2; d < rank; ++d) {
    shape.push_back(std::min(left, pick({0, 1, 2, 3, 3, 4, 5, 7})));
    left /= std::max<std::int64_t>(1, shape.back());
    left = std::max<std::int64_t>(1, left);
  }
  return shape;
}

Shape draw_element_shape() {
  std::int64_t left = draw_budget();
  const std::int64_t rank = pick({0, 1, 1, 1, 2, 2, 3, 4, 8});
  Shape shape;
  for (std::int64_t d = 0; d < rank; ++d) {
    const std::int64_t extent = rank == 1 ? pick({0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129, 1025})
                                          : pick({0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 17});
    shape.push_back(std::min(left, extent));
    left = std::max<std::int64_t>(1, left / std::max<std::int64_t>(1, shape.back()));
  }
  return shape;
}

template <class T>
T draw_of(std::span<const T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices.begin(), choices.end()));
}

/// Ordinary ones, and some by which a quotient leaves the range of f32 or of f64.
double draw_beta() {
  return *rc::gen::elementOf(std::vector<double>{1, 1, 0.5, 2, 20, 0.1, -1, -3.7, 0x1p-40, 0x1.8p90, -1e300, 5e-324});
}

Structure draw_structure(const oracles::Definition& loss, Shape shape, std::size_t kinds) {
  using enum Reduction;
  Structure s;
  s.shape = std::move(shape);
  s.index_dtype = *rc::gen::element(DType::i32, DType::i64);
  s.grad_as_input = pick({0, 1}) == 1;
  s.reduction = *rc::gen::element(none, none, per_sample, mean, mean, sum);
  if (!loss.takes.reduction) s.reduction = none;
  if (loss.takes.beta) s.parameters.beta = draw_beta();
  s.ignores = pick({0, 0, 1}) == 1;
  s.ignored_in_range = pick({0, 1}) == 1;
  s.distribution = *rc::gen::inRange<std::size_t>(0, kinds + 1);
  s.upstream = draw_of(all_upstreams());
  s.layout = *rc::gen::element(Layout::row_major, Layout::transposed, Layout::gaps, Layout::reversed);
  s.seed = *rc::gen::arbitrary<std::uint64_t>();
  return s;
}

// RapidCheck grows integers with its size parameter and shrinks them; a seed is neither large nor simple.
template <class Build>
rc::Gen<Case> drawn(Build build) {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::exec(std::move(build))));
}

}  // namespace

Case class_case(const oracles::Definition& loss, DTypes dtypes, const Structure& s) {
  Case c{loss.name, {}, s.layout, origin(row_kind_name(s.distribution), s)};
  const ClassAxes axes = class_axes(s.shape);
  c.problem.attributes = {s.reduction, s.ignores ? ignore_index(s, axes.classes) : oracles::Attributes{}.ignore_index};
  Shape target_shape = s.shape;
  target_shape.erase(target_shape.begin() + axes.dimension);
  c.problem.inputs = {Tensor{dtypes.input, s.shape, {}, {}}, Tensor{s.index_dtype, target_shape, {}, {}}};
  c.problem.inputs[0].reals.resize(static_cast<std::size_t>(oracles::count(s.shape)));
  c.problem.inputs[1].indices.resize(static_cast<std::size_t>(axes.rows()));
  for (std::int64_t row = 0; row < axes.rows(); ++row) fill_class_row(c, dtypes, s, axes, row);
  put_results(c, loss, dtypes, s);
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
  put_results(c, loss, dtypes, s);
  return c;
}

rc::Gen<Case> class_cases(const oracles::Definition& loss, DTypes dtypes) {
  return drawn(
      [&loss, dtypes] { return class_case(loss, dtypes, draw_structure(loss, draw_class_shape(), all_rows().size())); });
}

rc::Gen<Case> element_cases(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds) {
  return drawn([&loss, dtypes, kinds] {
    return element_case(loss, dtypes, kinds, draw_structure(loss, draw_element_shape(), kinds.names.size()));
  });
}

}  // namespace properties
