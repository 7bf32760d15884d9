#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "properties/distributions.h"
#include "properties/floats.h"

namespace properties {

using oracles::DType;

namespace {

double probability(DType dtype, Draws& draws) {
  return to_dtype(dtype, draws.one_in(2) ? draws.unit() : std::exp(-std::fabs(6 * draws.normal())));
}

double hard_target(Draws& draws) { return draws.one_in(2) ? 1.0 : 0.0; }

/// 0 or 1, or a few steps inside.
double end(DType dtype, Draws& draws) {
  const int steps = static_cast<int>(draws.between(0, 3));
  if (steps == 0 && draws.one_in(3)) return -0.0;
  return draws.one_in(2) ? step(dtype, 0.0, steps) : step(dtype, 1.0, -steps);
}

/// Around e^-100, which is 0 in f16, or at the dtype's smallest numbers.
double around_the_clamp(DType dtype, Draws& draws) {
  if (draws.one_in(3)) return draw_float(dtype, FloatClass::subnormal, draws);
  return step(dtype, to_dtype(dtype, std::exp(-100.0)), static_cast<int>(draws.between(-2, 2)));
}

double logarithm(DType dtype, Draws& draws) { return to_dtype(dtype, -std::fabs(4 * draws.normal())); }

double no_mass(Draws& draws) {
  static constexpr std::array targets{0.0, -0.0, 1.0, -std::numeric_limits<double>::infinity()};
  return draws.of(std::span<const double>(targets));
}

Pair few_steps_apart(DType dtype, double x, Draws& draws) {
  return {step(dtype, x, static_cast<int>(draws.between(-3, 3))), x};
}

}  // namespace

std::span<const ProbabilityPairs> all_probability_pairs() {
  using enum ProbabilityPairs;
  static constexpr std::array kinds{ordinary, ends, clamped, soft_targets, beyond_targets, anything};
  return kinds;
}

std::string_view name(ProbabilityPairs kind) {
  static constexpr std::array<std::string_view, 6> names{"ordinary",     "ends",           "clamped",
                                                         "soft_targets", "beyond_targets", "anything"};
  return names[static_cast<std::size_t>(kind)];
}

Pair draw_pair(ProbabilityPairs kind, DTypes dtypes, Draws& draws) {
  const DType dtype = dtypes.input;
  const double p = probability(dtype, draws);
  switch (kind) {
    case ProbabilityPairs::ordinary:
      return {p, hard_target(draws)};
    case ProbabilityPairs::ends:
      return {end(dtype, draws), draws.one_in(2) ? hard_target(draws) : end(dtype, draws)};
    case ProbabilityPairs::clamped:
      return {around_the_clamp(dtype, draws), draws.one_in(2) ? hard_target(draws) : probability(dtype, draws)};
    case ProbabilityPairs::soft_targets:
      return {p, draws.one_in(3) ? p : probability(dtype, draws)};
    case ProbabilityPairs::beyond_targets:
      return {p, draw_float(dtype, true, draws)};
    case ProbabilityPairs::anything:
      break;
  }
  return {std::fabs(draw_float(dtype, false, draws)), draw_float(dtype, false, draws)};
}

std::span<const DivergencePairs> all_divergence_pairs() {
  using enum DivergencePairs;
  static constexpr std::array kinds{probabilities, beside, no_mass, logarithms, equal, thresholds, anything};
  return kinds;
}

std::string_view name(DivergencePairs kind) {
  static constexpr std::array<std::string_view, 7> names{"probabilities", "beside",     "no_mass", "logarithms",
                                                         "equal",         "thresholds", "anything"};
  return names[static_cast<std::size_t>(kind)];
}

Pair draw_pair(DivergencePairs kind, DTypes dtypes, Draws& draws) {
  const DType dtype = dtypes.input;
  const double y = probability(dtype, draws);
  switch (kind) {
    case DivergencePairs::probabilities:
      return {logarithm(dtype, draws), y};
    case DivergencePairs::beside:
      return {few_steps_apart(dtype, to_dtype(dtype, std::log(y)), draws).x, y};
    case DivergencePairs::no_mass:
      return {draws.one_in(2) ? logarithm(dtype, draws) : draw_float(dtype, false, draws), no_mass(draws)};
    case DivergencePairs::logarithms:
      return {logarithm(dtype, draws), logarithm(dtype, draws)};
    case DivergencePairs::equal:
      return few_steps_apart(dtype, logarithm(dtype, draws), draws);
    case DivergencePairs::thresholds: {
      const FloatClass where = draws.one_in(3) ? FloatClass::exp_overflow : FloatClass::exp_underflow;
      return {draw_float(dtype, FloatClass::ordinary, draws), to_dtype(dtype, draw_float(dtypes.result, where, draws))};
    }
    case DivergencePairs::anything:
      break;
  }
  return {draw_float(dtype, false, draws), draw_float(dtype, false, draws)};
}

}  // namespace properties
