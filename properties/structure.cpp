#include "properties/structure.h"

#include <algorithm>
#include <cmath>

namespace properties {

using oracles::DType;
using oracles::Reduction;
using oracles::Shape;

namespace {

std::int64_t pick(std::initializer_list<std::int64_t> choices) {
  return *rc::gen::elementOf(std::vector<std::int64_t>(choices));
}

// Elements of a case: mostly tens to hundreds, now and then thousands.
std::int64_t draw_budget() { return pick({8, 32, 32, 128, 128, 300, 300, 300, 3000}); }

}  // namespace

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

namespace {

template <class T>
T draw_of(std::span<const T> choices) {
  return *rc::gen::elementOf(std::vector<T>(choices.begin(), choices.end()));
}

double one_of(std::vector<double> choices) { return *rc::gen::elementOf(std::move(choices)); }

/// Ordinary ones, and edges, by some of which a product or a quotient leaves the range of f32 or of f64.
oracles::Parameters draw_parameters(const oracles::Takes& takes) {
  oracles::Parameters p;
  if (pick({0, 1}) == 0) return p;  // as most calls are, and the kernels in vectors
  if (takes.beta) p.beta = one_of({1, 1, 0.5, 2, 20, 0.1, -1, -3.7, 0x1p-40, 0x1.8p90, -1e300, 5e-324});
  if (takes.label_smoothing) p.label_smoothing = one_of({0, 0, 0.1, 0.1, 0.5, 1, 0x1p-60, 5e-324, 1 - 0x1p-53});
  if (takes.log_target) p.log_target = pick({0, 1}) == 1;
  if (takes.temperature) p.temperature = one_of({1, 1, 2, 2, 0.5, 20, 0.1, 3.7, 0x1p-40, 0x1.8p90, 1e300, 5e-324});
  if (takes.focus) p.alpha = one_of({0.25, 0.25, 0.5, 0, 1, -1, 0.9, 0x1p-60});
  if (takes.focus) p.gamma = one_of({2, 2, 0, 1, 0.5, 1.5, 5, 0x1p-40, 100});
  return p;
}

}  // namespace

Structure draw_structure(const oracles::Definition& loss, Shape shape, std::size_t kinds) {
  using enum Reduction;
  Structure s;
  s.shape = std::move(shape);
  s.index_dtype = *rc::gen::element(DType::i32, DType::i64);
  s.grad_as_input = pick({0, 1}) == 1;
  s.reduction = *rc::gen::element(none, none, per_sample, mean, mean, sum);
  if (!loss.takes.reduction) s.reduction = none;
  s.parameters = draw_parameters(loss.takes);
  if (loss.takes.weight) s.weighted = pick({0, 1}) == 1;
  if (loss.takes.pos_weight) s.pos_weighted = pick({0, 1}) == 1;
  const bool has_choice = loss.arguments.back().kind == oracles::Argument::Kind::class_target;
  s.real_target = loss.arguments.back().kind == oracles::Argument::Kind::real || (has_choice && pick({0, 1}) == 1);
  s.ignores = pick({0, 0, 1}) == 1;
  s.ignored_in_range = pick({0, 1}) == 1;
  s.distribution = *rc::gen::inRange<std::size_t>(0, kinds + 1);
  s.upstream = draw_of(all_upstreams());
  s.layout = *rc::gen::element(Layout::row_major, Layout::transposed, Layout::gaps, Layout::reversed);
  s.seed = *rc::gen::arbitrary<std::uint64_t>();
  if (s.reduction == sum && s.seed % 2 == 0) s.reduction = batchmean;
  return s;
}

}  // namespace properties
