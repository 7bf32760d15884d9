// The documents' worked examples for these losses, against the digits printed there.
#include <gtest/gtest.h>

#include <cmath>

#include "oracles/tests/problems.h"

namespace oracles {
namespace {

/// `values` as f32 numbers.
std::vector<double> f32(std::vector<double> values) {
  for (double& v : values) v = static_cast<float>(v);
  return values;
}

double bce_mean(const std::vector<double>& x, const std::vector<double>& y, Shape shape) {
  const auto& loss = binary_cross_entropy_with_logits();
  return truth(loss, problem(loss, {reals(DType::f32, shape, f32(x)), reals(DType::f32, shape, y)}, {}), Output::value);
}

/// Printed with `decimals`, from logits that may themselves have been printed with four: these move the result by at
/// most `from_logits`.
void expect_printed(double got, double printed, double from_logits = 0, int decimals = 4) {
  EXPECT_LE(std::abs(got - printed), 0.5 * std::pow(10, -decimals) + from_logits) << got << ", printed " << printed;
}

constexpr double half_a_digit = 0.5e-4;
/// |d log p_t| <= |d x_t| + max |d x_j|.
constexpr double moves_loss = 2 * half_a_digit;
/// |d p_j| <= 2 p_j (1 - p_j) max |d x_i|.
constexpr double moves_softmax = half_a_digit / 2;

/// A printed row of logits, and what the document prints for it.
struct Printed {
  std::vector<double> x;
  std::vector<double> softmax;
  std::vector<double> log_softmax;
};

/// The tables, read off the losses of every class and their gradients.
void expect_tables(const Printed& row) {
  for (std::size_t t = 0; t < row.x.size(); ++t) {
    const Problem p = classes(DType::f32, f32(row.x), static_cast<std::int64_t>(t));
    expect_printed(-truth(cross_entropy(), p, Output::value), row.log_softmax[t], moves_loss);
    for (std::size_t j = 0; j < row.x.size(); ++j) {
      const double derivative = truth(cross_entropy(), p, Output::grad, static_cast<std::int64_t>(j));
      expect_printed(derivative + (j == t ? 1 : 0), row.softmax[j], moves_softmax);
    }
  }
}

TEST(SeedCases, BceOfSigmoidIsBceWithLogits) {
  EXPECT_EQ(bce_mean({.5, 1, .8, .2, .4, .6}, {0, 1, 0, 0, 0, 1}, {2, 3}), 0.7678468823432922);
}

TEST(SeedCases, BceWithRealLogits) {
  EXPECT_EQ(bce_mean({5, 1, 8, 2, 4, 6}, {0, 1, 0, 0, 0, 1}, {2, 3}), 3.2446444034576416);
}

TEST(SeedCases, MultiLabelBceWithLogits) {
  expect_printed(bce_mean({.15, -.34, .12, .67, .55}, {0, 1, 0, 1, 0}, {1, 5}), 0.7644);
}

TEST(SeedCases, CrossEntropyOfAnIndex) {
  const Problem p =
      problem(cross_entropy(), {reals(DType::f32, {1, 5}, f32({.15, -.34, .12, .67, .55})), indices({1}, {2})}, {});
  expect_printed(truth(cross_entropy(), p, Output::value), 1.7804);
}

TEST(SeedCases, CrossEntropyIsNllOfLogSoftmax) {
  const std::vector<double> x = {2.8883, .1760, 1.0774, 1.1216, -.0562, .0660, -1.3939, -.0967, .5853};
  const Problem p = problem(cross_entropy(), {reals(DType::f32, {3, 3}, f32(x)), indices({3}, {1, 2, 0})}, {});
  expect_printed(truth(cross_entropy(), p, Output::value), 2.3185, moves_loss);
  expect_tables({{2.8883, .1760, 1.0774}, {.8131, .0540, .1329}, {-.2069, -2.9192, -2.0178}});
  expect_tables({{1.1216, -.0562, .0660}, {.6039, .1860, .2102}, {-.5044, -1.6822, -1.5599}});
  expect_tables({{-1.3939, -.0967, .5853}, {.0841, .3076, .6083}, {-2.4762, -1.1790, -.4970}});
}

TEST(SeedCases, CrossEntropyIsNllOfLogSoftmaxInOneRow) {
  const std::vector<double> x = {-.7707, .1843, .2211, .4185, -.3662};
  expect_printed(truth(cross_entropy(), classes(DType::f32, f32(x), 1), Output::value), 1.4500, moves_loss);
  expect_tables({x, {.0903, .2346, .2434, .2965, .1353}, {-2.4050, -1.4500, -1.4131, -1.2157, -2.0005}});
}

TEST(SeedCases, CrossEntropyByHand) {
  expect_printed(truth(cross_entropy(), classes(DType::f32, {3, 1, -3}, 0), Output::value), 0.1291);
  const std::vector<double> softmax = {.88, .12, 0};
  for (std::int64_t j = 0; j < 3; ++j) {
    const double p = truth(cross_entropy(), classes(DType::f32, {3, 1, -3}, 0), Output::grad, j) + (j == 0 ? 1 : 0);
    expect_printed(p, softmax[static_cast<std::size_t>(j)], 0, 2);
  }
}

TEST(SeedCases, ShapesOfCrossEntropyOf64RowsOf23Classes) {
  const std::vector<Tensor> inputs = {reals(DType::f32, {64, 23}, std::vector<double>(64 * 23, 0.5)),
                                      {DType::i32, {64}, {}, std::vector<std::int64_t>(64, 7)}};
  EXPECT_EQ(value_shape(cross_entropy(), inputs, Reduction::mean), Shape());
  EXPECT_EQ(value_shape(cross_entropy(), inputs, Reduction::none), Shape({64}));
  const double log23 = static_cast<float>(std::log(23.0));
  EXPECT_EQ(truth(cross_entropy(), problem(cross_entropy(), inputs, {}), Output::value), log23);
  EXPECT_EQ(truth(cross_entropy(), problem(cross_entropy(), inputs, {Reduction::none}), Output::value, 63), log23);
}

TEST(SeedCases, ShapesOfMseOfImages) {
  const std::vector<Tensor> inputs(2, Tensor{DType::f32, {64, 1, 128, 313}, {}, {}});
  EXPECT_EQ(value_shape(mse_loss(), inputs, Reduction::mean), Shape());
  EXPECT_EQ(value_shape(mse_loss(), inputs, Reduction::none), Shape({64, 1, 128, 313}));
  EXPECT_EQ(value_shape(mse_loss(), inputs, Reduction::per_sample), Shape({64}));
}

}  // namespace
}  // namespace oracles
