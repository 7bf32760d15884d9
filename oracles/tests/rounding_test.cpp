#include "oracles/rounding.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "oracles/tests/bits.h"
#include "oracles/tests/exact.h"

namespace oracles {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// [low, high], or the point where they are one, rounded; 12345 where undecided.
double rounded(const Rational& low, const Rational& high, Ends ends, const Format& format) {
  const Precision precision(4096);
  return round_to(enclosure(hull(enclose(low), enclose(high)), ends), format).value_or(12345);
}

double rounded(const Rational& x, const Format& format) { return rounded(x, x, Ends::included, format); }

TEST(Rounding, APointOnAMidpointGoesToTheEvenNeighbour) {
  EXPECT_TRUE(same(rounded(1 + power(-24), binary32), 1));
  EXPECT_TRUE(same(rounded(1 + 3 * power(-24), binary32), 1 + 0x1p-22));
  EXPECT_TRUE(same(rounded(-1 - 3 * power(-24), binary32), -1 - 0x1p-22));
  EXPECT_TRUE(same(rounded(1 + power(-53), binary64), 1));
  EXPECT_TRUE(same(rounded(1 + 3 * power(-53), binary64), 1 + 0x1p-51));
}

TEST(Rounding, NextToAMidpointTheNearerNeighbourWinsHoweverCloseItIs) {
  for (const int sticky : {-200, -1000, -4000}) {
    EXPECT_TRUE(same(rounded(1 + power(-24) + power(sticky), binary32), 1 + 0x1p-23));
    EXPECT_TRUE(same(rounded(1 + 3 * power(-24) - power(sticky), binary32), 1 + 0x1p-23));
    EXPECT_TRUE(same(rounded(-1 - power(-53) - power(sticky), binary64), -1 - 0x1p-52));
  }
}

TEST(Rounding, AnExcludedEndOnAMidpointIsDecidedToTheInnerSide) {
  const Rational midpoint = 1 + power(-24);
  EXPECT_TRUE(same(rounded(midpoint, midpoint + power(-99), Ends::excluded, binary32), 1 + 0x1p-23));
  EXPECT_TRUE(same(rounded(midpoint - power(-99), midpoint, Ends::excluded, binary32), 1));
  EXPECT_TRUE(same(rounded(-midpoint, -midpoint + power(-99), Ends::excluded, binary32), -1));
  EXPECT_TRUE(same(rounded(-midpoint - power(-99), -midpoint, Ends::excluded, binary32), -1 - 0x1p-23));
}

TEST(Rounding, AnIncludedEndOnAMidpointIsUndecidedUnlessEvenIsTheInnerSide) {
  const Rational midpoint = 1 + power(-24);
  EXPECT_EQ(rounded(midpoint, midpoint + power(-99), Ends::included, binary32), 12345);
  EXPECT_TRUE(same(rounded(midpoint - power(-99), midpoint, Ends::included, binary32), 1));
}

TEST(Rounding, AMidpointInsideIsUndecidedWhateverTheEnds) {
  const Rational midpoint = 1 + power(-24);
  for (const Ends ends : {Ends::included, Ends::excluded}) {
    EXPECT_EQ(rounded(midpoint - power(-99), midpoint + power(-99), ends, binary32), 12345);
  }
}

TEST(Rounding, SubnormalsAreRoundedOnceAtTheirOwnSpacing) {
  EXPECT_TRUE(same(rounded(power(-150), binary32), 0));
  EXPECT_TRUE(same(rounded(power(-150) + power(-400), binary32), 0x1p-149));
  EXPECT_TRUE(same(rounded(3 * power(-150), binary32), 0x1p-148));
  EXPECT_TRUE(same(rounded(power(-126) - power(-150), binary32), 0x1p-126));
  EXPECT_TRUE(same(rounded(5 * power(-1075), binary64), 0x1p-1073));
  // Through f64 this would be 2^-149 + 2^-150, then a tie, then 2^-148.
  EXPECT_TRUE(same(rounded(3 * power(-150) - power(-1200), binary32), 0x1p-149));
}

TEST(Rounding, TheOverflowThresholdIsHalfAnUlpBeyondTheLargestNumber) {
  const double max32 = std::numeric_limits<float>::max();
  const Rational threshold = power(128) - power(103);
  EXPECT_TRUE(same(rounded(threshold - power(-99), binary32), max32));
  EXPECT_TRUE(same(rounded(threshold, binary32), inf));
  EXPECT_TRUE(same(rounded(-threshold, binary32), -inf));
  EXPECT_TRUE(same(rounded(threshold - 1, threshold, Ends::excluded, binary32), max32));
  EXPECT_TRUE(same(rounded(power(1024) - power(970), binary64), inf));
  EXPECT_TRUE(same(rounded(power(1024) - power(970) - 1, binary64), std::numeric_limits<double>::max()));
  EXPECT_TRUE(same(rounded(power(2000), power(3000), Ends::included, binary64), inf));
}

TEST(Rounding, AnExactZeroIsPositiveAndAResultTooSmallHasTheSignOfTheTruth) {
  EXPECT_TRUE(same(rounded(0, binary32), 0.0));
  EXPECT_TRUE(same(rounded(0, power(-2000), Ends::included, binary64), 0.0));
  EXPECT_TRUE(same(rounded(-power(-2000), -power(-2001), Ends::included, binary64), -0.0));
  EXPECT_TRUE(same(rounded(-power(-2000), 0, Ends::excluded, binary64), -0.0));
  EXPECT_EQ(rounded(-power(-2000), 0, Ends::included, binary64), 12345);
  EXPECT_EQ(rounded(-power(-2000), power(-2000), Ends::excluded, binary64), 12345);
}

TEST(Rounding, InfinitiesAndNaNAreTheirOwnRoundings) {
  const Precision precision(first_precision);
  EXPECT_TRUE(same(round_to(enclosure(Interval(inf)), binary32).value(), inf));
  EXPECT_TRUE(same(round_to(enclosure(Interval(-inf)), binary32).value(), -inf));
  EXPECT_TRUE(same(round_to(enclosure(Interval(std::nan(""))), binary32).value(), std::nan("")));
}

TEST(Rounding, AFormatOfElevenBitsRoundsAsBinary16Does) {
  EXPECT_TRUE(same(rounded(2049, binary16), 2048));
  EXPECT_TRUE(same(rounded(2051, binary16), 2052));
  EXPECT_TRUE(same(rounded(65519, binary16), 65504));
  EXPECT_TRUE(same(rounded(65520, binary16), inf));
  EXPECT_TRUE(same(rounded(3 * power(-26), binary16), 0x1p-24));
}

TEST(Rounding, AgreesWithTheProcessorOnItsOwnOperations) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const double a = std::bit_cast<double>(random());
    const double b =
        std::bit_cast<double>(random() % 4 == 0 ? random() : (std::bit_cast<std::uint64_t>(a) ^ (random() >> 14)));
    if (!std::isfinite(a) || !std::isfinite(b) || b == 0) continue;
    const Rational x(a), y(b);
    EXPECT_TRUE(same(correctly_rounded(x, binary32), static_cast<float>(a)));
    EXPECT_TRUE(same(correctly_rounded(x / y, binary64), a / b));
    EXPECT_TRUE(same(rounded(x, binary32), static_cast<float>(a)));
    EXPECT_TRUE(same(rounded(x * y, binary64), a * b));
    EXPECT_TRUE(same(rounded(x - y, binary64), a - b));
    EXPECT_TRUE(same(rounded(x / y, binary64), a / b));
  }
}

}  // namespace
}  // namespace oracles
