// The focal loss: rounded once, for every alpha and gamma; its limits, and what lies next to a midpoint far out.
#include <gtest/gtest.h>

#include <cmath>
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

/// As torchvision writes it, and differentiated by hand.
ElementTruth truth(double x, double y, double alpha, double gamma) {
  const Number one = number(1), t = number(y), g = number(gamma);
  const Number p = one / (one + exp(number(-x)));
  const Number rest = one / (one + exp(number(x)));
  const Number u = p * (one - t) + rest * t;
  const Number ce = (one - t) * number(x) + log1p(exp(number(-x)));
  const Number alpha_t = alpha < 0 ? one : number(alpha) * t + (one - number(alpha)) * (one - t);
  const Number slope = alpha < 0 ? number(0) : number(alpha) + number(alpha) - one;
  const Number power = pow(u, g);
  const Number by_u = g * power / u * ce;
  return {alpha_t * ce * power, alpha_t * ((p - t) * power + by_u * p * rest * (one - t - t)),
          slope * ce * power + alpha_t * (by_u * (rest - p) - number(x) * power)};
}

double draw_logit(Draw& draw) {
  const double special[] = {0, 1, -1, 40, -40, 300};
  const int kind = draw.integer(0, 4);
  if (kind == 0) return special[draw.integer(0, 5)];
  return kind < 4 ? draw.uniform(-8, 8) : std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 9));
}

double draw_target(Draw& draw) {
  const double special[] = {0, 1, 0.5, 0.25};
  if (draw.integer(0, 2) > 0) return special[draw.integer(0, 3)];
  return draw.integer(0, 1) == 0 ? draw.uniform(0, 1) : std::ldexp(draw.uniform(0.5, 1), -draw.integer(0, 40));
}

void expect_rounded_once(double alpha, double gamma, int calls) {
  SCOPED_TRACE("alpha " + std::to_string(alpha) + ", gamma " + std::to_string(gamma));
  const auto of = [=](double x, double y, double) { return truth(x, y, alpha, gamma); };
  testing::expect_calls_rounded_once(
      {sigmoid_focal_loss, of, draw_logit, draw_target, {.alpha = alpha, .gamma = gamma}}, calls);
}

TEST(SigmoidFocalLoss, IsRoundedOnceForEveryAlphaAndGamma) {
  for (const double alpha : {0.25, -1.0, 0.0, 0.3, 0.5, 1.0}) {
    for (const double gamma : {2.0, 0.0, 0.5, 1.0, 1.7, 5.0, 20.0}) expect_rounded_once(alpha, gamma, 6);
  }
  expect_rounded_once(0.25, 2, 60);
  expect_rounded_once(0.25, 65, 3);
}

TEST(SigmoidFocalLoss, IsBinaryCrossEntropyWithoutAlphaAndGamma) {
  for (const double x : {-40.0, -0.3, 0.0, 2.0, 900.0}) {
    for (const double y : {0.0, 0.25, 1.0}) {
      expect_element(testing::element(sigmoid_focal_loss, x, y, 1.1, {.alpha = -1, .gamma = 0}),
                     testing::element(binary_cross_entropy_with_logits, x, y, 1.1));
    }
  }
}

TEST(SigmoidFocalLoss, HasItsDefaults) {
  const double x = 0.7, y = 1;
  const Inputs inputs{TensorView(&x, {1}), TensorView(&y, {1})};
  EXPECT_EQ(sigmoid_focal_loss(inputs).item(), sigmoid_focal_loss(inputs, {.alpha = 0.25, .gamma = 2}).item());
  EXPECT_EQ(sigmoid_focal_loss(inputs).shape(), Extents{});
}

Element at(double x, double y, double alpha, double gamma, double g = 1) {
  return testing::element(sigmoid_focal_loss, x, y, g, {.alpha = alpha, .gamma = gamma});
}

