// Binary cross entropy of probabilities: rounded once, its clamp, its edges and its refusals.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "element_calls.h"
#include "elements_at.h"

namespace lossproof {
namespace {

using testing::Draw;
using testing::ElementTruth;
using testing::expect_element;
using testing::inf;
using testing::nan;
using testing::Number;
using testing::number;

constexpr double below_the_clamp = 0x1.a8c1f14e2af5cp-145;
const double above_the_clamp = std::nextafter(below_the_clamp, 1);

/// The logarithm, and its derivative times a: -100 and 0 where it is clamped.
struct Clamped {
  Number log;
  Number slope;
};
Clamped clamped(const Number& a) {
  const Number l = log(a);
  if (mpfr_cmp_d(static_cast<mpfr_srcptr>(l), -100) < 0) return {number(-100), number(0)};
  return {l, number(1)};
}

ElementTruth truth(double p, double y, double) {
  const Number rest = number(1) - number(p), other = number(1) - number(y);
  const Clamped positive = clamped(number(p)), negative = clamped(rest);
  Number slope = number(0);
  if (!is_zero(positive.slope)) slope = slope - number(y) / number(p);
  if (!is_zero(negative.slope)) slope = slope + other / rest;
  return {-(number(y) * positive.log) - other * negative.log, slope, negative.log - positive.log};
}

double draw_probability(Draw& draw) {
  const double special[] = {0, 1, 0.5, below_the_clamp, above_the_clamp, 0x1p-149, 0x1p-1074, 1 - 0x1p-53};
  switch (draw.integer(0, 4)) {
    case 0:
      return special[draw.integer(0, 7)];
    case 1:
      return std::ldexp(draw.uniform(0.5, 1), -draw.integer(0, 150));
    case 2:
      return 1 - std::ldexp(draw.uniform(0.5, 1), -draw.integer(1, 53));
    default:
      return draw.uniform(0, 1);
  }
}

double draw_target(Draw& draw) {
  const double special[] = {0, 1, 0.5, -0.0};
  return draw.integer(0, 1) == 0 ? special[draw.integer(0, 3)] : draw.uniform(-0.5, 1.5);
}

TEST(BinaryCrossEntropy, IsRoundedOnceUnderEveryOption) {
  testing::expect_calls_rounded_once({binary_cross_entropy, truth, draw_probability, draw_target}, 120);
}

TEST(BinaryCrossEntropy, ClampsEachLogarithmAndItsDerivative) {
  const auto at = [](double p, double y) { return testing::element(binary_cross_entropy, p, y, 1); };
  expect_element(at(0, 0), {0, 1, 100});
  expect_element(at(0, 1), {100, 0, 100});
  expect_element(at(0, 0.25), {25, 0.75, 100});
  expect_element(at(1, 1), {0, -1, -100});
  expect_element(at(1, 0), {100, 0, -100});
  expect_element(at(1, 0.25), {75, -0.25, -100});
  expect_element(at(below_the_clamp, 1), {100, 0, 100});
  expect_element(at(above_the_clamp, 1), {100, -1 / above_the_clamp, 100});
  EXPECT_EQ(at(0x1p-144, 1).value, 144 * std::log(2.0));
}

TEST(BinaryCrossEntropy, HasItsLimitsAndNoNaNButOfNaN) {
  const auto at = [](double p, double y, double g = 1) { return testing::element(binary_cross_entropy, p, y, g); };
  expect_element(at(0.25, inf), {inf, -inf, std::log(3.0)});
  expect_element(at(0.25, -inf), {-inf, inf, std::log(3.0)});
  expect_element(at(0.75, inf), {-inf, -inf, -std::log(3.0)});
  expect_element(at(0, inf), {inf, -inf, 100});
  expect_element(at(1, inf), {-inf, -inf, -100});
  expect_element(at(0.5, inf), {std::log(2.0), -inf, 0});
  expect_element(at(nan, 0), {nan, nan, nan});
  expect_element(at(0.5, nan), {nan, nan, nan});
  expect_element(at(0.5, 0.5, inf), {std::log(2.0), 0, 0});
  expect_element(at(0.25, 1, inf), {2 * std::log(2.0), -inf, inf});
  expect_element(at(0.25, 1, 0), {2 * std::log(2.0), 0, 0});
}

// 4 / 3 times 3 (1 + 2^-24), a tie of f32.
TEST(BinaryCrossEntropy, DecidesATieThatIsAQuotientTimesItsDivisor) {
  const double p = 0.25, y = 0, g = 3 * (1 + 0x1p-24);
  float grad = 0;
  reset_refinements();
  binary_cross_entropy.backward({TensorView(&p, {}), TensorView(&y, {})}, {}, TensorView(&g, {}),
                                MutableTensorView(&grad, {}));
  EXPECT_EQ(grad, 4);
  EXPECT_EQ(refinements().widest, 0u);
}

TEST(BinaryCrossEntropy, RefusesWhatIsNoProbability) {
  const float p[] = {0, 1, -0x1p-149f, 0.5f, 1.5f, 0.5f}, y[6] = {};
  float out = -7;
  const auto expect_refused = [&](std::size_t from, const std::string& message) {
    try {
      binary_cross_entropy.value({TensorView(p + from, {2}), TensorView(y, {2})}, {}, MutableTensorView(&out, {}));
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), message);
    }
    EXPECT_EQ(out, -7);
  };
  expect_refused(3, "binary_cross_entropy: input[1] is 1.5; expected a number in [0, 1]");
  expect_refused(2, "binary_cross_entropy: input[0] is -1.40129846e-45; expected a number in [0, 1]");
}

}  // namespace
}  // namespace lossproof
