// The worked examples from the documents that the project starts from, as far as they concern the losses there are:
// PyTorch printed these numbers, to the digits given here.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "lossproof/losses.h"

namespace lossproof {
namespace {

constexpr Options none{.reduction = Reduction::none};

/// A printed number says that the truth is within half a unit of its last digit; where the logits are printed too, each
/// is as uncertain, which reaches the number through `condition`, the sum of the magnitudes of its derivatives.
void expect_printed(double got, double printed, int decimals, double condition = 0) {
  EXPECT_NEAR(got, printed, 0.5000001 * std::pow(10.0, -decimals) * (1 + condition));
}

/// Of a cross entropy: |p_t - 1| + the other p.
constexpr double loss_condition = 2;
/// Of a softmax: p (1 - p) + p * the other p <= 1/2.
constexpr double softmax_condition = 0.5;

template <class T>
double item(const Loss& loss, const std::vector<T>& x, const std::vector<T>& y, const Extents& shape) {
  return loss({TensorView(x.data(), shape), TensorView(y.data(), shape)}).item();
}

template <class Index>
double cross_entropy_of(const std::vector<float>& x, const std::vector<Index>& target) {
  const auto n = static_cast<std::int64_t>(target.size());
  const auto c = static_cast<std::int64_t>(x.size()) / n;
  return cross_entropy({TensorView(x.data(), {n, c}), TensorView(target.data(), {n})}).item();
}

TEST(SeedCases, BinaryCrossEntropyWithLogitsOfProbabilitiesMistakenForLogits) {
  EXPECT_EQ(item<float>(binary_cross_entropy_with_logits, {.5f, 1, .8f, .2f, .4f, .6f}, {0, 1, 0, 0, 0, 1}, {2, 3}),
            static_cast<double>(0.7678468823432922f));
}

TEST(SeedCases, BinaryCrossEntropyWithLogitsOfRealLogits) {
  EXPECT_EQ(item<float>(binary_cross_entropy_with_logits, {5, 1, 8, 2, 4, 6}, {0, 1, 0, 0, 0, 1}, {2, 3}),
            static_cast<double>(3.2446444034576416f));
}

TEST(SeedCases, MultiLabelByBinaryCrossEntropyWithLogits) {
  expect_printed(
      item<float>(binary_cross_entropy_with_logits, {.15f, -.34f, .12f, .67f, .55f}, {0, 1, 0, 1, 0}, {1, 5}), 0.7644,
      4);
}

TEST(SeedCases, CrossEntropyOfClassIndices) {
  expect_printed(cross_entropy_of<std::int64_t>({.15f, -.34f, .12f, .67f, .55f}, {2}), 1.7804, 4);
}

TEST(SeedCases, CrossEntropyThatEqualsNllOfLogSoftmax) {
  expect_printed(cross_entropy_of<std::int64_t>(
                     {2.8883f, .1760f, 1.0774f, 1.1216f, -.0562f, .0660f, -1.3939f, -.0967f, .5853f}, {1, 2, 0}),
                 2.3185, 4, loss_condition);
  expect_printed(cross_entropy_of<std::int64_t>({-.7707f, .1843f, .2211f, .4185f, -.3662f}, {1}), 1.4500, 4,
                 loss_condition);
}

TEST(SeedCases, SoftmaxAndLogSoftmaxTablesAreTheLossesOfEachClass) {
  const std::vector<float> x{2.8883f, .1760f, 1.0774f, 1.1216f, -.0562f, .0660f, -1.3939f, -.0967f, .5853f};
  const double log_softmax[9] = {-.2069, -2.9192, -2.0178, -.5044, -1.6822, -1.5599, -2.4762, -1.1790, -.4970};
  const double softmax[9] = {.8131, .0540, .1329, .6039, .1860, .2102, .0841, .3076, .6083};
  for (std::int64_t k = 0; k < 9; ++k) {
    const std::int64_t target = k % 3;
    const double loss = cross_entropy({TensorView(x.data() + 3 * (k / 3), {3}), TensorView(&target, {})}).item();
    expect_printed(-loss, log_softmax[k], 4, loss_condition);
    expect_printed(std::exp(-loss), softmax[k], 4, softmax_condition);
  }
}

TEST(SeedCases, CrossEntropyByHand) { expect_printed(cross_entropy_of<std::int32_t>({3, 1, -3}, {0}), 0.1291, 4); }

TEST(SeedCases, CrossEntropyShapes) {
  const std::vector<float> x(64 * 23, 0.5f);
  const std::vector<std::int64_t> t(64, 7);
  const std::vector<TensorView> inputs{TensorView(x.data(), {64, 23}), TensorView(t.data(), {64})};
  EXPECT_EQ(cross_entropy.value_shape(inputs), Extents());
  EXPECT_EQ(cross_entropy.value_shape(inputs, none), Extents({64}));
}

TEST(SeedCases, SquaredErrorOfAnImageBatchPerSample) {
  const Extents shape{64, 1, 128, 313};
  const std::int64_t inner = 128 * 313;
  std::vector<float> x(static_cast<std::size_t>(64 * inner));
  std::iota(x.begin(), x.end(), 0.0f);
  const std::vector<float> y(x.size(), 3.0f);
  const std::vector<TensorView> inputs{TensorView(x.data(), shape), TensorView(y.data(), shape)};
  EXPECT_EQ(mse_loss.value_shape(inputs), Extents());
  EXPECT_EQ(mse_loss.value_shape(inputs, none), shape);
  const Options per_sample{.reduction = Reduction::per_sample};
  EXPECT_EQ(mse_loss.value_shape(inputs, per_sample), Extents({64}));
  std::vector<float> value(64);
  mse_loss.value(inputs, per_sample, MutableTensorView(value.data(), {64}));
  for (std::int64_t n = 0; n < 64; ++n) {
    std::int64_t sum = 0;
    for (std::int64_t i = n * inner; i < (n + 1) * inner; ++i) sum += (i - 3) * (i - 3);
    EXPECT_EQ(value[static_cast<std::size_t>(n)], static_cast<float>(static_cast<long double>(sum) / inner));
  }
}

TEST(SeedCases, ThirtyTwoBitClassIndicesAreAccepted) {
  EXPECT_EQ(cross_entropy_of<std::int32_t>({.15f, -.34f, .12f, .67f, .55f}, {2}),
            cross_entropy_of<std::int64_t>({.15f, -.34f, .12f, .67f, .55f}, {2}));
}

TEST(SeedCases, IntegerMultiHotTargetsAreRefusedClearly) {
  const std::vector<float> x(5, 0.5f);
  const std::vector<std::int64_t> y{0, 1, 0, 1, 0};
  try {
    binary_cross_entropy_with_logits({TensorView(x.data(), {1, 5}), TensorView(y.data(), {1, 5})});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "binary_cross_entropy_with_logits: target is i64; expected f32, the dtype of logits");
  }
}

}  // namespace
}  // namespace lossproof
