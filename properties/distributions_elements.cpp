#include <algorithm>
#include <array>
#include <cmath>

#include "properties/distributions.h"
#include "properties/floats.h"

namespace properties {

using oracles::DType;

namespace {

double hard_target(Draws& draws) { return draws.one_in(2) ? 1.0 : 0.0; }

double soft_target(DType dtype, Draws& draws) {
  switch (draws.below(4)) {
    case 0:
      return 0.5;
    case 1:
      return step(dtype, 1.0, -static_cast<int>(draws.between(1, 3)));
    case 2:
      return draws.one_in(2) ? format(dtype).min_subnormal : format(dtype).min_normal;
    default:
      return to_dtype(dtype, draws.unit());
  }
}

/// A logit around a threshold of the results.
double threshold(DTypes dtypes, Draws& draws) {
  const FloatClass where = draws.one_in(3) ? FloatClass::exp_overflow : FloatClass::exp_underflow;
  return to_dtype(dtypes.input, draw_float(dtypes.result, where, draws));
}

// x - y is the midpoint 2^e + 2^(e - p), or its half square: (1 + 2^-k)^2 ends in a bit that no rounding may drop
// twice.
Pair midpoints(DTypes dtypes, Draws& draws) {
  const int precision = format(dtypes.result).precision;
  const int exponent = static_cast<int>(draws.between(-10, 10));
  const double one = std::ldexp(1.0, exponent);
  if (draws.one_in(2)) return {one, to_dtype(dtypes.input, -std::ldexp(1.0, exponent - precision))};
  return {step(narrower(dtypes), one, 1 + 2 * static_cast<int>(draws.between(0, 40))), draws.one_in(2) ? 0.0 : one};
}

// Differences around 2^(e/2), where the square is around 2^e; or as near to it as the dtype has numbers.
Pair around_square_root(DType dtype, int exponent, Draws& draws) {
  const Format& f = format(dtype);
  const int root = exponent / 2 + static_cast<int>(draws.between(-2, 1));
  const double size = std::ldexp(1.0 + draws.unit(), std::clamp(root, f.emin - f.precision + 1, f.emax - 1));
  const double x = to_dtype(dtype, draws.sign() * size);
  return {x, draws.one_in(2) ? 0.0 : -x};
}

}  // namespace

std::span<const BinaryPairs> all_binary_pairs() {
  using enum BinaryPairs;
  static constexpr std::array kinds{ordinary, confident, thresholds, small, soft_targets, beyond_targets, anything};
  return kinds;
}

std::span<const BinaryPairs> all_logits() {
  using enum BinaryPairs;
  static constexpr std::array kinds{ordinary, confident, thresholds, small, anything};
  return kinds;
}

std::string_view name(BinaryPairs kind) {
  static constexpr std::array<std::string_view, 7> names{"ordinary",     "confident",      "thresholds", "small",
                                                         "soft_targets", "beyond_targets", "anything"};
  return names[static_cast<std::size_t>(kind)];
}

Pair draw_pair(BinaryPairs kind, DTypes dtypes, Draws& draws) {
  const DType dtype = dtypes.input;
  const auto ordinary = [&] { return draw_float(dtype, FloatClass::ordinary, draws); };
  switch (kind) {
    case BinaryPairs::ordinary:
      return {ordinary(), hard_target(draws)};
    case BinaryPairs::confident:
      return {to_dtype(dtype, draws.sign() * static_cast<double>(draws.between(1, 800))), hard_target(draws)};
    case BinaryPairs::thresholds:
      return {threshold(dtypes, draws), hard_target(draws)};
    case BinaryPairs::small:
      return {draw_float(dtype, draws.one_in(2) ? FloatClass::subnormal : FloatClass::plus_zero, draws),
              draws.one_in(2) ? 0.5 : hard_target(draws)};
    case BinaryPairs::soft_targets:
      return {draws.one_in(3) ? threshold(dtypes, draws) : ordinary(), soft_target(dtype, draws)};
    case BinaryPairs::beyond_targets:
      return {ordinary(), draw_float(dtype, true, draws)};
    case BinaryPairs::anything:
      break;
  }
  const double x = draw_float(dtype, false, draws);
  return {x, draws.one_in(2) ? hard_target(draws) : draw_float(dtype, false, draws)};
}

std::span<const RegressionPairs> all_regression_pairs() {
  using enum RegressionPairs;
  static constexpr std::array kinds{ordinary, neighbours, midpoints, underflow, overflow, opposite, anything};
  return kinds;
}

std::string_view name(RegressionPairs kind) {
  static constexpr std::array<std::string_view, 7> names{"ordinary", "neighbours", "midpoints", "underflow",
                                                         "overflow", "opposite",   "anything"};
  return names[static_cast<std::size_t>(kind)];
}

Pair draw_pair(RegressionPairs kind, DTypes dtypes, Draws& draws) {
  const DType dtype = dtypes.input;
  const Format& f = format(dtypes.result);
  const double x = draw_float(dtype, FloatClass::ordinary, draws);
  switch (kind) {
    case RegressionPairs::ordinary:
      return {x, draw_float(dtype, FloatClass::ordinary, draws)};
    case RegressionPairs::neighbours:
      return {x, step(dtype, x, static_cast<int>(draws.between(-3, 3)))};
    case RegressionPairs::midpoints:
      return midpoints(dtypes, draws);
    case RegressionPairs::underflow:
      return around_square_root(dtype, f.emin - f.precision + 1, draws);
    case RegressionPairs::overflow:
      return around_square_root(dtype, f.emax + 1, draws);
    case RegressionPairs::opposite:
      return {x, -x};
    case RegressionPairs::anything:
      break;
  }
  return {draw_float(dtype, false, draws), draw_float(dtype, false, draws)};
}

std::span<const Upstream> all_upstreams() {
  using enum Upstream;
  static constexpr std::array kinds{ones, ordinary, zero_first, broadcast, zeros, subnormal, special};
  return kinds;
}

std::string_view name(Upstream kind) {
  static constexpr std::array<std::string_view, 7> names{"ones",  "ordinary",  "zero_first", "broadcast",
                                                         "zeros", "subnormal", "special"};
  return names[static_cast<std::size_t>(kind)];
}

void fill_upstream(Upstream kind, DType dtype, std::span<double> grad_output, Draws& draws) {
  const auto ordinary = [&] { return draw_float(dtype, FloatClass::ordinary, draws); };
  if (kind == Upstream::ones) return std::fill(grad_output.begin(), grad_output.end(), 1.0);
  if (kind == Upstream::broadcast) return std::fill(grad_output.begin(), grad_output.end(), ordinary());
  for (double& g : grad_output) {
    switch (kind) {
      case Upstream::zeros:
        g = draws.one_in(2) ? 0.0 : -0.0;
        break;
      case Upstream::subnormal:
        g = draw_float(dtype, FloatClass::subnormal, draws);
        break;
      case Upstream::special:
        g = draw_float(dtype, false, draws);
        break;
      default:
        g = ordinary();
    }
  }
  if (kind == Upstream::zero_first && !grad_output.empty()) grad_output.front() = 0.0;
}

}  // namespace properties
