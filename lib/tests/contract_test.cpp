// The contract at the edges and beyond the fast path, with the expected numbers written out. (That results are right on
// everything else is for the suite to prove.)
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lossproof/losses.h"

namespace lossproof {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Options none{.reduction = Reduction::none};
constexpr Options sum{.reduction = Reduction::sum};

/// Equal as results: the same bits, or both NaN.
template <class T>
::testing::AssertionResult same(const std::vector<T>& got, const std::vector<T>& expected) {
  if (got.size() != expected.size()) return ::testing::AssertionFailure() << got.size() << " elements";
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool equal = got[i] == expected[i] && std::signbit(got[i]) == std::signbit(expected[i]);
    if (!equal && !(std::isnan(got[i]) && std::isnan(expected[i]))) {
      return ::testing::AssertionFailure()
             << std::hexfloat << "element " << i << " is " << got[i] << ", not " << expected[i];
    }
  }
  return ::testing::AssertionSuccess();
}

/// Value and gradient of one row [C]; the gradient times g.
template <class T>
void expect_row(const std::vector<T>& x, std::int64_t target, T value, const std::vector<T>& grad, T g = 1) {
  const Extents shape{static_cast<std::int64_t>(x.size())};
  T got = -1;
  std::vector<T> got_grad(x.size(), T{-1});
  cross_entropy.value_and_gradient({TensorView(x.data(), shape), TensorView(&target, {})}, sum, TensorView(&g, {}),
                                   MutableTensorView(&got, {}), MutableTensorView(got_grad.data(), shape));
  EXPECT_TRUE(same<T>({got}, {value}));
  EXPECT_TRUE(same(got_grad, grad));
}

void expect_element(const Loss& loss, double x, double y, double value, double grad, double g = 1) {
  double got = -1;
  double got_grad = -1;
  loss.value_and_gradient({TensorView(&x, {}), TensorView(&y, {})}, none, TensorView(&g, {}),
                          MutableTensorView(&got, {}), MutableTensorView(&got_grad, {}));
  EXPECT_TRUE(same<double>({got}, {value})) << "value at " << x << ", " << y;
  EXPECT_TRUE(same<double>({got_grad}, {grad})) << "gradient at " << x << ", " << y;
}

TEST(CrossEntropyContract, InfiniteLogits) {
  expect_row<double>({-inf, 0, 0}, 1, std::log(2.0), {0, -0.5, 0.5});
  expect_row<double>({-inf, 0, 0}, 0, inf, {-1, 0.5, 0.5});
  expect_row<double>({inf, 0, 0}, 0, 0, {0, 0, 0});
  expect_row<double>({inf, 0, -inf}, 1, inf, {1, -1, 0});
  expect_row<double>({inf, 0, inf}, 1, nan, {nan, nan, nan});
  expect_row<double>({-inf, -inf}, 0, nan, {nan, nan});
  expect_row<double>({-inf}, 0, nan, {nan});
  expect_row<double>({inf}, 0, 0, {0});
  expect_row<double>({5}, 0, 0, {0});
  expect_row<double>({5, -inf}, 0, 0, {0, 0});
  for (const std::size_t at : {0u, 1u, 2u}) {
    std::vector<double> x{1, 2, 3};
    x[at] = nan;
    expect_row<double>(x, 1, nan, {nan, nan, nan});
  }
  expect_row<double>({inf, nan}, 0, nan, {nan, nan});
}

TEST(CrossEntropyContract, InfiniteAndZeroGradOutputs) {
  expect_row<double>({0, 0, -inf}, 0, std::log(2.0), {-inf, inf, 0}, inf);
  expect_row<double>({inf, 0, -inf}, 0, 0, {nan, nan, 0}, inf);
  expect_row<double>({inf, inf, 0}, 0, nan, {0, 0, 0}, -0.0);
  expect_row<double>({-inf, -inf}, 0, nan, {0, 0}, 0.0);
  expect_row<double>({0, nan}, 0, nan, {nan, nan}, 0.0);
  expect_row<double>({0, 0}, 0, std::log(2.0), {nan, nan}, nan);
  expect_row<double>({7}, 0, 0, {0}, inf);
}

TEST(CrossEntropyContract, ConfidentHugeAndSubnormal) {
  expect_row<float>({0, -40}, 0, 0x1.397924p-58f, {-0x1.397924p-58f, 0x1.397924p-58f});
  expect_row<float>({0, 0x1p127f}, 0, 0x1p127f, {-1, 1});
  expect_row<float>({-0x1.8p127f, 0x1.8p127f}, 0, static_cast<float>(inf), {-1, 1});
  expect_row<float>({0, -1000}, 0, 0, {-0.0f, 0});
  expect_row<double>({1e308, -1e308}, 1, inf, {1, -1});
  // Above a midpoint by e^-16777217, and a hair below one: no tie.
  expect_row<float>({1, 16777218}, 0, 16777218, {-1, 1});
  expect_row<double>({0, 0x1.8p-51}, 0, 0x1.62e42fefa39f2p-1, {-0x1.0000000000001p-1, 0x1.0000000000001p-1});
}

