// The storage types of 16 bits: every number there is, and their rounding, against MPFR and against Eigen.
#include "lossproof/float16.h"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <type_traits>

#include "mpfr_number.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using arith::testing::nearest_by_mpfr;
using arith::testing::Number;

struct F16 {
  using Ours = Half;
  using Eigens = Eigen::half;
  static constexpr arith::Format format = arith::testing::formats[0];
};
struct BF16 {
  using Ours = BFloat16;
  using Eigens = Eigen::bfloat16;
  static constexpr arith::Format format = arith::testing::formats[1];
};

template <class T>
class Float16s : public ::testing::Test {};
using Types = ::testing::Types<F16, BF16>;
TYPED_TEST_SUITE(Float16s, Types);

/// What the bits say, by the definition of the format.
double by_definition(std::uint16_t bits, const arith::Format& format) {
  const int mantissa_bits = format.precision - 1;
  const int field = (bits & 0x7fff) >> mantissa_bits;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const int largest = (1 << (15 - mantissa_bits)) - 1;
  double size = std::ldexp(mantissa + (field > 0 ? 1 << mantissa_bits : 0), format.quantum + std::max(field - 1, 0));
  if (field == largest) size = mantissa == 0 ? HUGE_VAL : std::nan("");
  return (bits & 0x8000) != 0 ? -size : size;
}

TYPED_TEST(Float16s, EveryNumberIsItselfAsAFloatAndBack) {
  using Ours = typename TypeParam::Ours;
  static_assert(sizeof(Ours) == 2 && std::is_trivially_copyable_v<Ours> &&
                std::is_trivially_default_constructible_v<Ours>);
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float x = Ours::from_bits(bits);
    const double truth = by_definition(bits, TypeParam::format);
    if (std::isnan(truth)) {
      EXPECT_TRUE(std::isnan(x) && std::isnan(static_cast<float>(Ours(x)))) << bits;
      continue;
    }
    ASSERT_EQ(x, truth) << bits;
    ASSERT_EQ(std::signbit(x), std::signbit(truth)) << bits;
    ASSERT_EQ(Ours(x).bits(), bits);
    ASSERT_EQ(x, static_cast<float>(Eigen::numext::bit_cast<typename TypeParam::Eigens>(bits)));
  }
}

/// Between two neighbours, at the midpoint and beside it by less than a float can tell.
TYPED_TEST(Float16s, EveryMidpointIsATieAndWhatLiesBesideItIsNot) {
  using Ours = typename TypeParam::Ours;
  const std::uint16_t infinite = Ours(HUGE_VAL).bits();
  for (std::uint16_t bits = 0; bits < infinite; ++bits) {
    const double low = by_definition(bits, TypeParam::format);
    const double high = bits + 1 == infinite ? std::ldexp(1, TypeParam::format.overflow)
                                             : by_definition(static_cast<std::uint16_t>(bits + 1), TypeParam::format);
    const double midpoint = (low + high) / 2;
    const int up = bits + 1;
    ASSERT_EQ(Ours(midpoint).bits(), bits % 2 == 0 ? bits : up);
    ASSERT_EQ(Ours(std::nextafter(midpoint, 0)).bits(), bits);
    ASSERT_EQ(Ours(std::nextafter(midpoint, HUGE_VAL)).bits(), up);
    ASSERT_EQ(Ours(-midpoint).bits(), 0x8000 | (bits % 2 == 0 ? bits : up));
  }
}

TYPED_TEST(Float16s, AnyDoubleIsRoundedAsMpfrDoes) {
  using Ours = typename TypeParam::Ours;
  const arith::Format format = TypeParam::format;
  Draw draw(1);
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::ldexp(draw.uniform(-1, 1), draw.integer(format.quantum - 4, format.overflow + 4));
    ASSERT_EQ(static_cast<double>(Ours(x)), nearest_by_mpfr(Number::of(x), format)) << std::hexfloat << x;
  }
  EXPECT_EQ(Ours(0x1p-1074).bits(), 0);
  EXPECT_EQ(Ours(-1.7e308).bits(), Ours(-HUGE_VAL).bits());
  EXPECT_EQ(Ours(-0.0).bits(), 0x8000);
}

TEST(Half, OverflowsFrom65520On) {
  EXPECT_EQ(Half(std::nextafter(65520, 0)), 65504.0f);
  EXPECT_EQ(Half(65520), HUGE_VALF);
}

}  // namespace
}  // namespace lossproof
