#include "arith/wide.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::Number;

using Operation = Wide (*)(const Wide&, const Wide&, Direction, bool&);
using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

/// MPFR with a precision of 256 bits rounds exactly as Wide does.
void expect_as_mpfr(Operation op, MpfrBinary exact, const Wide& a, const Wide& b) {
  for (const Direction direction : {Direction::down, Direction::up}) {
    bool inexact = false;
    const Wide got = op(a, b, direction, inexact);
    Number truth(Wide::bits);
    const int ternary =
        exact(truth, Number::of(a), Number::of(b), direction == Direction::down ? MPFR_RNDD : MPFR_RNDU);
    ASSERT_EQ(mpfr_cmp(Number::of(got), truth), 0) << "exponents " << a.exponent << " and " << b.exponent;
    ASSERT_EQ(inexact, ternary != 0);
  }
}

TEST(Wide, OperationsAgreeWithMpfrInEveryBit) {
  Draw draw(1);
  for (int i = 0; i < 100'000; ++i) {
    const Wide a = draw.wide(-5, 5);
    const Wide b = draw.wide(-600, 600);
    expect_as_mpfr(add, mpfr_add, a, b);
    expect_as_mpfr(multiply, mpfr_mul, a, b);
    if (i % 10 == 0) expect_as_mpfr(divide, mpfr_div, a, b);
  }
}

TEST(Wide, SumsThatCancelOrBarelyTouchAgreeWithMpfr) {
  Draw draw(2);
  for (int i = 0; i < 100'000; ++i) {
    const Wide a = draw.wide(0, 0);
    Wide b = i % 3 == 0 ? -a : draw.wide(-2, 2);
    if (i % 3 == 0) b.mantissa[static_cast<std::size_t>(draw.integer(0, 2))] ^= draw.bits();
    if (i % 3 == 1) b.exponent = draw.integer(-259, -253);
    expect_as_mpfr(add, mpfr_add, a, b);
  }
  bool inexact = false;
  const Wide x = draw.wide(0, 0);
  EXPECT_EQ(add(x, -x, Direction::up, inexact).sign, 0);
  EXPECT_FALSE(inexact);
}

TEST(Wide, TakesEveryDoubleExactly) {
  Draw draw(3);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::bit_cast<double>(draw.bits());
    if (!std::isfinite(x)) continue;
    ASSERT_EQ(mpfr_cmp_d(Number::of(Wide(x)), x), 0);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(nearest(Wide(x), {53, -1074, 1024}, 0)), std::bit_cast<std::uint64_t>(x));
  }
}

/// MPFR's rounding to f32 or f64, subnormals and overflow included.
double nearest_by_mpfr(const Wide& a, int precision, int quantum, int overflow) {
  Number r(precision);
  mpfr_set_emin(quantum + 1);
  mpfr_set_emax(overflow);
  const int ternary = mpfr_set(r, Number::of(a), MPFR_RNDN);
  mpfr_subnormalize(r, mpfr_check_range(r, ternary, MPFR_RNDN), MPFR_RNDN);
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
  return mpfr_get_d(r, MPFR_RNDN);
}

TEST(Wide, RoundsToNearestAsMpfrDoes) {
  Draw draw(4);
  for (int i = 0; i < 200'000; ++i) {
    Wide a = draw.wide(-1080, 1030);
    Wide b = draw.wide(-155, 132);
    if (i % 2 == 0) {  // ties and their neighbourhood
      a.mantissa = {static_cast<std::uint64_t>(i % 4 == 0 ? 1 : 0), 0, 0, a.mantissa[3] & ~std::uint64_t{0x3ff}};
      b.mantissa = {static_cast<std::uint64_t>(i % 4 == 0 ? 1 : 0), 0, 0, b.mantissa[3] & ~std::uint64_t{0x7fffffffff}};
    }
    ASSERT_EQ(nearest(a, {53, -1074, 1024}, 0), nearest_by_mpfr(a, 53, -1074, 1024)) << a.exponent;
    ASSERT_EQ(nearest(b, {24, -149, 128}, 0), nearest_by_mpfr(b, 24, -149, 128)) << b.exponent;
  }
}

TEST(Wide, ATieGoesToTheSideThatTheNumberMeantLiesOn) {
  const Format f32{24, -149, 128};
  EXPECT_EQ(nearest(Wide(16777217.0), f32, 0), 16777216.0);
  EXPECT_EQ(nearest(Wide(16777217.0), f32, 1), 16777218.0);
  EXPECT_EQ(nearest(Wide(16777219.0), f32, -1), 16777218.0);
  EXPECT_EQ(nearest(Wide(-16777219.0), f32, 1), -16777218.0);
  EXPECT_EQ(nearest(Wide(0x1p-150), f32, 0), 0.0);
  EXPECT_EQ(nearest(Wide(0x1p-150), f32, 1), 0x1p-149);
  EXPECT_TRUE(std::signbit(nearest(Wide(), f32, -1)));
  EXPECT_TRUE(std::signbit(nearest(Wide(-0x1p-200), f32, 0)));
}

}  // namespace
}  // namespace lossproof::arith