// Of 14 equal maxima the target's derivative is -(13 + s) / (14 + s), with s below 10^-(10^307): times 7 (2^50 + 1) it
// lies beyond a midpoint, whose even neighbour is the nearer to 0, by less than any precision reaches.
TEST(CrossEntropyContract, EqualMaximaFarAboveTheRest) {
  std::vector<double> x(15, 1e308);
  x[14] = -1e308;
  const std::int64_t target = 3;
  const double g = 7 * (0x1p50 + 1);
  std::vector<double> grad(15);
  cross_entropy.backward({TensorView(x.data(), {15}), TensorView(&target, {})}, sum, TensorView(&g, {}),
                         MutableTensorView(grad.data(), {15}));
  EXPECT_EQ(grad[3], -(13 * 0x1p49 + 7));
  EXPECT_EQ(grad[0], (0x1p50 + 1) / 2);
}

constexpr double unit = 0x1p-1074;

// A mean over two rows of odd multiples of the smallest subnormal: -1 at an absent target is a tie, 1 - p_t is not.
TEST(CrossEntropyContract, SubnormalTiesAndWhatOnlyLooksLikeThem) {
  const auto target_gradient = [](const std::vector<double>& row, double g) {
    std::vector<double> x = row;
    x.insert(x.end(), row.begin(), row.end());
    const std::vector<std::int64_t> t{0, 0};
    const Extents shape{2, static_cast<std::int64_t>(row.size())};
    std::vector<double> grad(x.size());
    cross_entropy.backward({TensorView(x.data(), shape), TensorView(t.data(), {2})}, {}, TensorView(&g, {}),
                           MutableTensorView(grad.data(), shape));
    return grad[0] / unit;
  };
  reset_refinements();
  EXPECT_EQ(target_gradient({-inf, 0, -1000}, 5 * unit), -2);
  EXPECT_EQ(target_gradient({-inf, 0, -1}, 13 * unit), -6);
  EXPECT_EQ(target_gradient({-2000, 0, -1}, 59 * unit), -29);
  EXPECT_EQ(target_gradient({-2000, 0, -1}, 3 * unit), -1);
  EXPECT_EQ(target_gradient({-2000, 0}, 7 * unit), -3);
  EXPECT_EQ(refinements().undecided, 0u);
}

TEST(CrossEntropyContract, IgnoredRowsAreNotLookedAt) {
  const std::vector<float> x{static_cast<float>(nan), static_cast<float>(inf), 0, 0};
  const std::vector<std::int64_t> t{-100, 1};
  const std::vector<TensorView> inputs{TensorView(x.data(), {2, 2}), TensorView(t.data(), {2})};
  const float ln2 = 0x1.62e43p-1f;
  std::vector<float> grad(4, -1);
  const float one = 1;
  float value = -1;
  cross_entropy.value_and_gradient(inputs, {}, TensorView(&one, {}), MutableTensorView(&value, {}),
                                   MutableTensorView(grad.data(), {2, 2}));
  EXPECT_EQ(value, ln2);
  EXPECT_TRUE(same<float>(grad, {0, 0, 0.5f, -0.5f}));
  std::vector<float> each(2, -1);
  cross_entropy.value(inputs, none, MutableTensorView(each.data(), {2}));
  EXPECT_TRUE(same<float>(each, {0, ln2}));
}

TEST(Reductions, OverNothing) {
  const double nothing = 0;
  const std::int64_t no_target = 0;
  const std::vector<TensorView> empty{TensorView(&nothing, {0, 3}), TensorView(&no_target, {0})};
  const auto value = [&](Reduction r) {
    double got = -1;
    cross_entropy.value(empty, {.reduction = r}, MutableTensorView(&got, {}));
    return got;
  };
  EXPECT_TRUE(std::isnan(value(Reduction::mean)));
  EXPECT_TRUE(same<double>({value(Reduction::sum)}, {0}));
  const std::vector<std::int64_t> ignored{-100, -100};
  const std::vector<double> x(6, nan);
  double mean = -1;
  cross_entropy.value({TensorView(x.data(), {2, 3}), TensorView(ignored.data(), {2})}, {},
                      MutableTensorView(&mean, {}));
  EXPECT_TRUE(std::isnan(mean));
  std::vector<double> per_sample(2, -1);
  mse_loss.value({TensorView(x.data(), {2, 0}), TensorView(x.data(), {2, 0})}, {.reduction = Reduction::per_sample},
                 MutableTensorView(per_sample.data(), {2}));
  EXPECT_TRUE(same<double>(per_sample, {nan, nan}));
}

