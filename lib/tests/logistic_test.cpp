// Sigmoid, log_sigmoid and softplus where a term that is next to nothing decides: at midpoints far out and near 0, for
// every beta, and the signs of zeros.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "reference.h"

namespace lossproof {
namespace {

using testing::numbers;
using testing::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();

double value_of(const Loss& loss, double x, DType input, DType result, std::optional<double> beta = {}) {
  return numbers(loss({tensor(input, {1}, {x}).view()}, {.dtype = result, .beta = beta}))[0];
}

double gradient_of(const Loss& loss, double x, double g, DType result, std::optional<double> beta = {}) {
  const Tensor input = tensor(DType::f64, {1}, {x});
  const Tensor grad_output = tensor(DType::f64, {1}, {g});
  Tensor grad(result, {1});
  loss.backward({input.view()}, {.beta = beta}, grad_output.view(), grad.view());
  return numbers(grad)[0];
}

void expect_bits(double got, double expected) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected)) << got << ", not " << expected;
}

// 0x1.75 is midway between two numbers of bf16.
TEST(Softplus, FarOutTheTermThatIsNextToNothingTellsTheSideOfAMidpoint) {
  for (const double beta : {1e300, 0x1p70, 1000.0, 100.0}) {
    expect_bits(value_of(softplus, 0x1.75p+0, DType::f32, DType::bf16, beta), 0x1.76p+0);
    expect_bits(value_of(softplus, 0x1.73p+0, DType::f32, DType::bf16, beta), 0x1.74p+0);
    expect_bits(value_of(softplus, -0x1.75p+0, DType::f32, DType::bf16, -beta), -0x1.76p+0);
  }
  expect_bits(value_of(log_sigmoid, -0x1.75p+7, DType::f64, DType::bf16), -0x1.76p+7);
}

TEST(Softplus, WhatIsTooSmallIsTheZeroOfItsSignAndALimitIsPlusZero) {
  for (const DType result : {DType::bf16, DType::f64}) {
    expect_bits(value_of(softplus, -0x1p+100, DType::f64, result), 0.0);
    expect_bits(value_of(softplus, 3, DType::f64, result, -1e300), -0.0);
    expect_bits(value_of(log_sigmoid, 0x1p+516, DType::f64, result), -0.0);
    expect_bits(value_of(log_sigmoid, 800, DType::f64, result), -0.0);
    expect_bits(value_of(log_sigmoid, inf, DType::f64, result), 0.0);
    expect_bits(value_of(softplus, -inf, DType::f64, result), 0.0);
    expect_bits(value_of(softplus, inf, DType::f64, result, -2), 0.0);
  }
}

TEST(Softplus, OfATinyBetaIsTheLogarithmOfTwoOverIt) {
  expect_bits(value_of(softplus, 1, DType::f64, DType::f64, 0x1p-1000), 0x1.62e42fefa39efp+999);
  expect_bits(value_of(softplus, 1, DType::f32, DType::f32, 5e-324), inf);
}

// A derivative is 1, 1/2 or 1/4 less next to nothing; times a midpoint it lies below it, or above.
TEST(Derivatives, NearARationalAreOnItsRightSide) {
  const double midpoint = 1 + 0x1p-8;  // of 1 and 1 + 2^-7, a tie that goes down
  const double odd = 1 + 0x3p-8;       // of 1 + 2^-7 and 1 + 2^-6, a tie that goes up
  expect_bits(gradient_of(softplus, 1e3, odd, DType::bf16), 1 + 0x1p-7);
  expect_bits(gradient_of(softplus, 1e-300, midpoint, DType::bf16), 0.5 * (1 + 0x1p-7));
  expect_bits(gradient_of(softplus, -1e-300, odd, DType::bf16), 0.5 * (1 + 0x1p-7));
  expect_bits(gradient_of(softplus, 0, odd, DType::bf16), 0.5 * (1 + 0x1p-6));
  expect_bits(gradient_of(log_sigmoid, 1e-300, odd, DType::bf16), 0.5 * (1 + 0x1p-7));
  expect_bits(gradient_of(sigmoid, 1e-300, odd, DType::bf16), 0.25 * (1 + 0x1p-7));
  expect_bits(gradient_of(sigmoid, 0, odd, DType::bf16), 0.25 * (1 + 0x1p-6));
  reset_refinements();
  gradient_of(sigmoid, 1e-300, odd, DType::bf16);
  EXPECT_EQ(refinements().wide, 0u) << "what is known to lie beside a rational needs no further bits";
}

TEST(Functions, TakeNoReductionButNone) {
  const float x = 1;
  try {
    sigmoid({TensorView(&x, {1})}, {.reduction = Reduction::mean});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "sigmoid: takes no reduction but none");
  }
}

TEST(Softplus, RefusesABetaThatIsNoNumberToDivideBy) {
  const float x = 1;
  for (const double beta : {0.0, -0.0, inf, std::nan("")}) {
    try {
      softplus({TensorView(&x, {1})}, {.beta = beta});
      FAIL() << "accepted " << beta;
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()).rfind("softplus: the option beta is ", 0), 0u) << e.what();
      EXPECT_NE(std::string(e.what()).find("; expected a finite number other than 0"), std::string::npos);
    }
  }
  try {
    sigmoid({TensorView(&x, {1})}, {.beta = 2});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "sigmoid: takes no option beta");
  }
}

}  // namespace
}  // namespace lossproof
