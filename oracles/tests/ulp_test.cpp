#include "oracles/ulp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "oracles/rounding.h"

namespace oracles {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The error of `result` for a truth that is a double. Negative: undecided.
double error(double result, double truth, const Format& format) {
  const Precision precision(first_precision);
  const Interval point(truth);
  return ulp_error(result, round_to(enclosure(point), format).value(), enclosure(point), format).value_or(-1);
}

double error_between(double result, double low, double high, Ends ends, const Format& format) {
  const Precision precision(first_precision);
  return ulp_error(result, result, enclosure(hull(Interval(low), Interval(high)), ends), format).value_or(-1);
}

TEST(Ulp, AnErrorIsARealNumberNotACountOfNeighbours) {
  EXPECT_EQ(error(1, 1 + 0x1p-25, binary32), 0.25);
  EXPECT_EQ(error(1 + 0x1p-23, 1 + 0x1p-25, binary32), 0.75);
  EXPECT_EQ(error(-1, -1 - 0x1p-25, binary32), 0.25);
  EXPECT_EQ(error(1, 1 + 0x1p-25, binary64), 0x1p27);
  EXPECT_EQ(error(2, -2, binary32), 0x1p24);
}

TEST(Ulp, SubnormalTruthsHaveTheSpacingOfTheSmallestNormal) {
  EXPECT_EQ(error(0, 0x1p-150, binary32), 0.5);
  EXPECT_EQ(error(0x1p-149, 0x1p-150, binary32), 0.5);
  EXPECT_EQ(error(0x1p-148, 0x1p-149, binary32), 1);
  EXPECT_EQ(error(0x1p-1073, 0x1p-1074, binary64), 1);
}

TEST(Ulp, TheUlpOfZeroIsTheSmallestSubnormal) {
  EXPECT_EQ(error(0x1p-149, 0, binary32), 1);
  EXPECT_EQ(error(-0x1p-1074, 0, binary64), 1);
  EXPECT_EQ(error(1, 0, binary32), 0x1p149);
}

TEST(Ulp, AtABinadeEdgeTheSpacingIsTheTruthsOwn) {
  EXPECT_EQ(error(1 - 0x1p-24, 1, binary32), 0.5);
  EXPECT_EQ(error(1 + 0x1p-23, 1, binary32), 1);
  EXPECT_EQ(error(1, 1 - 0x1p-25, binary32), 0.5);
}

TEST(Ulp, ATruthThatRoundsToInfinityCountsAsInfinity) {
  const double beyond = 0x1p128 - 0x1p103;
  EXPECT_EQ(error(inf, beyond, binary32), 0);
  EXPECT_EQ(error(std::numeric_limits<float>::max(), beyond, binary32), inf);
  EXPECT_EQ(error(std::numeric_limits<float>::max(), 0x1p128 - 0x1.8p103, binary32), 0.5 - 0.25);
  EXPECT_EQ(error(inf, 0x1p128 - 0x1.8p103, binary32), inf);
}

TEST(Ulp, InfinitiesAndNaNAreRightOrInfinitelyWrong) {
  EXPECT_EQ(error(inf, inf, binary32), 0);
  EXPECT_EQ(error(-inf, inf, binary32), inf);
  EXPECT_EQ(error(nan, inf, binary32), inf);
  EXPECT_EQ(error(inf, nan, binary32), inf);
  EXPECT_EQ(error(nan, nan, binary32), 0);
  EXPECT_EQ(error(nan, 1, binary32), inf);
  EXPECT_EQ(error(1, nan, binary32), inf);
}

TEST(Ulp, TheSignOfZeroCostsNothing) {
  EXPECT_EQ(error(-0.0, 0, binary32), 0);
  EXPECT_EQ(error(-0.0, 0x1p-151, binary32), 0.25);
  EXPECT_EQ(error(0.0, 0x1p-151, binary32), 0.25);
}

TEST(Ulp, AWideEnclosureLeavesTheErrorUndecided) {
  EXPECT_EQ(error_between(1, 1 - 0x1p-24, 1 + 0x1p-24, Ends::included, binary32), -1);
  EXPECT_EQ(error_between(1.5, 1 + 0x1p-23, 1 + 0x1p-22, Ends::included, binary32), -1);
  EXPECT_EQ(error_between(1.5, 1 + 0x1p-23, 1 + 0x1.004p-23, Ends::included, binary32), -1);
  EXPECT_EQ(error_between(1.5, 1 + 0x1p-23, 1 + 0x1.00001p-23, Ends::included, binary32), 0x1p22 - 1);
  // Equally far from both ends, and yet anywhere between 0 and 8 ulp.
  EXPECT_EQ(error_between(1.5, 1.5 - 0x1p-20, 1.5 + 0x1p-20, Ends::included, binary32), -1);
}

TEST(Ulp, AnErrorIsTheNearestMultipleOf2ToTheMinus16HoweverNarrowTheEnclosure) {
  const double result = 1 + 0x1p-23, quantum = 0x1p-39;  // 2^-16 ulp
  EXPECT_EQ(error_between(result, 1 + 0.4 * quantum, 1 + 0.4 * quantum, Ends::included, binary32), 1);
  EXPECT_EQ(error_between(result, 1 + 0.3 * quantum, 1 + 0.4 * quantum, Ends::included, binary32), 1);
  EXPECT_EQ(error_between(result, 1 + 0.6 * quantum, 1 + 0.6 * quantum, Ends::included, binary32), 1 - 0x1p-16);
  EXPECT_EQ(error_between(result, 1 + 0.4 * quantum, 1 + 0.6 * quantum, Ends::included, binary32), -1);
}

TEST(Ulp, AnEnclosureAroundZeroLeavesTheSpacingOpen) {
  EXPECT_EQ(error_between(1, -0x1p-100, 0x1p-100, Ends::included, binary32), -1);
  EXPECT_EQ(error_between(0x1p-149, -0x1p-160, 0x1p-160, Ends::included, binary32), -1);
  EXPECT_EQ(error_between(0x1p-149, -0x1p-170, 0x1p-170, Ends::included, binary32), 1);
}

TEST(Ulp, ABallAroundZeroLeavesTheSpacingOpen) {
  EXPECT_FALSE(ulp_error(1, 0, Ball(0, 0x1p-70), binary32));
  EXPECT_EQ(error_range(1, 0, Ball(0, 0x1p-70), binary32).most, inf);
  EXPECT_EQ(ulp_error(0x1p-149, 0, Ball(0, 0x1p-170), binary32), 1);  // all of it is among subnormals
}

TEST(Ulp, AnEnclosureAcrossABinadeEdgeIsDecidedOnlyWhereTheEdgeIsExcluded) {
  const double below_one = 1 - 0x1p-53;
  EXPECT_EQ(error_between(0.5, below_one, 1, Ends::included, binary32), -1);
  EXPECT_NEAR(error_between(0.5, below_one, 1, Ends::excluded, binary32), 0x1p23, 0.01);
  EXPECT_NEAR(error_between(-0.5, -1, -below_one, Ends::excluded, binary32), 0x1p23, 0.01);
}

}  // namespace
}  // namespace oracles
