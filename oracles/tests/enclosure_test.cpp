// How Arb's balls become intervals between MPFR numbers, and the sign of an enclosure.
#include "oracles/enclosure.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

/// mid 2^exponent +- radius 2^exponent.
Arb scaled(double mid, double radius, slong exponent) {
  Arb x(mid);
  mag_set_d(arb_radref(x.get()), radius);
  arb_mul_2exp_si(x.get(), x.get(), exponent);
  return x;
}

/// `end` compared with the end of x, which is exact at this precision.
int compared(mpfr_srcptr end, const Arb& x, bool upper) {
  arf_t exact, found;
  arf_init(exact);
  arf_init(found);
  if (upper)
    arb_get_ubound_arf(exact, x.get(), 4000);
  else
    arb_get_lbound_arf(exact, x.get(), 4000);
  arf_set_mpfr(found, end);
  const int order = arf_cmp(found, exact);
  arf_clear(exact);
  arf_clear(found);
  return order;
}

constexpr slong exponents[] = {0, -1074, 1 << 20, -(1 << 20), (1 << 29) - 100, -(1 << 29) + 100};
constexpr slong huge_exponents[] = {1 << 29,        -(1 << 29),      (1 << 29) + 3,  (1L << 30) + 5, -(1L << 30) - 5,
                                    (1L << 40) + 1, -(1L << 40) - 1, (1L << 62) + 1, -(1L << 62) - 1};

TEST(ArbEnds, AreTheEndsOfTheBallWhereTheyFit) {
  Draw draw(1);
  for (int i = 0; i < 20'000; ++i) {
    const double mid = draw.at(draw.between(-60, 60));
    const double radius = i % 4 == 0 ? 0 : std::fabs(draw.at(draw.between(-60, 62)));
    const Arb x = scaled(mid, radius, exponents[draw.below(std::size(exponents))]);
    const ArbEnds ends(x);
    const Enclosure found = ends.enclosure();
    EXPECT_EQ(compared(found.low, x, false), 0) << mid << " " << radius;
    EXPECT_EQ(compared(found.high, x, true), 0) << mid << " " << radius;
  }
}

TEST(ArbEnds, AreRoundedOutwardWhereTheyDoNotFit) {
  Draw draw(2);
  const ArbPrecision precision(128);
  for (int i = 0; i < 20'000; ++i) {
    const double mid = draw.at(draw.between(-10, 10));
    const Arb x =
        scaled(mid, std::fabs(draw.at(draw.between(-1000, -200))), exponents[draw.below(std::size(exponents))]);
    const ArbEnds ends(x);
    EXPECT_LT(compared(ends.enclosure().low, x, false), 0);
    EXPECT_GT(compared(ends.enclosure().high, x, true), 0);
  }
}

TEST(ArbEnds, OfHugeExponentsAreMovedOutward) {
  Draw draw(3);
  for (const slong exponent : huge_exponents) {
    for (int i = 0; i < 400; ++i) {
      const double mid = i % 5 == 0 ? 0 : draw.at(draw.between(-3, 3));
      const Arb x = scaled(mid, i % 3 == 0 ? 0 : std::fabs(draw.at(draw.between(-20, 4))), exponent);
      const ArbEnds ends(x);
      const Enclosure found = ends.enclosure();
      EXPECT_FALSE(found.is_nan());
      EXPECT_LE(compared(found.low, x, false), 0) << exponent << " " << mid;
      EXPECT_GE(compared(found.high, x, true), 0) << exponent << " " << mid;
      // A ball on one side of 0 is never moved to the other.
      EXPECT_TRUE(mpfr_sgn(found.low) >= 0 || arb_is_positive(x.get()) == 0) << exponent << " " << mid;
      EXPECT_TRUE(mpfr_sgn(found.high) <= 0 || arb_is_negative(x.get()) == 0) << exponent << " " << mid;
    }
  }
}

TEST(ArbEnds, OfExactNumbersArePoints) {
  for (const double exact : {0.0, 1.0, -0x1.fffffffffffffp1023, 0x1p-1074, inf, -inf}) {
    const ArbEnds ends{Arb(exact)};
    EXPECT_EQ(mpfr_get_d(ends.enclosure().low, MPFR_RNDN), exact);
    EXPECT_EQ(mpfr_get_d(ends.enclosure().high, MPFR_RNDN), exact);
    EXPECT_EQ(ends.enclosure(Ends::excluded).ends, Ends::excluded);
  }
}

TEST(ArbEnds, OfBallsThatSayNothingAreBothInfinities) {
  Arb nothing, around_infinity(inf);
  arb_indeterminate(nothing.get());
  mag_one(arb_radref(around_infinity.get()));
  for (const Arb& x : {nothing, around_infinity, Arb(inf) - Arb(inf), Arb(nan), Arb(1) / Arb(0)}) {
    const ArbEnds ends(x);
    EXPECT_EQ(mpfr_get_d(ends.enclosure().low, MPFR_RNDN), -inf);
    EXPECT_EQ(mpfr_get_d(ends.enclosure().high, MPFR_RNDN), inf);
    EXPECT_EQ(sign(ends.enclosure()), std::nullopt);
  }
}

TEST(Sign, IsThatOfAllNumbersOfAnEnclosureOrUnknown) {
  const Precision precision(first_precision);
  const auto of = [](double low, double high, Ends ends) {
    return sign(enclosure(hull(Interval(low), Interval(high)), ends));
  };
  for (const Ends ends : {Ends::included, Ends::excluded}) {
    EXPECT_EQ(of(1, 2, ends), 1);
    EXPECT_EQ(of(-2, -1, ends), -1);
    EXPECT_EQ(of(-1, 1, ends), std::nullopt);
  }
  EXPECT_EQ(of(0, 0, Ends::included), 0);
  EXPECT_EQ(of(0, 1, Ends::included), std::nullopt);
  EXPECT_EQ(of(-1, 0, Ends::included), std::nullopt);
  EXPECT_EQ(of(0, 1, Ends::excluded), 1);
  EXPECT_EQ(of(-1, 0, Ends::excluded), -1);
}

}  // namespace
}  // namespace oracles
