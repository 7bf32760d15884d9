// What the numbers of a case look like: rows of logits, pairs of elements, and gradients from above.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "properties/draws.h"
#include "properties/dtypes.h"

namespace properties {

/// Rows of logits. `hot` is the class that stands out, where one does.
enum class Rows : std::uint8_t {
  ordinary,        ///< normal, of scale 3
  confident,       ///< hot leads by an integer gap from 1 to 800, give or take
  common_offset,   ///< small differences on top of up to 2^precision
  near_tie,        ///< all equal but hot, a few ulps beside
  huge,            ///< up to the largest finite number, either sign
  midpoint_gap,    ///< the gap to hot is an exact midpoint, such as 2^24 + 1 in f32
  subnormal_loss,  ///< hot leads so far that the loss, or a gradient, is subnormal in the result's dtype
  uniform,         ///< all equal
  tiny,            ///< subnormals and zeros
  special,         ///< ordinary, with -inf, +inf or NaN at one or two places
  masked,          ///< ordinary, with -inf at many places
  anything,        ///< each logit of any float class
};
std::span<const Rows> all_rows();
std::string_view name(Rows kind);
/// Numbers of the inputs' dtype. Where results are to be subnormal or to overflow, it is in their dtype.
void fill_row(Rows kind, DTypes dtypes, std::size_t hot, std::span<double> row, Draws& draws);

/// Real targets over classes. `hot` is the class with the mass, where one has it.
enum class ClassTargets : std::uint8_t {
  one_hot,
  probabilities,  ///< a softmax, rounded, so that it sums to about 1
  smoothed,       ///< a one-hot, a tenth of whose mass is spread evenly
  sparse,         ///< a few equal ones, others 0
  unnormalised,   ///< up to 4 each, or all 0
  negative,       ///< either sign
  special,        ///< one-hot, with an infinity or NaN at one place
  anything,       ///< each of any float class
};
std::span<const ClassTargets> all_class_targets();
void fill_class_target(ClassTargets kind, oracles::DType dtype, std::size_t hot, std::span<double> row, Draws& draws);

/// A finite weight: mostly ordinary and positive, now and then 0, negative or of any size.
double draw_weight(oracles::DType dtype, Draws& draws);

/// A pair of elements (x, y) of an elementwise loss; each loss has its own kinds.
struct Pair {
  double x;
  double y;
};

/// A logit and a target of a binary loss.
enum class BinaryPairs : std::uint8_t {
  ordinary,
  confident,
  thresholds,
  small,
  soft_targets,
  beyond_targets,
  anything
};
std::span<const BinaryPairs> all_binary_pairs();
/// Those whose logits differ: what functions of a logit alone take.
std::span<const BinaryPairs> all_logits();
std::string_view name(BinaryPairs kind);
Pair draw_pair(BinaryPairs kind, DTypes dtypes, Draws& draws);

/// An input and a target of a regression loss.
enum class RegressionPairs : std::uint8_t { ordinary, neighbours, midpoints, underflow, overflow, opposite, anything };
std::span<const RegressionPairs> all_regression_pairs();
std::string_view name(RegressionPairs kind);
Pair draw_pair(RegressionPairs kind, DTypes dtypes, Draws& draws);

/// A probability and a target.
enum class ProbabilityPairs : std::uint8_t {
  ordinary,        ///< with hard targets
  ends,            ///< 0, 1, and numbers next to them
  clamped,         ///< probabilities around e^-100, or the dtype's smallest
  soft_targets,    ///< now and then the probability itself
  beyond_targets,  ///< any finite target
  anything
};
std::span<const ProbabilityPairs> all_probability_pairs();
std::string_view name(ProbabilityPairs kind);
Pair draw_pair(ProbabilityPairs kind, DTypes dtypes, Draws& draws);

/// A log-probability and a target, or its logarithm.
enum class DivergencePairs : std::uint8_t {
  probabilities,  ///< of targets in (0, 1]
  beside,         ///< a few steps beside the target's logarithm
  no_mass,        ///< targets of 0, 1, and their logarithms
  logarithms,     ///< both
  equal,          ///< logarithms a few steps apart
  thresholds,     ///< logarithms whose exponentials leave the dtype's range
  anything
};
std::span<const DivergencePairs> all_divergence_pairs();
std::string_view name(DivergencePairs kind);
Pair draw_pair(DivergencePairs kind, DTypes dtypes, Draws& draws);

/// What arrives from above.
enum class Upstream : std::uint8_t { ones, ordinary, zero_first, broadcast, zeros, subnormal, special };
std::span<const Upstream> all_upstreams();
std::string_view name(Upstream kind);
void fill_upstream(Upstream kind, oracles::DType dtype, std::span<double> grad_output, Draws& draws);

}  // namespace properties
