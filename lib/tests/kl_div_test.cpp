// The Kullback-Leibler divergence: rounded once, next to where it cancels too, and its edges.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "element_calls.h"
#include "elements_at.h"

namespace lossproof {
namespace {

using testing::Draw;
using testing::ElementTruth;
using testing::expect_element;
using testing::expect_promised;
using testing::inf;
using testing::nan;
using testing::Number;
using testing::number;
using testing::same;

ElementTruth of_probabilities(double x, double y, double) {
  if (y == 0) return {number(0), number(0), number(-inf)};
  const Number gap = log(number(y)) - number(x);
  return {number(y) * gap, -number(y), gap + number(1)};
}

ElementTruth of_logarithms(double x, double y, double) {
  const Number t = exp(number(y)), gap = number(y) - number(x);
  return {t * gap, -t, t * (gap + number(1))};
}

double draw_input(Draw& draw) {
  const double special[] = {0, 1, -1, -40, 1.5};
  if (draw.integer(0, 4) == 0) return special[draw.integer(0, 4)];
  return draw.integer(0, 1) == 0 ? draw.uniform(-20, 0) : std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 12));
}

double draw_probability(Draw& draw) {
  const double special[] = {0, 1, 0.5, 2};
  if (draw.integer(0, 4) == 0) return special[draw.integer(0, 3)];
  return draw.integer(0, 1) == 0 ? draw.uniform(0, 1) : std::ldexp(draw.uniform(0.5, 1), draw.integer(-149, 8));
}

double draw_logarithm(Draw& draw) {
  const double special[] = {0, 1, -1, -40, 90};
  if (draw.integer(0, 4) == 0) return special[draw.integer(0, 4)];
  return draw.integer(0, 1) == 0 ? draw.uniform(-20, 0) : std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 11));
}

TEST(KlDiv, IsRoundedOnceUnderEveryReduction) {
  testing::expect_calls_rounded_once({kl_div, of_probabilities, draw_input, draw_probability}, 120);
}

TEST(KlDiv, OfLogarithmsIsRoundedOnceUnderEveryReduction) {
  testing::expect_calls_rounded_once({kl_div, of_logarithms, draw_input, draw_logarithm, {.log_target = true}}, 120);
}

// The input is the logarithm of the target, rounded to f32, or a neighbour of it.
TEST(KlDiv, OfAlmostEqualDistributionsIsRoundedOnce) {
  Draw draw(5);
  for (int i = 0; i < 200; ++i) {
    const float y = static_cast<float>(draw.uniform(0, 1));
    float x = std::log(y);
    if (draw.integer(0, 1) == 0) x = std::nextafter(x, -HUGE_VALF);
    const ElementTruth truth = of_probabilities(x, y, 1);
    const Tensor got = kl_div({TensorView(&x, {}), TensorView(&y, {})});
    expect_promised(got.item(), truth.value, DType::f32);
  }
}

TEST(KlDiv, HasItsLimits) {
  const auto at = [](double x, double y, double g = 1) { return testing::element(kl_div, x, y, g); };
  expect_element(at(-1, 0), {0, 0, -inf});
  expect_element(at(-inf, 0), {0, 0, -inf});
  expect_element(at(inf, 0), {0, 0, -inf});
  expect_element(at(-inf, 0.5), {inf, -0.5, inf});
  expect_element(at(inf, 0.5), {-inf, -0.5, -inf});
  expect_element(at(0, inf), {inf, -inf, inf});
  expect_element(at(-inf, inf), {inf, -inf, inf});
  expect_element(at(inf, inf), {nan, -inf, nan});
  expect_element(at(0, 1), {0, -1, 1});
  expect_element(at(1, 1), {-1, -1, 0});
  expect_element(at(0, -0.5), {nan, nan, nan});
  expect_element(at(0, -inf), {nan, nan, nan});
  expect_element(at(nan, 0), {nan, nan, nan});
  expect_element(at(-1, 0, inf), {0, 0, -inf});
  expect_element(at(1, 1, inf), {-1, -inf, 0});
  expect_element(at(-1, -0.0, 0), {0, 0, 0});
}

TEST(KlDiv, OfLogarithmsHasItsLimits) {
  const auto at = [](double x, double y, double g = 1) {
    return testing::element(kl_div, x, y, g, {.log_target = true});
  };
  expect_element(at(-1, -inf), {0, 0, 0});
  expect_element(at(-inf, -inf), {0, 0, 0});
  expect_element(at(inf, -inf), {0, 0, 0});
  expect_element(at(-1, -inf, inf), {0, nan, nan});  // 0 in the limit
  expect_element(at(-inf, 0), {inf, -1, inf});
  expect_element(at(inf, 0), {-inf, -1, -inf});
  expect_element(at(0, inf), {inf, -inf, inf});
  expect_element(at(inf, inf), {nan, -inf, nan});
  expect_element(at(0.25, 0.25), {0, -std::exp(0.25), std::exp(0.25)});
  expect_element(at(1.5, 0.5, inf), {-std::exp(0.5), -inf, 0});
  expect_element(at(0, 1e300), {inf, -inf, inf});
  expect_element(at(1e300, 1e300), {0, -inf, inf});
  expect_element(at(0, 800, 0x1p-1074), {inf, -0x1.1d3d7363fee65p+80, 0x1.be3ea305f0475p+89});
  expect_element(at(0, -1e300, 1), {-0.0, -0.0, -0.0});
}

TEST(KlDiv, MeanIsByElementAndBatchmeanByTheFirstDimension) {
  const double x[] = {-1, -2, -3, -4, -5, -6}, y[] = {1, 1, 1, 1, 1, 1};
  const Inputs inputs{TensorView(x, {2, 3}), TensorView(y, {2, 3})};
  EXPECT_EQ(kl_div(inputs).item(), 3.5);
  EXPECT_EQ(kl_div(inputs, {.reduction = Reduction::batchmean}).item(), 10.5);
  EXPECT_EQ(kl_div({TensorView(x, {}), TensorView(y, {})}, {.reduction = Reduction::batchmean}).item(), 1);
  EXPECT_TRUE(
      same(kl_div({TensorView(x, {0, 3}), TensorView(y, {0, 3})}, {.reduction = Reduction::batchmean}).item(), nan));
}

TEST(KlDiv, TakesNoWeight) {
  const double x = -1, y = 1;
  try {
    kl_div({TensorView(&x, {}), TensorView(&y, {})}, {.weight = TensorView(&y, {})});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "kl_div: takes no option weight");
  }
}

}  // namespace
}  // namespace lossproof
