// The two 16-bit formats, every number of them: their values, midpoints and what is next to a midpoint round as IEEE 754
// has it, and never by way of a wider format.
#include <gtest/gtest.h>

#include <cmath>

#include "oracles/rounding.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/problems.h"
#include "oracles/ulp.h"

namespace oracles {
namespace {

struct Bits {
  const char* name;
  Format format;
  int fraction_bits;
  int bias;
  double largest;
  double threshold;  ///< halfway from the largest number to the next power of two
};

constexpr Bits half{"binary16", binary16, 10, 15, 65504, 65520};
constexpr Bits brain{"bfloat16", bfloat16, 7, 127, 0x1.fep127, 0x1.ffp127};

/// The number that a bit pattern stands for (IEEE 754 section 3.4).
double decoded(const Bits& bits, unsigned pattern) {
  const double sign = pattern >> 15 != 0 ? -1 : 1;
  const int exponent = static_cast<int>(pattern >> bits.fraction_bits & (0x7fffu >> bits.fraction_bits));
  const double fraction = std::ldexp(pattern & ((1u << bits.fraction_bits) - 1), -bits.fraction_bits);
  if (exponent == static_cast<int>(0x7fffu >> bits.fraction_bits)) return fraction == 0 ? sign * inf : nan;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bits.bias);
  return sign * std::ldexp(1 + fraction, exponent - bits.bias);
}

class SixteenBits : public ::testing::TestWithParam<Bits> {
 protected:
  /// x rounds to `expected` by every route. The sign of 0 is that of a result that was too small.
  void expect_rounded(double x, double expected) const {
    const Format& format = GetParam().format;
    EXPECT_TRUE(same(quantized(x, format), expected)) << std::hexfloat << x;
    mpfr_set_d(x_, x, MPFR_RNDN);
    const double from_reals = x == 0 ? 0.0 : expected;
    EXPECT_TRUE(same(round_to(Enclosure{x_, x_}, format).value(), from_reals)) << std::hexfloat << x;
    EXPECT_TRUE(same(round_to(Ball(x), format).value(), from_reals)) << std::hexfloat << x;
  }

  void expect_rounded_of_either_sign(double x, double expected) const {
    expect_rounded(x, expected);
    expect_rounded(-x, -expected);
  }

  SixteenBits() { mpfr_init2(x_, 64); }
  ~SixteenBits() override { mpfr_clear(x_); }