TEST(BinaryCrossEntropyContract, InfiniteLogitsAndTargets) {
  const Loss& bce = binary_cross_entropy_with_logits;
  expect_element(bce, inf, 1, 0, 0);
  expect_element(bce, inf, 0, inf, 1);
  expect_element(bce, inf, 0.25, inf, 0.75);
  expect_element(bce, inf, 2, -inf, -1);
  expect_element(bce, -inf, 0, 0, 0);
  expect_element(bce, -inf, 1, inf, -1);
  expect_element(bce, -inf, 0.25, inf, -0.25);
  expect_element(bce, -inf, -1, -inf, 1);
  expect_element(bce, 2, inf, -inf, -inf);
  expect_element(bce, -2, inf, inf, -inf);
  expect_element(bce, 0, -inf, std::log(2.0), inf);
  expect_element(bce, nan, 0.5, nan, nan);
  expect_element(bce, 0.5, nan, nan, nan);
  expect_element(bce, inf, 1, 0, nan, inf);
  expect_element(bce, 0, 0.5, std::log(2.0), 0, inf);
  expect_element(bce, -1000, 0, 0, 0);
  expect_element(bce, 1000, 1, 0, -0.0);
  expect_element(bce, 0x1.8p-51, 0, 0x1.62e42fefa39f2p-1, 0x1.0000000000001p-1);
}

// Terms of 2^2000 that cancel, and a tie of 2^1000 that terms of 2^-1748 decide.
// The derivative is -target and a hair more; times a grad_output of two bits, -target alone is a tie.
TEST(BinaryCrossEntropyContract, AProductBesideATieIsNone) {
  const double x = -1, target = -0x1.55194a894db23p+380, g = 0x0.006p-1022;
  double grad = 0;
  binary_cross_entropy_with_logits.backward({TensorView(&x, {}), TensorView(&target, {})}, sum, TensorView(&g, {}),
                                            MutableTensorView(&grad, {}));
  EXPECT_EQ(grad, 0x1.ffa5efcdf48b5p-652);
}

TEST(Reductions, AreOfTheExactTerms) {
  const std::vector<double> x{-0x1p1000, -0x1p1000, 700};
  const std::vector<double> y{0x1p1000, -0x1p1000, 1};
  EXPECT_EQ(binary_cross_entropy_with_logits({TensorView(x.data(), {3}), TensorView(y.data(), {3})}, sum).item(),
            0x1.14f2b0fb9307fp-1010);
  const std::vector<double> a{0x1p500, 0x1p-287, 0x1p-287, 0x1p-680, 0x1p474, 0x1p473, 0x1p473};
  const std::vector<double> b{unit, unit, 0, unit, 0, 0, 0};
  EXPECT_EQ(mse_loss({TensorView(a.data(), {7}), TensorView(b.data(), {7})}, sum).item(), 0x1.0000000000001p+1000);
}

TEST(SquaredErrorContract, InfinitiesTiesAndSubnormals) {
  expect_element(mse_loss, inf, 1, inf, inf);
  expect_element(mse_loss, 1, inf, inf, -inf);
  expect_element(mse_loss, inf, -inf, inf, inf);
  expect_element(mse_loss, inf, inf, nan, nan);
  expect_element(mse_loss, inf, inf, nan, 0, 0.0);
  expect_element(mse_loss, 3, 3, 0, 0, inf);
  expect_element(mse_loss, 0x1p-540, 0, 0, 0x1p-539);
  expect_element(mse_loss, 0x1p-537, 0, 0x1p-1074, 0x1p-536);
  expect_element(mse_loss, 1.5 * 0x1p-537, 0, 0x1p-1073, 1.5 * 0x1p-536);  // 2.25 units
  // 94906267^2 is odd and above 2^53: a tie, to even; and a hair to either side of it, no tie.
  expect_element(mse_loss, 94906267, 0, 9007199515875288, 189812534);
  expect_element(mse_loss, 94906267, -0x1p-300, 9007199515875290, 189812534);
  expect_element(mse_loss, 94906267, 0x1p-300, 9007199515875288, 189812534);
  expect_element(mse_loss, 1e200, -1e200, inf, 4e200);
  expect_element(mse_loss, 1.7e308, -1.7e308, inf, inf);
}

}  // namespace
}  // namespace lossproof
