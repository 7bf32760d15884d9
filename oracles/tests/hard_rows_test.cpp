// Rows that no fixed precision decides: midpoints, ties, gaps beyond the range of exp.
#include <gtest/gtest.h>

#include <cmath>

#include "oracles/reference.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

constexpr double max32 = std::numeric_limits<float>::max();
constexpr double max64 = std::numeric_limits<double>::max();

TEST(CrossEntropy, AGapOnAMidpointIsNotATie) {
  // The loss is d + log(1 + e^-d), d halfway between two numbers.
  EXPECT_EQ(class_loss(DType::f32, {-1, 0x1p24}, 0), 0x1p24 + 2);
  EXPECT_EQ(class_loss(DType::f32, {1, 0x1p25 - 2}, 0), 0x1p25 - 2);  // 2^25 - 4 is the even side of d
  EXPECT_EQ(class_loss(DType::f64, {-1, 0x1p53}, 0), 0x1p53 + 2);
  EXPECT_EQ(class_loss(DType::f64, {-2, 0x1p54}, 0), 0x1p54 + 4);
}

TEST(CrossEntropy, HugeGapsAreTheGapOrInfinity) {
  EXPECT_EQ(class_loss(DType::f32, {-max32, max32}, 0), inf);
  EXPECT_EQ(class_loss(DType::f64, {-max64, max64}, 0), inf);
  EXPECT_EQ(class_loss(DType::f32, {0, max32}, 0), max32);
  EXPECT_EQ(class_loss(DType::f64, {0, max64, 1}, 0), max64);
  EXPECT_TRUE(same(class_loss(DType::f32, {max32, -max32}, 0), 0.0));
  EXPECT_TRUE(same(class_loss(DType::f64, {0, -1e30}, 0), 0.0));
  EXPECT_TRUE(same(class_grad(DType::f64, {0, -1e30}, 0, 0), -0.0));
  EXPECT_TRUE(same(class_grad(DType::f64, {0, -1e30}, 0, 1), 0.0));
  EXPECT_TRUE(same(class_grad(DType::f64, {0, -1e30}, 1, 1, -1), 1));
}

TEST(CrossEntropy, ConfidentRowsKeepTheirRelativeAccuracy) {
  EXPECT_EQ(class_loss(DType::f64, {0, -40}, 0), 4.248354255291588986e-18);
  EXPECT_EQ(class_grad(DType::f64, {0, -40}, 0, 0), -4.248354255291588977e-18);
  EXPECT_EQ(class_loss(DType::f32, {0, -103}, 0), 0x1p-149);     // 1.85e-45
  EXPECT_EQ(class_loss(DType::f32, {0, -103.97}, 0), 0x1p-149);  // 1.000005 2^-150
  EXPECT_EQ(class_loss(DType::f32, {0, -103.98}, 0), 0);         // 0.99 2^-150
  EXPECT_EQ(class_loss(DType::f64, {0, -745.1}, 0), 0x1p-1074);
  EXPECT_EQ(class_loss(DType::f64, {0, -745.2}, 0), 0);
}

TEST(CrossEntropy, EqualLogitsGiveRationalGradientsTiesIncluded) {
  EXPECT_EQ(class_grad(DType::f32, {7, 7, 7}, 0, 1), static_cast<float>(1.0 / 3));
  EXPECT_EQ(class_grad(DType::f64, {7, 7, 7}, 0, 0), -2.0 / 3);
  // 3 2^-149 / 6 = 2^-150 and 9 2^-149 / 6 = 1.5 2^-149: ties to even.
  const std::vector<double> six(6, -1e4);
  EXPECT_TRUE(same(class_grad(DType::f32, six, 0, 1, 0x3p-149), 0.0));
  EXPECT_EQ(class_grad(DType::f32, six, 0, 1, 0x9p-149), 0x1p-148);
  EXPECT_TRUE(same(class_grad(DType::f32, six, 0, 1, -0x3p-149), -0.0));
}

TEST(CrossEntropy, ADerivativeBesideARationalKeepsItsSideUnderAnyGradOutput) {
  // p_0 - 1 = -1 + e^-12000; times g it is nearer to 0 than the midpoint 1 + 3 2^-24, whose even side is farther.
  const auto grad = [](double g) {
    Problem p = classes(DType::f64, {0, 12000}, 0, g);
    p.grad_dtype = DType::f32;
    return truth(cross_entropy(), p, Output::grad);
  };
  EXPECT_EQ(grad(1 + 0x3p-24), -1 - 0x1p-23);
  EXPECT_EQ(grad(-1 - 0x3p-24), 1 + 0x1p-23);
}

TEST(CrossEntropy, EqualLogitsBesideAnAbsentClassTieAsWithoutIt) {
  const std::vector<double> x = {2, 2, 2, 2, 2, 2, -inf};
  EXPECT_TRUE(same(class_grad(DType::f32, x, 0, 1, 0x3p-149), 0.0));
  EXPECT_EQ(class_grad(DType::f32, x, 0, 1, 0x9p-149), 0x1p-148);
}

TEST(CrossEntropy, AConfidentRowIsKnownToItsLastBitsAtTheFirstPrecision) {
  const Problem p = classes(DType::f64, {700, 0, -3}, 0);
  const Reference reference(cross_entropy(), p);
  for (const auto& [output, i] : {std::pair{Output::value, 0}, {Output::grad, 0}, {Output::grad, 1}}) {
    const Interval known = reference.enclosure(output, i);
    mpfr_t width;
    mpfr_init2(width, 64);
    mpfi_diam_rel(width, known.backend().data());
    EXPECT_LT(mpfr_get_d(width, MPFR_RNDU), 0x1p-115);
    mpfr_clear(width);
  }
}

