// What reductions and ignored rows make of rows, and how errors and decimals are given.
#include "oracles/reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "oracles/tests/bits.h"
#include "oracles/tests/drawn_problem.h"
#include "oracles/tests/threads.h"

namespace oracles {
namespace {

Problem grid(DType dtype, Attributes attributes, std::vector<std::int64_t> targets, double g = 1) {
  std::vector<double> x;
  for (int i = 0; i < 12; ++i) x.push_back(i * i / 4.0);
  return problem(cross_entropy(), {reals(dtype, {2, 3, 2}, x), indices({2, 2}, std::move(targets))}, attributes, g);
}

TEST(Reductions, ClassesLieAlongDimensionOne) {
  const Problem p = grid(DType::f64, {Reduction::none}, {0, 1, 2, 0});
  const Reference reference(cross_entropy(), p);
  EXPECT_EQ(reference.shape(Output::value), Shape({2, 2}));
  EXPECT_EQ(reference.shape(Output::grad), Shape({2, 3, 2}));
  EXPECT_EQ(reference.rounded(Output::value, 1).value, class_loss(DType::f64, {0.25, 2.25, 6.25}, 1));
  EXPECT_EQ(reference.rounded(Output::value, 2).value, class_loss(DType::f64, {9, 16, 25}, 2));
  EXPECT_EQ(reference.rounded(Output::grad, 3).value, class_grad(DType::f64, {0.25, 2.25, 6.25}, 1, 1));
  EXPECT_EQ(reference.rounded(Output::grad, 10).value, class_grad(DType::f64, {9, 16, 25}, 2, 2));
}

TEST(Reductions, SumAndMeanAreRoundedOnce) {
  // Losses 2^24 and 1, 1 in f32: their sum is exact, sums of rounded partial sums are not.
  const std::vector<double> x = {4096, 1, 1};
  const std::vector<Tensor> inputs = {reals(DType::f32, {3}, x), reals(DType::f32, {3}, {0, 0, 0})};
  const auto reduced = [&](Reduction r) { return truth(mse_loss(), problem(mse_loss(), inputs, {r}), Output::value); };
  EXPECT_EQ(reduced(Reduction::sum), 0x1p24 + 2);
  EXPECT_EQ(reduced(Reduction::mean), static_cast<float>((0x1p24 + 2) / 3));
}

TEST(Reductions, AMeanThatIsATieGoesToEven) {
  // (x^2 + x^2 + x^2) / 3 = 4099^2, a tie; and a sum of 3 2^-149 over 6 elements is 2^-150.
  const auto& loss = mse_loss();
  const std::vector<Tensor> inputs = {reals(DType::f32, {3}, {4099, 4099, 4099}), reals(DType::f32, {3}, {0, 0, 0})};
  EXPECT_EQ(truth(loss, problem(loss, inputs, {}), Output::value), mse(DType::f32, 4099, 0));
  const std::vector<Tensor> six = {reals(DType::f32, {6}, std::vector<double>(6, 0.5)),
                                   reals(DType::f32, {6}, std::vector<double>(6, 0))};
  EXPECT_TRUE(same(truth(loss, problem(loss, six, {}, 0x3p-149), Output::grad), 0.0));
}

TEST(Reductions, IgnoredRowsAreNotLookedAt) {
  std::vector<std::int64_t> targets = {-100, 1, 2, -100};
  Problem p = grid(DType::f64, {}, targets);
  p.inputs[0].reals[0] = nan;   // of the ignored row [0, 0]
  p.inputs[0].reals[11] = inf;  // of the ignored row [1, 1]
  const Reference mean(cross_entropy(), p);
  const double first = class_loss(DType::f64, {0.25, 2.25, 6.25}, 1);
  const double second = class_loss(DType::f64, {9, 16, 25}, 2);
  EXPECT_NEAR(mean.rounded(Output::value, 0).value, (first + second) / 2, 0x1p-50);
  for (const std::int64_t i : {0, 2, 4, 7, 9, 11}) EXPECT_TRUE(same(mean.rounded(Output::grad, i).value, 0.0)) << i;
  EXPECT_EQ(mean.rounded(Output::grad, 3).value, class_grad(DType::f64, {0.25, 2.25, 6.25}, 1, 1) / 2);

  p.attributes.reduction = Reduction::per_sample;
  p.grad_output = reals(DType::f64, {2}, {1, 4});
  const Reference per_sample(cross_entropy(), p);
  EXPECT_EQ(per_sample.shape(Output::value), Shape({2}));
  EXPECT_EQ(per_sample.rounded(Output::value, 0).value, first / 2);
  EXPECT_EQ(per_sample.rounded(Output::grad, 8).value, class_grad(DType::f64, {9, 16, 25}, 2, 1) * 2);
}

TEST(Reductions, NothingHasAMeanOfNaNAndASumOfZero) {
  const std::vector<std::int64_t> ignored(4, 9);
  const auto value = [&](Reduction r) {
    return truth(cross_entropy(), grid(DType::f32, {r, 9}, ignored, nan), Output::value);
  };
  EXPECT_TRUE(same(value(Reduction::mean), nan));
  EXPECT_TRUE(same(value(Reduction::sum), 0.0));
  EXPECT_TRUE(same(value(Reduction::none), 0.0));
  EXPECT_TRUE(same(value(Reduction::per_sample), 0.0));
  for (const Reduction r : {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum}) {
    EXPECT_TRUE(same(truth(cross_entropy(), grid(DType::f32, {r, 9}, ignored, nan), Output::grad, 5), 0.0));
  }
  const std::vector<Tensor> empty = {reals(DType::f32, {2, 0}, {}), reals(DType::f32, {2, 0}, {})};
  EXPECT_TRUE(same(truth(mse_loss(), problem(mse_loss(), empty, {Reduction::mean}), Output::value), nan));
  EXPECT_TRUE(same(truth(mse_loss(), problem(mse_loss(), empty, {Reduction::sum}), Output::value), 0.0));
  EXPECT_TRUE(same(truth(mse_loss(), problem(mse_loss(), empty, {Reduction::per_sample}), Output::value, 1), nan));
}

TEST(Reductions, InfinitiesAndNaNGoThroughSums) {
  const auto& loss = binary_cross_entropy_with_logits();
  const auto sum = [&](std::vector<double> x, std::vector<double> y) {
    const Shape shape = {static_cast<std::int64_t>(x.size())};
    const Problem p = problem(loss, {reals(DType::f32, shape, std::move(x)), reals(DType::f32, shape, std::move(y))},
                              {Reduction::sum});
    return truth(loss, p, Output::value);
  };
  EXPECT_TRUE(same(sum({inf, 0}, {0, 0}), inf));
  EXPECT_TRUE(same(sum({inf, 0}, {2, 0}), -inf));
  EXPECT_TRUE(same(sum({inf, -inf}, {0, -1}), nan));
  EXPECT_TRUE(same(sum({inf, nan}, {0, 0}), nan));
  EXPECT_TRUE(same(sum({inf, -inf}, {1, 0}), 0.0));
}

TEST(Shapes, FollowTheReduction) {
  const auto shape = [](Shape x, Shape t, Reduction r) {
    return value_shape(cross_entropy(),
                       {Tensor{DType::f32, std::move(x), {}, {}}, Tensor{DType::i64, std::move(t), {}, {}}}, r);
  };
  EXPECT_EQ(shape({5}, {}, Reduction::none), Shape());
  EXPECT_EQ(shape({5}, {}, Reduction::per_sample), Shape());
  EXPECT_EQ(shape({4, 5}, {4}, Reduction::per_sample), Shape({4}));
  EXPECT_EQ(shape({4, 5, 6}, {4, 6}, Reduction::none), Shape({4, 6}));
  EXPECT_EQ(shape({4, 5, 6}, {4, 6}, Reduction::per_sample), Shape({4}));
  EXPECT_EQ(value_shape(mse_loss(), {Tensor{}, Tensor{}}, Reduction::per_sample), Shape());
}

TEST(Reference, DecidesEveryDrawnProblemAndMeasuresItAtMostHalfAnUlpFromItself) {
  Draw draw(4);
  for (const Definition* loss : definitions()) {
    for (int i = 0; i < 600; ++i) {
      const Problem p = drawn_problem(*loss, draw, i);
      const Reference reference(*loss, p);
      for (const Output output : {Output::value, Output::grad}) {
        for (std::int64_t k = 0; k < count(reference.shape(output)); ++k) {
          const Rounded rounded = reference.rounded(output, k);
          ASSERT_TRUE(rounded.decided) << loss->name << " case " << i << " element " << k;
          const double error = reference.ulp_error(output, k, rounded.value);
          EXPECT_TRUE(error >= 0 && error <= 0.5) << loss->name << " case " << i << " element " << k << ": " << error;
        }
      }
    }
  }
}

TEST(Reference, GivesThreadsTheAnswersThatItGivesOne) {
  // The second climbs, the third takes as many bits as it needs, the others are decided at the first precision.
  const auto answers = [] {
    std::vector<double> found;
    for (int i = 0; i < 40; ++i) {
      found.push_back(class_loss(DType::f64, {-1, 0x1p53}, 0));
      found.push_back(bce(DType::f64, 0x3p-52, 0, Output::grad));
      found.push_back(mse(DType::f64, 94906267, -5e-324));
      found.push_back(class_loss(DType::f64, {0.25, 0.5 * i}, 0));
    }
    return found;
  };
  expect_same_in_threads(answers);
}

TEST(Errors, AreMeasuredAgainstTheUnroundedTruth) {
  const Problem p = classes(DType::f32, {0, -40}, 0);
  const Reference reference(cross_entropy(), p);
  EXPECT_NEAR(reference.ulp_error(Output::value, 0, reference.rounded(Output::value, 0).value), 0.33, 0.17);
  EXPECT_NEAR(reference.ulp_error(Output::value, 0, 0), 4.248354255291589e-18 * 0x1p81, 0.01);
  EXPECT_EQ(reference.ulp_error(Output::value, 0, nan), inf);
  EXPECT_EQ(reference.ulp_error(Output::value, 0, -inf), inf);
}

TEST(Errors, OfCorrectlyRoundedResultsAreAtMostAHalf) {
  Draw draw(9);
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> x = draw.logits();
    const Problem p = classes(DType::f64, x, 0);
    const Reference reference(cross_entropy(), p);
    const Rounded value = reference.rounded(Output::value, 0);
    ASSERT_TRUE(value.decided);
    EXPECT_LE(reference.ulp_error(Output::value, 0, value.value), 0.5);
    EXPECT_GE(reference.ulp_error(Output::value, 0, std::nextafter(value.value, inf)), 0.4);
  }
}

TEST(Decimals, AreThoseOfTheTruthNotOfAResult) {
  const Problem p = classes(DType::f32, {0, -40}, 0);
  EXPECT_EQ(Reference(cross_entropy(), p).decimal(Output::value, 0, 20), "4.2483542552915889863e-18");
  const Problem edges = element(mse_loss(), DType::f32, inf, 0, nan);
  EXPECT_EQ(Reference(mse_loss(), edges).decimal(Output::value, 0), "inf");
  EXPECT_EQ(Reference(mse_loss(), edges).decimal(Output::grad, 0), "nan");
  EXPECT_EQ(Reference(mse_loss(), element(mse_loss(), DType::f32, -0.0, 0, 1)).decimal(Output::value, 0), "0");
  const Problem beyond = classes(DType::f64, {0, -1e30}, 0);
  EXPECT_EQ(Reference(cross_entropy(), beyond).decimal(Output::value, 0).substr(0, 13), "between 0 and");
}

}  // namespace
}  // namespace oracles