 private:
  mutable mpfr_t x_;
};

INSTANTIATE_TEST_SUITE_P(Formats, SixteenBits, ::testing::Values(half, brain),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(SixteenBits, EveryNumberIsItsOwnRounding) {
  for (unsigned pattern = 0; pattern < 0x10000; ++pattern) {
    const double x = decoded(GetParam(), pattern);
    expect_rounded(x, x);
  }
}

TEST_P(SixteenBits, EveryMidpointGoesToEvenAndItsNeighboursToTheNearer) {
  int midpoints = 0;
  for (unsigned pattern = 0; pattern < 0x7fff; ++pattern) {
    const double below = decoded(GetParam(), pattern);
    const double above = decoded(GetParam(), pattern + 1);
    if (!std::isfinite(above)) break;
    const double midpoint = below + (above - below) / 2;
    expect_rounded_of_either_sign(midpoint, pattern % 2 == 0 ? below : above);
    expect_rounded_of_either_sign(std::nextafter(midpoint, 0), below);
    expect_rounded_of_either_sign(std::nextafter(midpoint, inf), above);
    expect_rounded_of_either_sign(std::nextafter(above, 0), above);
    expect_rounded_of_either_sign(std::nextafter(below, inf), below);
    ++midpoints;
  }
  EXPECT_EQ(midpoints, (0x7fff >> GetParam().fraction_bits << GetParam().fraction_bits) - 1);
}

TEST_P(SixteenBits, OverflowBeginsAtHalfAnUlpBeyondTheLargestNumber) {
  const auto& [name, format, fraction_bits, bias, largest, threshold] = GetParam();
  expect_rounded_of_either_sign(largest, largest);
  expect_rounded_of_either_sign(std::nextafter(threshold, 0), largest);
  expect_rounded_of_either_sign(threshold, inf);
  for (const double beyond : {std::nextafter(threshold, inf), 2 * largest, 0x1p200, 0x1.fffffffffffffp1023}) {
    expect_rounded_of_either_sign(beyond, inf);
  }
}

TEST_P(SixteenBits, WhatIsTooSmallIsTheZeroOfItsSign) {
  const double smallest = decoded(GetParam(), 1);
  for (const double x : {smallest / 2, smallest / 4, 0x1p-500, 0x1p-1022, 0x1p-1074})
    expect_rounded_of_either_sign(x, 0.0);
  expect_rounded_of_either_sign(std::nextafter(smallest / 2, 1), smallest);
}

TEST_P(SixteenBits, AnUlpIsTheSpacingOfTheFormat) {
  const Format& format = GetParam().format;
  const double spacing = std::ldexp(1, -GetParam().fraction_bits);
  const double smallest = decoded(GetParam(), 1);
  const auto error = [&](double result, double truth) { return ulp_error(result, truth, Ball(truth), format).value(); };
  EXPECT_EQ(error(1, 1 + spacing / 4), 0.25);
  EXPECT_EQ(error(1 + spacing, 1), 1);
  EXPECT_EQ(error(1, 1 - spacing / 8), 0.25);
  EXPECT_EQ(error(0, smallest / 2), 0.5);
  EXPECT_EQ(error(3 * smallest, smallest), 2);
  EXPECT_EQ(error(smallest, 0), 1);
  EXPECT_NEAR(error(GetParam().largest, std::nextafter(GetParam().threshold, 0)), 0.5, 0x1p-40);
}

double one_result(DType of_inputs, DType result, double x, double y, Output output, Rung first) {
  Problem p = element(mse_loss(), of_inputs, x, y);
  p.value_dtype = p.grad_dtype = result;
  return Reference(mse_loss(), p, first).rounded(output, 0).value;
}

// 2 (x - y) lies beside the midpoint 2 + s of the 16-bit format by less than f32 or f64 would keep: by way of them it would
// be a tie, and go to 2.
TEST(SixteenBitResults, AreRoundedOnce) {
  for (const Rung first : {Rung::ball, Rung::arb}) {
    for (const auto& [dtype, spacing] : {std::pair{DType::f16, 0x1p-10}, {DType::bf16, 0x1p-7}}) {
      const double beside_in_f32 = 1 + spacing / 2 + 0x1p-40;
      EXPECT_EQ(one_result(DType::f64, dtype, beside_in_f32, 0, Output::grad, first), 2 + 2 * spacing);
      EXPECT_EQ(one_result(DType::f64, dtype, 1 + spacing / 2, -0x1p-100, Output::grad, first), 2 + 2 * spacing);
      EXPECT_EQ(one_result(DType::f64, dtype, 1 + spacing / 2, 0x1p-100, Output::grad, first), 2);
      EXPECT_EQ(one_result(DType::f64, dtype, 1 + spacing / 2, 0, Output::grad, first), 2);
    }
    // 17^2 = 289 lies midway between 288 and 290 of bf16.
    EXPECT_EQ(one_result(DType::bf16, DType::bf16, 17, 0, Output::value, first), 288);
    EXPECT_EQ(one_result(DType::bf16, DType::bf16, 17, -0x1p-100, Output::value, first), 290);
    EXPECT_EQ(one_result(DType::bf16, DType::bf16, 17, 0x1p-100, Output::value, first), 288);
    EXPECT_EQ(one_result(DType::bf16, DType::f32, 17, 0, Output::value, first), 289);
    EXPECT_EQ(one_result(DType::f16, DType::f16, 256, 0, Output::value, first), inf);
    EXPECT_EQ(one_result(DType::f16, DType::f32, 256, 0, Output::value, first), 65536);
    EXPECT_EQ(one_result(DType::f16, DType::bf16, 256, 0, Output::value, first), 65536);
  }
}

TEST(SixteenBitResults, HaveEachTheirOwnDtype) {
  Problem p = classes(DType::bf16, {1.5, -0.25, 3}, 0);
  const Problem wide = classes(DType::f32, {1.5, -0.25, 3}, 0);
  const Reference in_f32(cross_entropy(), wide);
  p.value_dtype = DType::f32;
  const Reference mixed(cross_entropy(), p);
  const double value = in_f32.rounded(Output::value, 0).value;
  EXPECT_EQ(mixed.rounded(Output::value, 0).value, value);
  EXPECT_NE(quantized(value, bfloat16), value);
  const double grad = mixed.rounded(Output::grad, 0).value;
  EXPECT_EQ(quantized(grad, bfloat16), grad);
  EXPECT_NE(in_f32.rounded(Output::grad, 0).value, grad);
  EXPECT_LE(mixed.ulp_error(Output::grad, 0, grad), 0.5);
  EXPECT_NEAR(mixed.ulp_error(Output::grad, 0, grad * (1 + 0x1p-5)),
              std::fabs(grad) * 0x1p-5 / std::ldexp(1, std::ilogb(grad) - 7), 0.5);
}

}  // namespace
}  // namespace oracles
