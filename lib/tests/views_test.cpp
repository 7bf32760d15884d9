// Views of Eigen's matrices, and the counters of refinements.
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <numeric>
#include <vector>

#include "lossproof/eigen.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

constexpr Options none{.reduction = Reduction::none};
constexpr Options sum{.reduction = Reduction::sum};

TEST(Views, EigenMatricesAreReadInPlace) {
  Eigen::MatrixXf columns(2, 3);
  columns << 1, 2, 3, 4, 5, 9;
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = columns;
  const Eigen::Matrix<std::int32_t, 2, 1> target(2, 0);
  EXPECT_EQ(cross_entropy({view(columns), view(target)}).item(), cross_entropy({view(rows), view(target)}).item());
  const auto block = columns.block(0, 1, 2, 2);
  EXPECT_EQ(view(block).shape(), Extents({2, 2}));
  EXPECT_EQ(mse_loss({view(block), view(block)}).item(), 0);
  const Eigen::Map<const Eigen::MatrixXf> constant_map(columns.data(), 2, 3);
  Eigen::Map<const Eigen::MatrixXf> map(columns.data(), 2, 3);
  EXPECT_EQ(mse_loss({view(map), view(constant_map)}).item(), 0);
  Eigen::MatrixXf grad(2, 3);
  const float one = 1;
  cross_entropy.backward({view(columns), view(target)}, sum, TensorView(&one, {}), view(grad));
  EXPECT_NEAR(grad.row(0).sum(), 0, 1e-6);
  EXPECT_LT(grad(0, 2), 0);
}

TEST(Refinement, IsCountedAndRare) {
  std::vector<float> x(30'000);
  std::iota(x.begin(), x.end(), 0.0f);
  for (float& v : x) v = std::sin(v) * 10;
  const std::vector<std::int32_t> t(10'000, 1);
  std::vector<float> value(10'000);
  reset_refinements();
  cross_entropy.value({TensorView(x.data(), {10'000, 3}), TensorView(t.data(), {10'000})}, none,
                      MutableTensorView(value.data(), {10'000}));
  EXPECT_EQ(refinements().results, 10'000u);
  EXPECT_LE(refinements().double_double, 10u);
  const float tie[2] = {4097, 0};  // 4097^2 needs 25 bits
  const float zero[2] = {0, 0};
  mse_loss.value({TensorView(tie, {2}), TensorView(zero, {2})}, none, MutableTensorView(value.data(), {2}));
  EXPECT_EQ(refinements().wide, 1u);
  EXPECT_EQ(refinements().undecided, 0u);
}

}  // namespace
}  // namespace lossproof
