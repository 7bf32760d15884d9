#include "arith/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::Number;

using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

template <class I>
class Intervals : public testing::WideReference {};
using Widths = ::testing::Types<Interval<4>, Interval<20>, Interval<72>>;
TYPED_TEST_SUITE(Intervals, Widths);

/// The enclosure holds MPFR's value, properly where an endpoint is open, and is no wider than the margin allows,
/// relative to it, or to `size` if that is more, times 2^growth.
template <int limbs>
void expect_enclosed(const Interval<limbs>& got, const Number& truth, double size = 0, int growth = 0) {
  const int below = mpfr_cmp(Number::of(got.lo.at), truth);
  const int above = mpfr_cmp(Number::of(got.hi.at), truth);
  EXPECT_TRUE(got.lo.open ? below < 0 : below <= 0);
  EXPECT_TRUE(got.hi.open ? above > 0 : above >= 0);
  Number width;
  mpfr_sub(width, Number::of(got.hi.at), Number::of(got.lo.at), MPFR_RNDU);
  Number allowed(truth);
  mpfr_abs(allowed, allowed, MPFR_RNDN);
  mpfr_max(allowed, allowed, Number::of(size), MPFR_RNDN);
  mpfr_mul_2si(allowed, allowed, Interval<limbs>::margin + growth - Wide<limbs>::bits, MPFR_RNDN);
  EXPECT_LE(mpfr_cmpabs(width, allowed), 0);
}

template <class I>
void expect_function(I (*f)(const I&), MpfrUnary exact, double x, double size = 0, int growth = 0) {
  SCOPED_TRACE(::testing::Message() << std::hexfloat << x);
  Number truth;
  exact(truth, Number::of(x), MPFR_RNDN);
  expect_enclosed(f(I(x)), truth, size, growth);
}

TYPED_TEST(Intervals, ExpEnclosesAtEveryScale) {
  using I = TypeParam;
  mpfr_set_emin(mpfr_get_emin_min());  // MPFR's default underflows at e^-2^30
  Draw draw(1);
  expect_function(I::exp, mpfr_exp, 0);
  for (int e = -1074; e <= 39; ++e) {
    expect_function(I::exp, mpfr_exp, -std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e), 0, std::max(e + 1, 0));
  }
  for (int i = 0; i < 2000; ++i) expect_function(I::exp, mpfr_exp, draw.uniform(-1500, 0), 0, 11);
}

TYPED_TEST(Intervals, Expm1EnclosesAtEveryScale) {
  using I = TypeParam;
  Draw draw(5);
  expect_function(I::expm1, mpfr_expm1, 0);
  for (int e = -1074; e <= -3; ++e) {
    expect_function(I::expm1, mpfr_expm1, std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e));
    expect_function(I::expm1, mpfr_expm1, -std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e));
  }
}

TYPED_TEST(Intervals, LogarithmsEncloseAtEveryScale) {
  using I = TypeParam;
  Draw draw(2);
  expect_function(I::log, mpfr_log, 1);
  expect_function(I::log1p, mpfr_log1p, 0);
  for (int e = -1070; e <= 990; ++e) expect_function(I::log1p, mpfr_log1p, std::ldexp(draw.uniform(1, 2), e));
  for (int e = -52; e <= 990; ++e) expect_function(I::log, mpfr_log, 1 + std::ldexp(draw.uniform(1, 2), e), 1);
}

TYPED_TEST(Intervals, OperationsEncloseForEverySign) {
  using I = TypeParam;
  Draw draw(3);
  for (int i = 0; i < 2'000; ++i) {
    const double p = draw.uniform(-2, 2);
    const double q = draw.uniform(-2, 2);
    Number x;
    mpfr_div_ui(x, Number::of(p), 3, MPFR_RNDN);
    Number y;
    mpfr_div_ui(y, Number::of(q), 7, MPFR_RNDN);
    Number truth;
    mpfr_mul(truth, x, y, MPFR_RNDN);
    expect_enclosed(I(p) / I(3.0) * (I(q) / I(7.0)), truth);
    mpfr_sub(truth, x, y, MPFR_RNDN);
    expect_enclosed(I(p) / I(3.0) - I(q) / I(7.0), truth, 2);
  }
}

/// A product of intervals is the hull of the products of their endpoints; here, of small integers of every sign.
TYPED_TEST(Intervals, ProductsOfProperIntervalsAreTheirHull) {
  using I = TypeParam;
  const auto proper = [](double lo, double hi) { return I({{lo}}, {{hi}}); };
  for (int a = -2; a <= 2; ++a) {
    for (int b = a; b <= 2; ++b) {
      for (int c = -2; c <= 2; ++c) {
        for (int d = c; d <= 2; ++d) {
          const I product = proper(a, b) * proper(c, d);
          EXPECT_EQ(product.lo.at.sign * product.lo.at.approximate() * product.lo.at.sign,
                    std::min({a * c, a * d, b * c, b * d}));
          EXPECT_EQ(product.hi.at.sign * product.hi.at.approximate() * product.hi.at.sign,
                    std::max({a * c, a * d, b * c, b * d}));
        }
      }
    }
  }
}

TEST(OpenEndpoints, AProductIsOpenOnlyWhereItMustBe) {
  using I = Interval<4>;
  const I zero(0.0);
  const I third = I(1.0) / I(3.0);
  const I tiny = I::exp(I(-0x1p50));
  EXPECT_FALSE((zero * third).lo.open);
  EXPECT_FALSE((zero * third).hi.open);
  EXPECT_EQ(tiny.lo.at.sign, 0);
  EXPECT_TRUE(tiny.lo.open);
  EXPECT_TRUE((tiny * third).lo.open);
  EXPECT_FALSE((I(3.0) * I(5.0)).lo.open);
}

TEST(OpenEndpoints, WhatNoPrecisionReachesIsDecidedByItsSide) {
  using I = Interval<4>;
  bool decided = true;
  const Format f32{24, -149, 128};
  const I above = I(16777217.0) + I::log(I(1.0) + I::exp(I(-16777217.0)));
  EXPECT_EQ(above.nearest(f32, decided), 16777218.0);
  const I below = I(16777219.0) - I::exp(I(-0x1p60));
  EXPECT_EQ(below.nearest(f32, decided), 16777218.0);
  const I tie = I(16777217.0) * I(1.0);
  EXPECT_EQ(tie.nearest(f32, decided), 16777216.0);
  EXPECT_EQ((-I::exp(I(-0x1p60))).nearest(f32, decided), 0.0);
  EXPECT_TRUE(std::signbit((-I::exp(I(-0x1p60))).nearest(f32, decided)));
  EXPECT_TRUE(decided);
  const I unknown = above - I::exp(I(-0x1p60));
  unknown.nearest(f32, decided);
  EXPECT_FALSE(decided);
}

TEST(OpenEndpoints, WhatIsNotDecidedGoesToTheEvenNeighbourOnBothSidesOfZero) {
  using I = Interval<4>;
  const Format f16{11, -24, 16};
  const I around = I::exp(I(-0x1p60)) - I::exp(I(-0x1p60));
  for (const auto& [midpoint, even] : {std::pair{2049.0, 2048.0}, {2051.0, 2052.0}, {65520.0, HUGE_VAL}}) {
    for (const double sign : {1.0, -1.0}) {
      bool decided = true;
      EXPECT_EQ((I(sign * midpoint) + around).nearest(f16, decided), sign * even);
      EXPECT_FALSE(decided);
    }
  }
}

}  // namespace
}  // namespace lossproof::arith