TEST(SigmoidFocalLoss, HasItsLimits) {
  for (const double gamma : {0.5, 2.0}) {
    expect_element(at(inf, 1, 0.25, gamma), {0, 0, 0});
    expect_element(at(-inf, 0, 0.25, gamma), {0, 0, 0});
    expect_element(at(inf, 0, 0.25, gamma), {inf, 0.75, -inf});
    expect_element(at(-inf, 1, 0.25, gamma), {inf, -0.25, gamma == 2 ? inf : -inf});  // 0.25 (1 + gamma) - 0.5
  }
  expect_element(at(-inf, 1, 0.25, 1), {inf, -0.25, 0});
  expect_element(at(inf, 1, 0.25, 0), {0, 0, -inf});
  expect_element(at(inf, 1, 0, 0), {0, 0, 0});
  expect_element(at(inf, 0.5, -1, 2), {inf, 0.125, -inf});
  expect_element(at(inf, 0, 1, 2), {0, 0, inf});
  expect_element(at(inf, 1, 0.25, 0.5, inf), {0, nan, nan});
  expect_element(at(0, 0.5, 0.5, 2, inf), {0x1.62e42fefa39efp-4, 0, 0});
  expect_element(at(nan, 0, 0.25, 2), {nan, nan, nan});
  expect_element(at(0, nan, 0.25, 2), {nan, nan, nan});
  expect_element(at(1e300, 1, 0.25, 0.5), {0, -0.0, -0.0});
  expect_element(at(-0x1p925, 1, 0.25, 1), {0x1p923, -0.25, -0.0});  // 0.25 (1 + gamma) - 0.5, and what is below it
}

// alpha_t |x| is a midpoint of f32, less e^-8388609 or so of it; alpha_t times grad_output one with as little beside it.
TEST(SigmoidFocalLoss, FarOutIsOnItsSideOfAMidpoint) {
  reset_refinements();
  const auto of_f32 = [](float x, float y, float g, const Options& focus) {
    Options options = focus;
    options.reduction = Reduction::none;
    std::vector<float> out(3);
    sigmoid_focal_loss.value_and_gradient(
        {TensorView(&x, {}), TensorView(&y, {})}, options, TensorView(&g, {}), MutableTensorView(&out[0], {}),
        {.first = MutableTensorView(&out[1], {}), .second = MutableTensorView(&out[2], {})});
    return out;
  };
  EXPECT_EQ(of_f32(8388609, 0, 1, {})[0], 6291456.5f);            // 6291456.75 -
  EXPECT_EQ(of_f32(8388609, 0, 1, {.gamma = 0})[0], 6291457.0f);  // 6291456.75 +
  EXPECT_EQ(of_f32(8388611, 0, 8388611, {})[1], 6291458.5f);      // 6291458.25 +
  EXPECT_EQ(of_f32(-8388611, 1, 8388611, {.alpha = 0.75})[1], -6291458.5f);
  EXPECT_EQ(of_f32(8388611, 0.5f, 1, {.alpha = -1, .gamma = 1})[0], 2097152.75f);  // a quarter
  EXPECT_EQ(of_f32(11184818, 0, 1, {.alpha = -1})[2], -33554452.0f);               // -3 * 11184818 +
  EXPECT_EQ(of_f32(8388609 * 0x1p20f, 0, 1, {})[0], 6291456.5f * 0x1p20f);
  EXPECT_EQ(of_f32(0x1p47f, 0, 0x1.181f26p0f, {})[1], 0x1.a42ebap-1f);  // 0x1.a42eb9p-1 +
  EXPECT_EQ(refinements().undecided, 0u);
}

TEST(SigmoidFocalLoss, RefusesTargetsOutsideZeroToOneAndParametersOutOfRange) {
  const float x[] = {0, 0}, y[] = {1, 1.25f}, right[] = {0, 1};
  const auto expect_refused = [&](const float* target, const Options& options, const std::string& message) {
    try {
      sigmoid_focal_loss({TensorView(x, {2}), TensorView(target, {2})}, options);
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), "sigmoid_focal_loss: " + message);
    }
  };
  expect_refused(y, {}, "target[1] is 1.25; expected a number in [0, 1]");
  expect_refused(right, {.alpha = 1.5},
                 "the option alpha is 1.5; expected a number in [0, 1], or a negative one for no weights");
  expect_refused(right, {.gamma = -1}, "the option gamma is -1; expected a finite number, at least 0");
  expect_refused(right, {.gamma = inf}, "the option gamma is inf; expected a finite number, at least 0");
}

}  // namespace
}  // namespace lossproof
