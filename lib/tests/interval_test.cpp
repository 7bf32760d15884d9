#include "arith/interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "arith/ladder.h"
#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::Number;

using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

/// The enclosure holds MPFR's value, properly where an endpoint is open, and is no wider than 2^-bits of it, or of
/// `size` if that is more.
void expect_enclosed(const Interval& got, const Number& truth, double size = 0, int bits = 230) {
  const int below = mpfr_cmp(Number::of(got.lo.at), truth);
  const int above = mpfr_cmp(Number::of(got.hi.at), truth);
  EXPECT_TRUE(got.lo.open ? below < 0 : below <= 0);
  EXPECT_TRUE(got.hi.open ? above > 0 : above >= 0);
  Number width;
  mpfr_sub(width, Number::of(got.hi.at), Number::of(got.lo.at), MPFR_RNDU);
  Number allowed(truth);
  mpfr_abs(allowed, allowed, MPFR_RNDN);
  mpfr_max(allowed, allowed, Number::of(size), MPFR_RNDN);
  mpfr_mul_2si(allowed, allowed, -bits, MPFR_RNDN);
  EXPECT_LE(mpfr_cmpabs(width, allowed), 0);
}

void expect_function(Interval (*f)(const Interval&), MpfrUnary exact, double x, double size = 0, int bits = 230) {
  SCOPED_TRACE(::testing::Message() << std::hexfloat << x);
  Number truth;
  exact(truth, Number::of(x), MPFR_RNDN);
  expect_enclosed(f(Interval(x)), truth, size, bits);
}

TEST(Interval, ExpEnclosesAtEveryScale) {
  mpfr_set_emin(mpfr_get_emin_min());  // MPFR's default underflows at e^-2^30
  Draw draw(1);
  expect_function(exp, mpfr_exp, 0);
  for (int e = -1074; e <= 39; ++e) {
    expect_function(exp, mpfr_exp, -std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e), 0, 230 - std::max(e + 1, 0));
  }
  for (int i = 0; i < 2000; ++i) expect_function(exp, mpfr_exp, draw.uniform(-1500, 0), 0, 219);
}

TEST(Interval, Expm1EnclosesAtEveryScale) {
  Draw draw(5);
  expect_function(expm1, mpfr_expm1, 0);
  for (int e = -1074; e <= -3; ++e) {
    expect_function(expm1, mpfr_expm1, std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e));
    expect_function(expm1, mpfr_expm1, -std::ldexp(e < -1070 ? 1 : draw.uniform(1, 2), e));
  }
}

TEST(Interval, LogarithmsEncloseAtEveryScale) {
  Draw draw(2);
  expect_function(log, mpfr_log, 1);
  expect_function(log1p, mpfr_log1p, 0);
  for (int e = -1070; e <= 990; ++e) expect_function(log1p, mpfr_log1p, std::ldexp(draw.uniform(1, 2), e));
  for (int e = -52; e <= 990; ++e) expect_function(log, mpfr_log, 1 + std::ldexp(draw.uniform(1, 2), e), 1);
}

TEST(Interval, OperationsEncloseForEverySign) {
  Draw draw(3);
  for (int i = 0; i < 20'000; ++i) {
    const double p = draw.uniform(-2, 2);
    const double q = draw.uniform(-2, 2);
    const Interval a = Interval(p) / Interval(3.0) - Interval(draw.uniform(0, 1) < 0.1 ? p / 3 : 0.0);
    const Interval b = Interval(q) / Interval(7.0);
    Number x;
    mpfr_div_ui(x, Number::of(p), 3, MPFR_RNDN);
    Number y;
    mpfr_div_ui(y, Number::of(q), 7, MPFR_RNDN);
    Number truth;
    mpfr_mul(truth, x, y, MPFR_RNDN);
    const Interval product = Interval(p) / Interval(3.0) * b;
    expect_enclosed(product, truth);
    const Interval wide = a * b;
    EXPECT_LE(compare(wide.lo.at, wide.hi.at), 0);
  }
}

TEST(Interval, AProductIsOpenOnlyWhereItMustBe) {
  const Interval zero(0.0);
  const Interval third = Interval(1.0) / Interval(3.0);
  const Interval tiny = exp(Interval(-0x1p50));
  EXPECT_FALSE((zero * third).lo.open);
  EXPECT_FALSE((zero * third).hi.open);
  EXPECT_EQ(tiny.lo.at.sign, 0);
  EXPECT_TRUE(tiny.lo.open);
  EXPECT_TRUE((tiny * third).lo.open);
  EXPECT_FALSE((Interval(3.0) * Interval(5.0)).lo.open);
}

TEST(Interval, WhatNoPrecisionReachesIsDecidedByItsSide) {
  bool decided = true;
  const Format f32{24, -149, 128};
  const Interval above = Interval(16777217.0) + log(Interval(1.0) + exp(Interval(-16777217.0)));
  EXPECT_EQ(nearest(above, f32, decided), 16777218.0);
  const Interval below = Interval(16777219.0) - exp(Interval(-0x1p60));
  EXPECT_EQ(nearest(below, f32, decided), 16777218.0);
  const Interval tie = Interval(16777217.0) * Interval(1.0);
  EXPECT_EQ(nearest(tie, f32, decided), 16777216.0);
  EXPECT_EQ(nearest(-exp(Interval(-0x1p60)), f32, decided), 0.0);
  EXPECT_TRUE(std::signbit(nearest(-exp(Interval(-0x1p60)), f32, decided)));
  EXPECT_TRUE(decided);
  const Interval unknown = above - exp(Interval(-0x1p60));
  nearest(unknown, f32, decided);
  EXPECT_FALSE(decided);
}

TEST(Ladder, AcceptsOnlyWhatItsRadiusDecides) {
  Draw draw(4);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double value = std::ldexp(draw.uniform(1, 2), draw.integer(-160, 130));
    const double radius = value * std::ldexp(1.0, -draw.integer(20, 50));
    float result;
    if (!settle(Approx<Fast>{value, radius}, result)) continue;
    ++accepted;
    ASSERT_EQ(result, static_cast<float>(value - radius));
    ASSERT_EQ(result, static_cast<float>(value + radius));
  }
  EXPECT_GT(accepted, 100'000);
}

TEST(Ladder, ADoubleDoubleIsRoundedToF32Once) {
  // 1 + 2^-24 is a midpoint of f32; the low part decides.
  const double midpoint = 1 + 0x1p-24;
  float result;
  ASSERT_TRUE(settle(Approx<Fine>{{midpoint, 0x1p-80}, 0x1p-100}, result));
  EXPECT_EQ(result, 1 + 0x1p-23f);
  ASSERT_TRUE(settle(Approx<Fine>{{midpoint, -0x1p-80}, 0x1p-100}, result));
  EXPECT_EQ(result, 1.0f);
  EXPECT_FALSE(settle(Approx<Fine>{{midpoint, 0x1p-80}, 0x1p-79}, result));
  ASSERT_TRUE(settle(Approx<Fine>{{0x1p-150, 0x1p-210}, 0x1p-240}, result));
  EXPECT_EQ(result, 0x1p-149f);
}

}  // namespace
}  // namespace lossproof::arith
