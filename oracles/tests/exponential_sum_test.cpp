// Signs of sums of exponentials that no enclosure of their terms tells.
#include "oracles/exponential_sum.h"

#include <gtest/gtest.h>

#include <cmath>

namespace oracles {
namespace {

ExponentialSum sum_of(double temperature, std::initializer_list<std::pair<Rational, Rational>> terms) {
  ExponentialSum sum(temperature);
  for (const auto& [coefficient, v] : terms) sum.add(coefficient, v);
  return sum;
}

TEST(ExponentialSum, TheLargestExponentDecidesHoweverFarOut) {
  EXPECT_EQ(sum_of(0x1p-1074, {{1, -0x1p1023}, {-1000, Rational(-0x1p1023) - Rational(0x1p-1000)}}).sign(), 1);
  EXPECT_EQ(sum_of(1, {{-1, -0x1p60}, {1000, -0x1p60 - 1024}}).sign(), -1);
  EXPECT_EQ(sum_of(1, {{-1, -0x1p60}, {1, -0x1p1000}, {1, -0x1p60}}).sign(), 1);
}

TEST(ExponentialSum, WhatIsLargerTogetherDecides) {
  // e > 5/2, e < 3.
  EXPECT_EQ(sum_of(0x1p-40, {{1, -0x1p30}, {Rational(-5, 2), Rational(-0x1p30) - Rational(0x1p-40)}}).sign(), 1);
  EXPECT_EQ(sum_of(0x1p-40, {{1, -0x1p30}, {-3, Rational(-0x1p30) - Rational(0x1p-40)}}).sign(), -1);
  // The second difference of e^(v / T) is 2^-4000 of it.
  EXPECT_EQ(sum_of(0x1p1000, {{1, 0}, {-2, -0x1p-1000}, {1, -0x1p-999}}).sign(), 1);
}

TEST(ExponentialSum, IsZeroWhereNoCoefficientIsLeft) {
  EXPECT_EQ(sum_of(3, {{2, -1}, {-1, -1}, {0, -5}, {-1, -1}}).sign(), 0);
  EXPECT_TRUE(sum_of(3, {{Rational(1, 3), -1}, {Rational(-1, 3), -1}}).is_zero());
  EXPECT_FALSE(sum_of(3, {{1, -1}, {-1, Rational(-1) - Rational(5e-324)}}).is_zero());
}

TEST(ExponentialSum, IsBelowOneByItsBits) {
  for (const double v : {-3.0, 0.0, 2.5}) {
    const double bits = sum_of(0.5, {{5, v}, {-0.25, v - 7}}).bits_below_one();
    EXPECT_LE(5.25 * std::exp(v / 0.5), std::exp2(-bits));
    EXPECT_GE(5.25 * std::exp(v / 0.5), std::exp2(-bits - 4));
  }
  EXPECT_EQ(sum_of(1, {{0, 3}}).bits_below_one(), std::numeric_limits<double>::infinity());
}

TEST(ExponentialSum, AProductDecidesWhereItsFactorsAreLarger) {
  const ExponentialSum a = sum_of(1, {{1, -0x1p60}, {1, -0x1p61}});
  const ExponentialSum b = sum_of(1, {{2, -0x1p59}});
  const Rational both = Rational(-0x1p60) - Rational(0x1p59);
  EXPECT_EQ(sign_with_product(sum_of(1, {{1, both + 1}}), -1, a, b), 1);  // e > 2
  EXPECT_EQ(sign_with_product(sum_of(1, {{1, both}}), -1, a, b), -1);
  EXPECT_EQ(sign_with_product(sum_of(1, {{2, both}}), -1, a, b), std::nullopt);  // e^-2^60 of it
  EXPECT_EQ(sign_with_product(sum_of(1, {}), 1, a, b), 1);
  EXPECT_EQ(sign_with_product(sum_of(1, {{-1, -5}}), 0x1p1000, a, b), -1);
}

}  // namespace
}  // namespace oracles
