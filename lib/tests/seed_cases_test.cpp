// The worked examples from the documents that the project starts from, every one: PyTorch printed these numbers, to the
// digits given here. Losses of what another function gives are made of its rounded results, as their callers make them.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "lossproof/losses.h"

namespace lossproof {
namespace {

using Floats = std::vector<float>;

constexpr Options none{.reduction = Reduction::none};
constexpr Options per_sample{.reduction = Reduction::per_sample};

/// A printed number says that the truth is within half a unit of its last digit; where the logits are printed too, each
/// is as uncertain, which reaches the number through `condition`, the sum of the magnitudes of its derivatives.
void expect_printed(double got, double printed, int decimals, double condition = 0) {
  EXPECT_NEAR(got, printed, 0.5000001 * std::pow(10.0, -decimals) * (1 + condition));
}

/// Of a cross entropy: |p_t - 1| + the other p.
constexpr double loss_condition = 2;
/// Of a log_softmax: 1 - p + the other p <= 2.
constexpr double log_softmax_condition = 2;
/// Of a softmax: p (1 - p) + p * the other p <= 1/2.
constexpr double softmax_condition = 0.5;

/// What PyTorch computed in f32 and printed in full: as far off as so many roundings of f32 numbers in [1/2, 1).
void expect_computed(double got, double printed, double roundings) {
  EXPECT_NEAR(got, printed, roundings * std::ldexp(1, -25));
}

double item(const Loss& loss, const Floats& x, const Floats& y, const Extents& shape, const Options& options = {}) {
  return loss({TensorView(x.data(), shape), TensorView(y.data(), shape)}, options).item();
}

/// The result of a function of one input, of its shape.
Floats result_of(const Loss& function, const Floats& x, const Extents& shape) {
  Floats result(x.size());
  function.value({TensorView(x.data(), shape)}, {}, MutableTensorView(result.data(), shape));
  return result;
}

template <class Index>
double item_of_classes(const Loss& loss, const Floats& x, const std::vector<Index>& target) {
  const auto n = static_cast<std::int64_t>(target.size());
  const auto c = static_cast<std::int64_t>(x.size()) / n;
  return loss({TensorView(x.data(), {n, c}), TensorView(target.data(), {n})}).item();
}

void expect_table(const Floats& got, const std::vector<double>& printed, double condition = 0) {
  ASSERT_EQ(got.size(), printed.size());
  for (std::size_t i = 0; i < got.size(); ++i) expect_printed(got[i], printed[i], 4, condition);
}

const Floats six{.5f, 1, .8f, .2f, .4f, .6f};  // probabilities, and logits too
const Floats six_targets{0, 1, 0, 0, 0, 1};
const Floats five{.15f, -.34f, .12f, .67f, .55f};
const Floats five_targets{0, 1, 0, 1, 0};

TEST(SeedCases, BinaryCrossEntropyWithWeights) {
  const Floats weight{.1f, .9f, .1f, .1f, .1f, .9f};
  EXPECT_EQ(item(binary_cross_entropy, six, six_targets, {2, 3}, {.weight = TensorView(weight.data(), {2, 3})}),
            0.12723307311534882);
}

TEST(SeedCases, BinaryCrossEntropyAsATensorOfItsOwnAndIntoTheCallers) {
  EXPECT_EQ(item(binary_cross_entropy, six, six_targets, {2, 3}), 0.5912299752235413);
  float value = 0;
  binary_cross_entropy.value({TensorView(six.data(), {2, 3}), TensorView(six_targets.data(), {2, 3})}, {},
                             MutableTensorView(&value, {}));
  EXPECT_EQ(value, 0.5912299752235413f);
}

TEST(SeedCases, BinaryCrossEntropyOfTheSigmoidAndFromLogits) {
  const Floats p = result_of(sigmoid, six, {2, 3});
  expect_table(p, {.6225, .7311, .6900, .5498, .5987, .6457});
  EXPECT_EQ(item(binary_cross_entropy_with_logits, six, six_targets, {2, 3}), static_cast<double>(0.7678468823432922f));
  // The mean follows each rounded p by no more than 1 / (1 - .7311) / 6 of its error; it is rounded here and there.
  expect_computed(item(binary_cross_entropy, p, six_targets, {2, 3}), 0.7678468823432922, 2 + 3.8);
}

TEST(SeedCases, BinaryCrossEntropyWithLogitsOfRealLogits) {
  EXPECT_EQ(item(binary_cross_entropy_with_logits, {5, 1, 8, 2, 4, 6}, six_targets, {2, 3}),
            static_cast<double>(3.2446444034576416f));
}

TEST(SeedCases, KullbackLeiblerDivergenceOfLogSoftmax) {
  expect_table(result_of(softmax, six, {2, 3}), {.2501, .4123, .3376, .2693, .3289, .4018});
  const Floats q{.3f, .4f, .3f, .1f, .5f, .4f};
  // A rounding of the log-probabilities, above 1, counts twice, here and there; they are averaged by shares q / 2 that
  // add up to 1. There the two products of each element are rounded, of which half is taken, and the sum of all.
  expect_computed(item(kl_div, result_of(log_softmax, six, {2, 3}), q, {2, 3}, {.reduction = Reduction::batchmean}),
                  0.057796258479356766, 4 + 6 + 1);
}

TEST(SeedCases, CrossEntropyOfClassIndices) {
  expect_printed(item_of_classes<std::int64_t>(cross_entropy, five, {2}), 1.7804, 4);
}

TEST(SeedCases, MultiLabelInFourWays) {
  const Floats p = result_of(sigmoid, five, {1, 5});
  double by_hand = 0;
  for (std::size_t i = 0; i < 5; ++i) by_hand -= std::log(five_targets[i] == 1 ? p[i] : 1 - p[i]) / 5;
  expect_printed(by_hand, 0.7644, 4);
  expect_printed(item(binary_cross_entropy, p, five_targets, {1, 5}), 0.7644, 4);
  expect_printed(item(binary_cross_entropy_with_logits, five, five_targets, {1, 5}), 0.7644, 4);
  expect_printed(item(multilabel_soft_margin_loss, five, five_targets, {1, 5}), 0.7644, 4);
}

/// The cross entropy and the negative log-likelihood of log_softmax, and the tables between.
void expect_both(const Floats& x, const std::vector<std::int64_t>& target, double loss,
                 const std::vector<double>& softmax_table, const std::vector<double>& log_softmax_table) {
  const auto n = static_cast<std::int64_t>(target.size());
  const Extents shape{n, static_cast<std::int64_t>(x.size()) / n};
  expect_table(result_of(softmax, x, shape), softmax_table, softmax_condition);
  const Floats log_probabilities = result_of(log_softmax, x, shape);
  expect_table(log_probabilities, log_softmax_table, log_softmax_condition);
  expect_printed(item_of_classes(cross_entropy, x, target), loss, 4, loss_condition);
  expect_printed(item_of_classes(nll_loss, log_probabilities, target), loss, 4, loss_condition);
}

TEST(SeedCases, CrossEntropyThatEqualsNllOfLogSoftmax) {
  expect_both({2.8883f, .1760f, 1.0774f, 1.1216f, -.0562f, .0660f, -1.3939f, -.0967f, .5853f}, {1, 2, 0}, 2.3185,
              {.8131, .0540, .1329, .6039, .1860, .2102, .0841, .3076, .6083},
              {-.2069, -2.9192, -2.0178, -.5044, -1.6822, -1.5599, -2.4762, -1.1790, -.4970});
  expect_both({-.7707f, .1843f, .2211f, .4185f, -.3662f}, {1}, 1.4500, {.0903, .2346, .2434, .2965, .1353},
              {-2.4050, -1.4500, -1.4131, -1.2157, -2.0005});
}

TEST(SeedCases, CrossEntropyByHand) {
  const Floats p = result_of(softmax, {3, 1, -3}, {3});
  const double printed[] = {.88, .12, 0};
  for (std::size_t i = 0; i < 3; ++i) expect_printed(p[i], printed[i], 2);
  expect_printed(item_of_classes<std::int32_t>(cross_entropy, {3, 1, -3}, {0}), 0.1291, 4);
  // From the rounded .88, and cut off after two digits, not rounded.
  const double from_rounded = item_of_classes<std::int32_t>(nll_loss, {std::log(.88f), 0, 0}, {0});
  EXPECT_EQ(std::floor(100 * from_rounded), 12);
}

TEST(SeedCases, CrossEntropyShapesOfIndicesAndOneHot) {
  constexpr std::int64_t rows = 64, classes = 23;
  Floats x(rows * classes), one_hot(rows * classes, 0);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 101) / 16 - 3;
  std::vector<std::int64_t> t(rows);
  for (std::size_t n = 0; n < t.size(); ++n) {
    t[n] = static_cast<std::int64_t>(n * 7 % classes);
    one_hot[n * classes + static_cast<std::size_t>(t[n])] = 1;
  }
  const TensorView logits(x.data(), {rows, classes});
  Floats values[2];
  double means[2];
  for (const int k : {0, 1}) {
    const TensorView target = k == 0 ? TensorView(t.data(), {rows}) : TensorView(one_hot.data(), {rows, classes});
    const std::vector<TensorView> inputs{logits, target};
    EXPECT_EQ(cross_entropy.value_shape(inputs), Extents());
    EXPECT_EQ(cross_entropy.value_shape(inputs, none), Extents({rows}));
    means[k] = cross_entropy({logits, target}).item();
    values[k].resize(rows);
    cross_entropy.value(inputs, none, MutableTensorView(values[k].data(), {rows}));
  }
  EXPECT_EQ(means[0], means[1]);
  EXPECT_EQ(values[0], values[1]);
}

TEST(SeedCases, SquaredErrorOfAnImageBatchPerSampleIsThatOfEachElementAveraged) {
  const Extents shape{64, 1, 128, 313};
  constexpr std::size_t inner = 128 * 313;
  Floats x(64 * inner), y(x.size(), 3.0f), each(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 2053 + i / inner);
  const std::vector<TensorView> inputs{TensorView(x.data(), shape), TensorView(y.data(), shape)};
  EXPECT_EQ(mse_loss.value_shape(inputs), Extents());
  EXPECT_EQ(mse_loss.value_shape(inputs, none), shape);
  EXPECT_EQ(mse_loss.value_shape(inputs, per_sample), Extents({64}));
  Floats value(64);
  mse_loss.value(inputs, per_sample, MutableTensorView(value.data(), {64}));
  mse_loss.value(inputs, none, MutableTensorView(each.data(), shape));
  for (std::size_t n = 0; n < 64; ++n) {  // squares below 2^24, whose sum is exact
    const auto row = each.begin() + static_cast<std::ptrdiff_t>(n * inner);
    const double sum = std::accumulate(row, row + inner, 0.0);
    EXPECT_EQ(value[n], static_cast<float>(static_cast<long double>(sum) / inner));
  }
}

TEST(SeedCases, ThirtyTwoBitClassIndicesAreAccepted) {
  for (const Loss* loss : {&cross_entropy, &nll_loss}) {
    EXPECT_EQ(item_of_classes<std::int32_t>(*loss, five, {2}), item_of_classes<std::int64_t>(*loss, five, {2}));
  }
}

TEST(SeedCases, IntegerMultiHotTargetsAreRefusedClearly) {
  const std::vector<std::int64_t> y{0, 1, 0, 1, 0};
  for (const Loss* loss : {&binary_cross_entropy_with_logits, &binary_cross_entropy, &multilabel_soft_margin_loss}) {
    const std::string first(loss->arguments()[0].name);
    try {
      (*loss)({TensorView(six.data(), {1, 5}), TensorView(y.data(), {1, 5})});
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), std::string(loss->name()) + ": target is i64; expected f32, the dtype of " + first);
    }
  }
}

}  // namespace
}  // namespace lossproof
