// Weights and gradients to the target of the losses of one element: the squared error and binary cross entropy from logits.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "element_calls.h"
#include "elements_at.h"

namespace lossproof {
namespace {

using testing::Draw;
using testing::Element;
using testing::ElementTruth;
using testing::expect_element;
using testing::inf;
using testing::nan;
using testing::Number;
using testing::number;
using testing::same;

ElementTruth squared_error(double x, double y, double) {
  const Number d = number(x) - number(y);
  return {d * d, d + d, -(d + d)};
}

/// (1 - y) x + (1 + (p - 1) y) log(1 + e^-x): PyTorch's form, in which what is exact stays so.
ElementTruth binary_cross_entropy(double x, double y, double p) {
  const Number positive = log1p(exp(number(-x)));
  const Number other = number(1) - number(y);
  const Number coefficient = number(1) + (number(p) - number(1)) * number(y);
  const Number s = number(1) / (number(1) + exp(number(-x)));
  return {other * number(x) + coefficient * positive, other - coefficient * (number(1) - s),
          (number(p) - number(1)) * positive - number(x)};
}

double draw_logit(Draw& draw) {
  const double special[] = {0, -0.0, 1, -1, 40, -40};
  const int kind = draw.integer(0, 3);
  if (kind == 0) return special[draw.integer(0, 5)];
  return kind == 1 ? draw.uniform(-8, 8) : std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 9));
}

double draw_target(Draw& draw) {
  const double special[] = {0, 1, 0.5, -0.0};
  return draw.integer(0, 1) == 0 ? special[draw.integer(0, 3)] : draw.uniform(-0.5, 1.5);
}

TEST(Weights, OfTheSquaredErrorAreRoundedOnce) {
  testing::expect_calls_rounded_once({mse_loss, squared_error, draw_logit, draw_target, {}, true}, 120);
}

TEST(Weights, OfBinaryCrossEntropyWithLogitsAreRoundedOnce) {
  testing::expect_calls_rounded_once({binary_cross_entropy_with_logits, binary_cross_entropy, draw_logit, draw_target},
                                     120);
}

Element weighted(const Loss& loss, double x, double y, double g, double weight) {
  return testing::element(loss, x, y, g, {.weight = TensorView(&weight, {})});
}
Element positive_weighted(double x, double y, double pos_weight, double g = 1) {
  return testing::element(binary_cross_entropy_with_logits, x, y, g, {.pos_weight = TensorView(&pos_weight, {})});
}

TEST(Weights, OfZeroLeaveNothingOfAnInfiniteLossButNaNOfNaN) {
  expect_element(weighted(mse_loss, inf, 0, 1, 0.0), {0, 0, 0});
  expect_element(weighted(mse_loss, inf, 0, 1, -2.0), {-inf, -inf, inf});
  expect_element(weighted(mse_loss, nan, 0, 1, 0.0), {nan, nan, nan});
  expect_element(weighted(mse_loss, inf, inf, 1, 2.0), {nan, nan, nan});
  expect_element(weighted(mse_loss, inf, inf, 1, 0.0), {0, 0, 0});
  expect_element(weighted(mse_loss, 3, 1, 0, 2.0), {8, 0, 0});
  expect_element(weighted(binary_cross_entropy_with_logits, inf, 0, 1, 0.0), {0, 0, 0});
  expect_element(weighted(binary_cross_entropy_with_logits, inf, 0, 1, 2.0), {inf, 2, -inf});
}

TEST(Weights, OfSumZeroHaveNoMean) {
  const double x[] = {1, 2}, y[] = {0, 0}, weight[] = {1.5, -1.5};
  Options options{.weight = TensorView(weight, {2})};
  EXPECT_TRUE(std::isnan(mse_loss({TensorView(x, {2}), TensorView(y, {2})}, options).item()));
  options.reduction = Reduction::sum;
  EXPECT_EQ(mse_loss({TensorView(x, {2}), TensorView(y, {2})}, options).item(), -4.5);
  const double opposite[] = {1,
                             1};  // equal losses cancel to +0, and so do those of rows of weight 0 over a negative sum
  EXPECT_TRUE(same(mse_loss({TensorView(opposite, {2}), TensorView(y, {2})}, options).item(), 0));
  const double zero_and_negative[] = {0, -1}, second_is_right[] = {5, 0};
  options = {.weight = TensorView(zero_and_negative, {2})};
  EXPECT_TRUE(same(mse_loss({TensorView(second_is_right, {2}), TensorView(y, {2})}, options).item(), 0));
}

// Each is below every number of f32: the sum's sign is that of e^-510 - 1.5 e^-520.
TEST(Weights, OfBothSignsDoNotDecideTheSignOfWhatTheFirstArithmeticCutsOff) {
  const float x[] = {-510, -520}, y[] = {0, 0}, weight[] = {1, -1.5f};
  const Options options{.reduction = Reduction::sum, .weight = TensorView(weight, {2})};
  EXPECT_TRUE(same(binary_cross_entropy_with_logits({TensorView(x, {2}), TensorView(y, {2})}, options).item(), 0));
}

TEST(Weights, OfOneAreTheLossWithoutThem) {
  const double x = 0.7, y = 0.3, one = 1;
  const Options ones{.weight = TensorView(&one, {}), .pos_weight = TensorView(&one, {})};
  expect_element(testing::element(binary_cross_entropy_with_logits, x, y, 1.1, ones),
                 testing::element(binary_cross_entropy_with_logits, x, y, 1.1));
}