TEST(CrossEntropy, AnAbsentClassChangesNothing) {
  Draw draw(5);
  for (int i = 0; i < 200; ++i) {
    std::vector<double> x = draw.logits();
    const double without = class_loss(DType::f64, x, 0);
    const double grad = class_grad(DType::f64, x, 0, 0);
    x.push_back(-inf);
    EXPECT_TRUE(same(class_loss(DType::f64, x, 0), without));
    EXPECT_TRUE(same(class_grad(DType::f64, x, 0, 0), grad));
    EXPECT_TRUE(same(class_grad(DType::f64, x, 0, static_cast<std::int64_t>(x.size()) - 1), 0.0));
  }
}

TEST(Bce, ASigmoidNextToAMidpointIsDecidedByItsCubicTerm) {
  // s(x) = 1/2 + x/4 - x^3/48 + ...: at x = 3 2^-52 it lies 2^-161 below the midpoint 1/2 + 1.5 2^-53.
  EXPECT_EQ(bce(DType::f64, 0x3p-52, 0, Output::grad), 0.5 + 0x1p-53);
  EXPECT_EQ(bce(DType::f64, -0x3p-53, 0, Output::grad), 0.5 - 0x1p-54);
  EXPECT_EQ(bce(DType::f64, 0x3p-52, 1, Output::grad), -0.5 + 0x3p-54);
}

TEST(Bce, IsDecidedAtEveryMagnitude) {
  for (const double x : {1e-300, 1.0, 40.0, 800.0, 1e5, 3e38, 1.7e308}) {
    if (x >= 40) {
      EXPECT_EQ(bce(DType::f64, x, 0), x);
    }
    EXPECT_EQ(bce(DType::f64, x, 0), bce(DType::f64, -x, 1));
    EXPECT_TRUE(same(bce(DType::f64, x, 1, Output::grad), -bce(DType::f64, -x, 0, Output::grad)));
    EXPECT_EQ(bce(DType::f64, x, 1), bce(DType::f64, -x, 0));
  }
  EXPECT_TRUE(same(bce(DType::f64, 1.7e308, 1), 0.0));
  EXPECT_TRUE(same(bce(DType::f64, 1.7e308, 1, Output::grad), -0.0));
  EXPECT_TRUE(same(bce(DType::f64, -1.7e308, 0, Output::grad), 0.0));
  EXPECT_EQ(bce(DType::f64, 1.7e308, -1), inf);
  EXPECT_EQ(bce(DType::f64, 1.7e308, 3), -inf);
}

TEST(Bce, WhatExpCannotReachStillBreaksATie) {
  // L = (1 - y) x + log(1 + e^-x) with (1 - y) x = 3 x on a midpoint whose even side is below.
  EXPECT_EQ(bce(DType::f32, 5592407, -2), 16777222);   // 3 x = 2^24 + 5
  EXPECT_EQ(bce(DType::f32, 11184814, -2), 33554444);  // 3 x = 2^25 + 10
  EXPECT_EQ(bce(DType::f32, -5592407, 3), 16777222);
}

TEST(Bce, HugeTargetsCancelWithoutLoss) {
  EXPECT_EQ(bce(DType::f64, 0x1p-996, 0x1p996), -0.306852819440054690582767878542);
  EXPECT_EQ(bce(DType::f64, -0x1p-996, 0x1p1022), 67108864.693147180559945309417232);
  EXPECT_EQ(bce(DType::f64, 0, 5e-324, Output::grad), 0.5);
  EXPECT_TRUE(same(bce(DType::f64, 0, 0.5, Output::grad), 0.0));
}

TEST(Mse, TiesGoToEven) {
  EXPECT_EQ(mse(DType::f32, 4097, 0), 16785408);                            // 4097^2 = 16785409
  EXPECT_EQ(mse(DType::f64, 94906267, 0), 9007199515875288);                // its square is one more
  EXPECT_TRUE(same(mse(DType::f32, 0x1p-75, 0), 0));                        // 2^-150
  EXPECT_EQ(mse(DType::f64, 0x1.8p-538, 0), 0x1p-1074);                     // 0.5625 2^-1074
  EXPECT_EQ(mse(DType::f64, 0.25, 0, Output::grad, 0x3p-1074), 0x1p-1073);  // 1.5 2^-1074
  EXPECT_EQ(mse(DType::f32, 0x1.8p-75, 0), 0x1p-149);
}

TEST(Mse, ATieThatTheSmallestNumberBreaksIsSeen) {
  EXPECT_EQ(mse(DType::f64, 94906267, 5e-324), 9007199515875288);
  EXPECT_EQ(mse(DType::f64, 94906267, -5e-324), 9007199515875290);
  EXPECT_EQ(mse(DType::f64, 0.25, 5e-324, Output::grad, 0x3p-1074), 0x1p-1074);
  EXPECT_EQ(mse(DType::f64, 0.25, -5e-324, Output::grad, 0x3p-1074), 0x1p-1073);
  EXPECT_EQ(mse(DType::f32, 1 + 0x1p-23, -0x1p-149, Output::grad), 2 + 0x1p-22);
}

TEST(Mse, TheWidestDifferencesAreExact) {
  const Problem p = element(mse_loss(), DType::f64, max64, 5e-324);
  const Rational difference = Rational(max64) - Rational(5e-324);
  EXPECT_EQ(Reference(mse_loss(), p).exact(Output::value, 0).value(), difference * difference);
  EXPECT_EQ(mse(DType::f64, max64, 5e-324), inf);
  EXPECT_EQ(mse(DType::f64, max64, 5e-324, Output::grad, 0.5), max64);
  EXPECT_EQ(mse(DType::f64, 0x1p511, 5e-324), 0x1p1022);
}

}  // namespace
}  // namespace oracles
