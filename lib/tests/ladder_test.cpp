// Rounding to every format, and what the ladder accepts.
#include "arith/ladder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::formats;
using testing::nearest_by_mpfr;
using testing::Number;

constexpr Format f16 = formats[0];
constexpr Format f32 = formats[2];
constexpr Format f64 = formats[3];

/// A midpoint of two numbers of the format, or one of these, subnormal, normal, or at the edges of its range.
double near_number(Draw& draw, const Format& format) {
  const int e = draw.integer(format.quantum - 3, format.overflow + 1);
  const int bits = draw.integer(1, format.precision + 1);
  return std::ldexp(std::floor(std::ldexp(draw.uniform(0.5, 1), bits)), e - bits) * (draw.integer(0, 1) == 0 ? -1 : 1);
}

TEST(Rounding, OfADoubleIsAsMpfrDoesIt) {
  Draw draw(1);
  for (const Format& format : {formats[0], formats[1], formats[2]}) {
    for (int i = 0; i < 200'000; ++i) {
      double x = near_number(draw, format);
      if (i % 3 == 1) x = std::nextafter(x, draw.uniform(-1, 1) * HUGE_VAL);
      if (i % 3 == 2) x *= draw.uniform(1, 2);
      ASSERT_TRUE(same(nearest(x, format), nearest_by_mpfr(Number::of(x), format)))
          << std::hexfloat << x << " in " << format.precision << " bits";
    }
    EXPECT_TRUE(same(nearest(-0.0, format), -0.0));
  }
}

TEST(Rounding, OfAPairIsAsMpfrDoesItOnce) {
  Draw draw(2);
  for (const Format& format : formats) {
    for (int i = 0; i < 100'000; ++i) {
      double x = near_number(draw, format);
      if (std::fabs(x) < 0x1p-900 || std::fabs(x) > 0x1p1000) continue;
      const DD pair = fast_two_sum(x, x * draw.uniform(-1, 1) * std::ldexp(1.0, -draw.integer(53, 110)));
      ASSERT_TRUE(same(nearest(pair, format), nearest_by_mpfr(Number::of(pair), format)))
          << std::hexfloat << pair.hi << " + " << pair.lo << " in " << format.precision << " bits";
    }
  }
}

TEST(Rounding, ToF16AtTheEdgesOfItsRange) {
  EXPECT_EQ(nearest(65519.999, f16), 65504);
  EXPECT_EQ(nearest(65520, f16), HUGE_VAL);
  EXPECT_EQ(nearest(-65520, f16), -HUGE_VAL);
  EXPECT_EQ(nearest(DD{65520, -0x1p-60}, f16), 65504);
  EXPECT_EQ(nearest(0x1p-25, f16), 0);
  EXPECT_EQ(nearest(DD{0x1p-25, 0x1p-90}, f16), 0x1p-24);
  EXPECT_TRUE(same(nearest(DD{-0x1p-25, 0x1p-90}, f16), -0.0));
}