TEST(GradientOfTheTarget, MayBeWantedAloneAndLeavesTheOtherResultsTheirBits) {
  const std::vector<float> x{1, 2.5f, -3}, y{0, 1, 0.25f}, g{1};
  const Extents shape{3};
  for (const Loss* loss : {&mse_loss, &binary_cross_entropy_with_logits}) {
    std::vector<float> alone(3), together(3), first(3), plain(3);
    const Inputs inputs{TensorView(x.data(), shape), TensorView(y.data(), shape)};
    const TensorView grad_output(g.data(), {});
    loss->backward(inputs, {}, grad_output, Gradients{.second = MutableTensorView(alone.data(), shape)});
    loss->backward(
        inputs, {}, grad_output,
        {.first = MutableTensorView(first.data(), shape), .second = MutableTensorView(together.data(), shape)});
    loss->backward(inputs, {}, grad_output, MutableTensorView(plain.data(), shape));
    EXPECT_EQ(alone, together) << loss->name();
    EXPECT_EQ(first, plain) << loss->name();
    EXPECT_NE(alone, std::vector<float>(3)) << loss->name();
  }
}

TEST(PosWeight, HasTheLimitsAtInfiniteLogits) {
  const auto at = [](double x, double y, double p) { return positive_weighted(x, y, p); };
  expect_element(at(inf, 1, 3), {0, 0, -inf});
  expect_element(at(inf, 0, 3), {inf, 1, -inf});
  expect_element(at(-inf, 0, 3), {0, 0, inf});
  expect_element(at(-inf, 1, 3), {inf, -3, inf});
  expect_element(at(-inf, 1, -3), {-inf, 3, -inf});
  expect_element(at(-inf, 1, 0), {0, 0, 0});
  expect_element(at(-inf, 0.5, 0), {0, 0, 0});
  expect_element(at(5, 1, 0), {0, 0, -0x1.406e06368916ap+2});  // -log(1 + e^5)
  EXPECT_TRUE(std::isnan(positive_weighted(-inf, 0, 3, inf).grad)) << "0 in the limit";
}

TEST(PosWeight, HasTheLimitsAtInfiniteTargets) {
  const auto at = [](double x, double y, double p) { return positive_weighted(x, y, p); };
  expect_element(at(0, inf, 1), {std::log(2.0), -inf, 0});
  expect_element(weighted(binary_cross_entropy_with_logits, 0, inf, 1, 1.0), {std::log(2.0), -inf, 0});
  expect_element(at(0, inf, 2), {inf, -inf, std::log(2.0)});
  expect_element(at(0, -inf, 2), {-inf, inf, std::log(2.0)});
  expect_element(at(0, inf, -1), {-inf, 0.5, -2 * std::log(2.0)});
  expect_element(at(inf, inf, 2), {-inf, -inf, -inf});
  expect_element(at(-inf, inf, 2), {inf, -inf, inf});
  EXPECT_TRUE(std::isnan(at(-inf, inf, 0).value));
  expect_element(at(-1024, inf, 0), {-inf, -inf, -0.0});  // a slope of -log(1 + e^-1024), and e^-1024
  EXPECT_EQ(at(1, inf, -4).grad, inf);                    // 1 - 4 / e is negative
}

TEST(Weights, OfAnotherDtypeOrShapeOrNotFiniteAreRefused) {
  const float x[6] = {}, weight[6] = {1, 1, HUGE_VALF, 1, 1, 1};
  const double wide[3] = {1, 1, 1};
  const auto expect_refused = [&](const Loss& loss, const Options& options, const std::string& message) {
    try {
      loss({TensorView(x, {2, 3}), TensorView(x, {2, 3})}, options);
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), message);
    }
  };
  expect_refused(mse_loss, {.weight = TensorView(wide, {3})},
                 "mse_loss: weight is f64; expected f32, the dtype of input");
  expect_refused(mse_loss, {.weight = TensorView(weight, {2})},
                 "mse_loss: weight has shape [2]; expected one that broadcasts to [2, 3]");
  expect_refused(mse_loss, {.weight = TensorView(weight, {2, 3})},
                 "mse_loss: weight[0, 2] is inf; expected a finite number");
  expect_refused(mse_loss, {.pos_weight = TensorView(x, {3})}, "mse_loss: takes no option pos_weight");
  expect_refused(binary_cross_entropy_with_logits, {.pos_weight = TensorView(weight, {3})},
                 "binary_cross_entropy_with_logits: pos_weight[2] is inf; expected a finite number");
  expect_refused(binary_cross_entropy_with_logits, {.weight = TensorView(static_cast<const float*>(nullptr), {3})},
                 "binary_cross_entropy_with_logits: weight of shape [3] is null");
}

TEST(Weights, MayNotShareMemoryWithAnOutputEvenWhereNothingIsWeighted) {
  float weight[3] = {1, 2, 3};
  const std::int64_t classes[1] = {};
  const TensorView none(weight, {0, 3}), indices(classes, {0});
  const auto expect_refused = [&](const Loss& loss, const TensorView& target) {
    try {
      loss.value(std::array{none, target}, {.weight = TensorView(weight, {3})}, MutableTensorView(weight + 1, {}));
      ADD_FAILURE() << loss.name() << " accepted it";
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), std::string(loss.name()) + ": the value shares memory with weight");
    }
    EXPECT_EQ(weight[1], 2);
  };
  expect_refused(cross_entropy, indices);
  expect_refused(nll_loss, indices);
  expect_refused(multilabel_soft_margin_loss, none);
  expect_refused(binary_cross_entropy_with_logits, none);
  expect_refused(lossproof::binary_cross_entropy, none);
  expect_refused(mse_loss, none);
}

}  // namespace
}  // namespace lossproof
