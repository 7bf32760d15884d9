#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "properties/distributions.h"
#include "properties/floats.h"

namespace properties {

using oracles::DType;

namespace {

void fill_softmax(DType dtype, std::span<double> row, Draws& draws) {
  double sum = 0;
  for (double& q : row) sum += q = std::exp(2 * draws.normal());
  for (double& q : row) q = to_dtype(dtype, q / sum);
}

void fill_sparse(DType dtype, std::size_t hot, std::span<double> row, Draws& draws) {
  std::ranges::fill(row, 0.0);
  const std::int64_t count = draws.between(2, 4);
  for (std::int64_t i = 0; i < count; ++i)
    row[i == 0 ? hot : draws.below(row.size())] = to_dtype(dtype, 1.0 / static_cast<double>(count));
}

double draw_special(Draws& draws) {
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static constexpr std::array specials{infinity, -infinity, std::numeric_limits<double>::quiet_NaN()};
  return draws.of(std::span<const double>(specials));
}

}  // namespace

std::span<const ClassTargets> all_class_targets() {
  using enum ClassTargets;
  static constexpr std::array kinds{one_hot,      probabilities, smoothed, sparse,
                                    unnormalised, negative,      special,  anything};
  return kinds;
}

void fill_class_target(ClassTargets kind, DType dtype, std::size_t hot, std::span<double> row, Draws& draws) {
  const bool is_empty = draws.one_in(4);
  switch (kind) {
    case ClassTargets::probabilities:
      return fill_softmax(dtype, row, draws);
    case ClassTargets::sparse:
      return fill_sparse(dtype, hot, row, draws);
    case ClassTargets::unnormalised:
      for (double& q : row) q = is_empty ? 0.0 : to_dtype(dtype, 4 * draws.unit());
      return;
    case ClassTargets::negative:
      for (double& q : row) q = to_dtype(dtype, draws.normal());
      return;
    case ClassTargets::anything:
      for (double& q : row) q = draw_float(dtype, is_empty, draws);
      return;
    case ClassTargets::smoothed: {
      const double share = 0.1 / static_cast<double>(row.size());
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = to_dtype(dtype, share + (j == hot ? 0.9 : 0.0));
      return;
    }
    case ClassTargets::one_hot:
    case ClassTargets::special:
      break;
  }
  std::ranges::fill(row, 0.0);
  row[hot] = 1;
  if (kind == ClassTargets::special) row[draws.below(row.size())] = draw_special(draws);
}

double draw_weight(DType dtype, Draws& draws) {
  switch (draws.below(8)) {
    case 0:
      return 0;
    case 1:
      return to_dtype(dtype, -std::fabs(draws.normal()));
    case 2:
      return draw_float(dtype, true, draws);
    case 3:
      return 1;
    default:
      return to_dtype(dtype, 2 * draws.unit());
  }
}

}  // namespace properties
