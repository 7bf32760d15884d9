#include "arith/wide.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::Number;

using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

class WideRounding : public testing::WideReference {};

template <class W>
class WideNumbers : public testing::WideReference {};
using Widths = ::testing::Types<Wide<4>, Wide<20>, Wide<72>>;
TYPED_TEST_SUITE(WideNumbers, Widths);

template <int limbs>
Wide<limbs> draw_as(Draw& draw, const Wide<limbs>&, std::int64_t low, std::int64_t high) {
  return draw.wide<limbs>(low, high);
}

/// MPFR with a precision of as many bits rounds exactly as Wide does.
template <class W>
void expect_as_mpfr(W (*op)(const W&, const W&, Direction, bool&), MpfrBinary exact, const W& a, const W& b) {
  for (const Direction direction : {Direction::down, Direction::up}) {
    bool inexact = false;
    const W got = op(a, b, direction, inexact);
    Number truth(W::bits);
    const int ternary =
        exact(truth, Number::of(a), Number::of(b), direction == Direction::down ? MPFR_RNDD : MPFR_RNDU);
    ASSERT_EQ(mpfr_cmp(Number::of(got), truth), 0) << "exponents " << a.exponent << " and " << b.exponent;
    ASSERT_EQ(inexact, ternary != 0);
  }
}

TYPED_TEST(WideNumbers, AgreeWithMpfrInEveryBit) {
  using W = TypeParam;
  Draw draw(1);
  for (int i = 0; i < 40'000'000 / (W::bits * W::bits / 64); ++i) {
    const W a = draw_as(draw, W(), -5, 5);
    const W b = draw_as(draw, W(), -2 * W::bits - 90, 2 * W::bits + 90);
    expect_as_mpfr(W::add, mpfr_add, a, b);
    expect_as_mpfr(W::multiply, mpfr_mul, a, b);
    expect_as_mpfr(W::divide, mpfr_div, a, b);
    expect_as_mpfr(W::divide, mpfr_div, a, W(static_cast<double>(i + 1)));
  }
}

TYPED_TEST(WideNumbers, ThatCancelOrBarelyTouchAgreeWithMpfr) {
  using W = TypeParam;
  Draw draw(2);
  for (int i = 0; i < 50'000; ++i) {
    const W a = draw_as(draw, W(), 0, 0);
    W b = i % 3 == 0 ? -a : draw_as(draw, W(), -2, 2);
    if (i % 3 == 0) b.mantissa[static_cast<std::size_t>(draw.integer(0, 2))] ^= draw.bits();
    if (i % 3 == 1) b.exponent = -W::bits + draw.integer(-3, 3);
    expect_as_mpfr(W::add, mpfr_add, a, b);
  }
  bool inexact = false;
  const W x = draw_as(draw, W(), 0, 0);
  EXPECT_EQ(W::add(x, -x, Direction::up, inexact).sign, 0);
  EXPECT_FALSE(inexact);
}

TEST_F(WideRounding, TakesEveryDoubleExactly) {
  Draw draw(3);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::bit_cast<double>(draw.bits());
    if (!std::isfinite(x)) continue;
    ASSERT_EQ(mpfr_cmp_d(Number::of(Wide<4>(x)), x), 0);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(Wide<4>(x).nearest({53, -1074, 1024}, 0)), std::bit_cast<std::uint64_t>(x));
  }
}

TEST_F(WideRounding, RoundsToNearestAsMpfrDoes) {
  Draw draw(4);
  for (const Format& format : testing::formats) {
    for (int i = 0; i < 100'000; ++i) {
      Wide<4> a = draw.wide<4>(format.quantum - 6, format.overflow + 6);
      if (i % 2 == 0) {  // ties and their neighbourhood
        const std::uint64_t below_midpoint = ~std::uint64_t{0} >> (format.precision + 1);
        a.mantissa = {static_cast<std::uint64_t>(i % 4 == 0 ? 1 : 0), 0, 0, a.mantissa[3] & ~below_midpoint};
      }
      ASSERT_EQ(a.nearest(format, 0), testing::nearest_by_mpfr(Number::of(a), format)) << a.exponent;
    }
  }
}

TEST_F(WideRounding, ATieGoesToTheSideThatTheNumberMeantLiesOn) {
  const Format f32{24, -149, 128};
  EXPECT_EQ(Wide<4>(16777217.0).nearest(f32, 0), 16777216.0);
  EXPECT_EQ(Wide<4>(16777217.0).nearest(f32, 1), 16777218.0);
  EXPECT_EQ(Wide<4>(16777219.0).nearest(f32, -1), 16777218.0);
  EXPECT_EQ(Wide<4>(-16777219.0).nearest(f32, 1), -16777218.0);
  EXPECT_EQ(Wide<4>(0x1p-150).nearest(f32, 0), 0.0);
  EXPECT_EQ(Wide<4>(0x1p-150).nearest(f32, 1), 0x1p-149);
  EXPECT_TRUE(std::signbit(Wide<4>().nearest(f32, -1)));
  EXPECT_TRUE(std::signbit(Wide<4>(-0x1p-200).nearest(f32, 0)));
}

}  // namespace
}  // namespace lossproof::arith