TEST(Ladder, AcceptsOnlyWhatItsRadiusDecides) {
  Draw draw(4);
  for (const Format& format : {formats[0], formats[1], formats[2]}) {
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 200'000; ++i) {
      const double value = std::ldexp(draw.uniform(1, 2), draw.integer(format.quantum - 11, format.overflow + 2));
      const double radius = value * std::ldexp(1.0, -draw.integer(format.precision - 4, 50));
      double result;
      if (!settle(Approx<Fast>{value, radius}, format, result)) {
        ++refused;
        continue;
      }
      ++accepted;
      ASSERT_EQ(result, nearest_by_mpfr(Number::of(value - radius), format));
      ASSERT_EQ(result, nearest_by_mpfr(Number::of(value + radius), format));
    }
    EXPECT_GT(accepted, 100'000);
    EXPECT_GT(refused, 10'000);
  }
}

TEST(Ladder, ADoubleDoubleIsRoundedToF32Once) {
  // 1 + 2^-24 is a midpoint of f32; the low part decides.
  const double midpoint = 1 + 0x1p-24;
  double result;
  ASSERT_TRUE(settle(Approx<Fine>{{midpoint, 0x1p-80}, 0x1p-100}, f32, result));
  EXPECT_EQ(result, 1 + 0x1p-23);
  ASSERT_TRUE(settle(Approx<Fine>{{midpoint, -0x1p-80}, 0x1p-100}, f32, result));
  EXPECT_EQ(result, 1);
  EXPECT_FALSE(settle(Approx<Fine>{{midpoint, 0x1p-80}, 0x1p-79}, f32, result));
  ASSERT_TRUE(settle(Approx<Fine>{{0x1p-150, 0x1p-210}, 0x1p-240}, f32, result));
  EXPECT_EQ(result, 0x1p-149);
  for (const Format& format : formats) {
    EXPECT_FALSE(settle(Approx<Fine>{{0x1p-901}, 0}, format, result));
    EXPECT_FALSE(settle(Approx<Fine>{{0x1p1001}, 0}, format, result));
    EXPECT_FALSE(settle(Approx<Fine>{{std::nan("")}, 0}, format, result));
  }
}

TEST(Ladder, AnExactValueIsATieOrLiesBesideOne) {
  for (const double sign : {1.0, -1.0}) {
    for (const auto& [beyond, rounded] : {std::pair{0, 2048}, {1, 2050}, {-1, 2048}}) {
      const int side = beyond * static_cast<int>(sign);
      double result;
      ASSERT_TRUE(settle(Approx<Fast>{sign * 2049, 0, side}, f16, result));
      EXPECT_EQ(result, sign * rounded);
      ASSERT_TRUE(settle(Approx<Fine>{sign * 2049, 0, side}, f16, result));
      EXPECT_EQ(result, sign * rounded);
      ASSERT_TRUE(settle(Approx<Fine>{sign * 2049, 0, side}, f64, result));
      EXPECT_EQ(result, sign * 2049);
    }
  }
  double result;
  ASSERT_TRUE(settle(Approx<Fine>{two_sum(0x1p53, 1), 0}, f64, result));
  EXPECT_EQ(result, 0x1p53);
}

TEST(Arithmetic, ClaimsThatAnOperationIsExactOnlyIfItIs) {
  Draw draw(5);
  int exact = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double a = near_number(draw, f32);
    const double b = near_number(draw, f32);
    Number truth;
    mpfr_sub(truth, Number::of(a), Number::of(b), MPFR_RNDN);
    ASSERT_EQ(Fast::difference_is_exact(a, b), mpfr_cmp_d(truth, a - b) == 0);
    mpfr_mul(truth, Number::of(a), Number::of(b), MPFR_RNDN);
    if (Fast::product_is_exact(a, b)) {
      ++exact;
      ASSERT_EQ(mpfr_cmp_d(truth, a * b), 0);
    }
    if (Fine::product_is_exact(a, b)) {
      ASSERT_EQ(mpfr_cmp(truth, Number::of(DD(a) * DD(b))), 0);
    }
  }
  EXPECT_GT(exact, 50'000);
  EXPECT_FALSE(Fast::product_is_exact(1 + 0x1p-26, 1));
  EXPECT_TRUE(Fast::product_is_exact(1 + 0x1p-25, 1));
  EXPECT_FALSE(Fine::product_is_exact(0x1p-451, 0x1p-450));
  EXPECT_FALSE(Fine::product_is_exact(two_sum(1, 0x1p-60), 3.0));
}

TEST(Ladder, AsksTheWidestArithmeticForAZeroOnlyWhereNoOtherShowsThatThereIsNone) {
  bool was_widest = false;
  const auto is_zero_of = [&](auto value) {
    was_widest = false;
    return arith::is_zero([&]<class A>(A arithmetic) {
      was_widest |= std::is_same_v<A, Beyond>;
      return value(arithmetic);
    });
  };
  const auto exponential_of = [](double x) {
    return [x]<class A>(A) { return Approx<A>{A::exp(typename A::Real(x)), A::floor}; };
  };
  const auto difference = []<class A>(A) { return Approx<A>{A::exp(typename A::Real(-1)) - typename A::Real(1), 0}; };
  EXPECT_FALSE(is_zero_of(exponential_of(-20)));
  EXPECT_FALSE(was_widest);
  EXPECT_FALSE(is_zero_of(exponential_of(-3000)));
  EXPECT_FALSE(was_widest);
  EXPECT_FALSE(is_zero_of(difference));
  EXPECT_FALSE(was_widest);
  EXPECT_TRUE(is_zero_of([]<class A>(A) { return Approx<A>{typename A::Real(0), 0}; }));
  EXPECT_TRUE(was_widest);
}

}  // namespace
}  // namespace lossproof::arith
