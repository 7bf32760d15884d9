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

/// Cross entropy of a matrix of this scalar and its gradient, to be equal to those of the same numbers in ours.
template <class Scalar, class Ours>
void expect_read_and_written_in_place(DType dtype) {
  static_assert(sizeof(Scalar) == 2 && dtype_of<Scalar> == dtype_of<Ours> && dtype_of<const Scalar> == dtype_of<Ours>);
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Matrix x = (Eigen::MatrixXf::Random(4, 3) * 5).cast<Scalar>();
  const Eigen::Matrix<std::int64_t, 4, 1> target(0, 2, 1, 1);
  std::vector<Ours> ours;
  for (int i = 0; i < 12; ++i) ours.push_back(Ours(static_cast<float>(x(i / 3, i % 3))));
  EXPECT_EQ(view(x).dtype(), dtype);
  EXPECT_EQ(TensorView(x.data(), {12}).dtype(), dtype);
  const TensorView logits(ours.data(), {4, 3});
  EXPECT_EQ(cross_entropy({view(x), view(target)}).item(), cross_entropy({logits, view(target)}).item());
  Matrix grad(4, 3);
  std::vector<Ours> ours_grad(12);
  const Scalar one(1.0f);
  cross_entropy.backward({view(x), view(target)}, sum, TensorView(&one, {}), view(grad));
  const Eigen::Map<const Matrix> map(x.data(), 4, 3);
  cross_entropy.backward({view(map), view(target)}, sum, TensorView(&one, {}),
                         MutableTensorView(ours_grad.data(), {4, 3}));
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(static_cast<float>(grad(i / 3, i % 3)), static_cast<float>(ours_grad[static_cast<std::size_t>(i)]));
    EXPECT_NE(static_cast<float>(grad(i / 3, i % 3)), 0);
  }
}

TEST(Views, EigensNumbersOf16BitsAreOurs) {
  expect_read_and_written_in_place<Eigen::half, Half>(DType::f16);
  expect_read_and_written_in_place<Eigen::bfloat16, BFloat16>(DType::bf16);
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
  const float root[2] = {4097, 0x1p-60f};  // 4097^2 + 2^-120 lies beside a midpoint
  const float zero[2] = {0, 0};
  mse_loss.value({TensorView(root, {2}), TensorView(zero, {2})}, sum, MutableTensorView(value.data(), {}));
  EXPECT_EQ(value[0], 16785410);
  EXPECT_EQ(refinements().wide, 1u);
  EXPECT_EQ(refinements().undecided, 0u);
}

// A result that is exact, or exact but for a remainder next to nothing, costs no more than others, tie or not.
TEST(Refinement, IsNotNeededForTies) {
  std::vector<Half> x;
  for (std::uint16_t bits = 0; bits < 0x7c00; ++bits) x.push_back(Half::from_bits(bits));
  const auto n = static_cast<std::int64_t>(x.size());
  const TensorView inputs(x.data(), {n});
  std::vector<Half> out(x.size());
  for (const Loss* loss : {&mse_loss, &binary_cross_entropy_with_logits}) {
    for (const double y : {0.25, 0.3, 1.0}) {  // 3/4 x and 1 - 0.3 have more than 11 bits, as half of x - 1 do
      const std::vector<Half> target(x.size(), Half(y));
      const std::vector<Half> one(x.size(), Half(1));
      reset_refinements();
      loss->value({inputs, TensorView(target.data(), {n})}, none, MutableTensorView(out.data(), {n}));
      loss->backward({inputs, TensorView(target.data(), {n})}, none, TensorView(one.data(), {n}),
                     MutableTensorView(out.data(), {n}));
      EXPECT_EQ(refinements().wide, 0u) << loss->name() << " at " << y;
    }
  }
}

}  // namespace
}  // namespace lossproof
