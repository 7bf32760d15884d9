// The numbers of each dtype: their steps, their spacing, where exp leaves their range, and how a double becomes one.
#include "properties/floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "properties/dtypes.h"
#include "properties/storage.h"

namespace properties {

namespace {

using oracles::DType;

constexpr double infinity = std::numeric_limits<double>::infinity();

double of_bits(DType dtype, std::uint16_t bits) { return load_real(dtype, &bits); }

TEST(Floats, step_through_every_number_of_16_bits) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    std::uint16_t bits = 0;
    double below = -format(dtype).min_subnormal;
    for (double v = 0.0; v != infinity; v = step(dtype, v, 1)) {
      ASSERT_EQ(v, of_bits(dtype, bits)) << oracles::name(dtype) << ' ' << bits;
      ASSERT_EQ(step(dtype, v, -1), below);
      ASSERT_EQ(step(dtype, -v, 1), -below);
      const double above = step(dtype, v, 1);
      ASSERT_EQ(spacing(dtype, v), above == infinity ? v - below : above - v);
      below = v;
      ++bits;
    }
    EXPECT_EQ(of_bits(dtype, bits), infinity);
    EXPECT_EQ(step(dtype, infinity, 1), infinity);
    EXPECT_EQ(step(dtype, infinity, -1), format(dtype).max);
    EXPECT_EQ(step(dtype, -format(dtype).max, -1), -infinity);
  }
}

TEST(Floats, step_as_nextafter_does) {
  Draws draws(5);
  for (int i = 0; i < 5000; ++i) {
    const double v = draw_float(DType::f64, false, draws);
    const auto narrow = static_cast<float>(v);
    EXPECT_TRUE(same(step(DType::f64, v, 1), std::nextafter(v, infinity))) << v;
    EXPECT_TRUE(same(step(DType::f64, v, -1), std::nextafter(v, -infinity))) << v;
    EXPECT_TRUE(same(step(DType::f32, narrow, 1), std::nextafter(narrow, HUGE_VALF))) << narrow;
    EXPECT_TRUE(same(step(DType::f32, narrow, -1), std::nextafter(narrow, -HUGE_VALF))) << narrow;
  }
}

TEST(Floats, have_the_limits_of_their_dtype) {
  EXPECT_EQ(format(DType::f16).max, 65504.0);
  EXPECT_EQ(format(DType::f16).min_normal, 0x1p-14);
  EXPECT_EQ(format(DType::f16).min_subnormal, 0x1p-24);
  EXPECT_EQ(format(DType::bf16).max, 0x1.fep+127);
  EXPECT_EQ(format(DType::bf16).min_subnormal, 0x1p-133);
  EXPECT_EQ(format(DType::f32).max, std::numeric_limits<float>::max());
  EXPECT_EQ(format(DType::f32).min_subnormal, std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(format(DType::f64).max, std::numeric_limits<double>::max());
  EXPECT_EQ(format(DType::f64).min_normal, std::numeric_limits<double>::min());
}

TEST(Floats, know_where_exp_overflows_and_underflows) {
  for (const DType dtype : oracles::real_dtypes) {
    const Format& f = format(dtype);
    const auto exp_of = [&](double x) { return to_dtype(dtype, std::exp(x)); };
    EXPECT_TRUE(std::isfinite(exp_of(f.log_max))) << oracles::name(dtype);
    EXPECT_EQ(exp_of(step(dtype, f.log_max, 1)), infinity) << oracles::name(dtype);
    EXPECT_GE(exp_of(f.log_min), f.min_normal) << oracles::name(dtype);
    EXPECT_LT(std::exp(step(dtype, f.log_min, -1)), f.min_normal) << oracles::name(dtype);
    EXPECT_GT(exp_of(f.log_zero), 0.0) << oracles::name(dtype);
    EXPECT_EQ(exp_of(step(dtype, f.log_zero, -1)), 0.0) << oracles::name(dtype);
  }
}

TEST(Floats, round_a_double_once) {
  // Rounded to f32 first, each of these becomes a midpoint, which goes to even.
  EXPECT_EQ(to_dtype(DType::bf16, 1 + 0x1p-8 + 0x1p-40), 1 + 0x1p-7);
  EXPECT_EQ(to_dtype(DType::bf16, 1 + 0x3p-8 - 0x1p-40), 1 + 0x1p-7);
  EXPECT_EQ(to_dtype(DType::f16, 1 + 0x1p-11 + 0x1p-40), 1 + 0x1p-10);
  EXPECT_EQ(to_dtype(DType::f16, 0x1p-25 + 0x1p-60), 0x1p-24);
  EXPECT_EQ(to_dtype(DType::f16, 65520 - 0x1p-30), 65504.0);
  EXPECT_EQ(to_dtype(DType::f16, 65520), infinity);
}

TEST(Floats, tell_which_sums_are_exact) {
  EXPECT_TRUE(sum_is_exact(DType::bf16, 255.0, 1.0));
  EXPECT_FALSE(sum_is_exact(DType::bf16, 256.0, 1.0));
  EXPECT_TRUE(sum_is_exact(DType::f16, 2047.0, 1.0));
  EXPECT_FALSE(sum_is_exact(DType::f16, 2048.0, 1.0));
  EXPECT_FALSE(sum_is_exact(DType::f16, 65504.0, 32.0));
  EXPECT_FALSE(sum_is_exact(DType::f16, 1.0, 0x1p+20));
}

TEST(Floats, of_each_class_are_numbers_of_the_dtype) {
  for (const DType dtype : oracles::real_dtypes) {
    const Format& f = format(dtype);
    Draws draws(11);
    for (int i = 0; i < 200; ++i) {
      for (const FloatClass float_class : all_float_classes()) {
        const double v = draw_float(dtype, float_class, draws);
        EXPECT_TRUE(same(v, to_dtype(dtype, v))) << oracles::name(dtype) << ' ' << v;
      }
      const double tiny = std::fabs(draw_float(dtype, FloatClass::subnormal, draws));
      EXPECT_TRUE(tiny > 0.0 && tiny < f.min_normal) << tiny;
      EXPECT_TRUE(std::signbit(draw_float(dtype, FloatClass::minus_zero, draws)));
      EXPECT_TRUE(std::isnan(draw_float(dtype, FloatClass::nan, draws)));
      const double threshold = std::fabs(draw_float(dtype, FloatClass::exp_overflow, draws));
      EXPECT_LE(std::fabs(threshold - f.log_max), 2.0 * spacing(dtype, f.log_max));
      EXPECT_TRUE(std::isfinite(draw_float(dtype, FloatClass::any_bits, draws)));
    }
  }
}

TEST(DTypes, are_named_by_the_inputs_and_the_results) {
  EXPECT_EQ(name(DTypes(DType::f32)), "f32");
  EXPECT_EQ(name(DTypes(DType::bf16, DType::f32)), "bf16 to f32");
  EXPECT_EQ(narrower({DType::f64, DType::f32}), DType::f32);
  EXPECT_EQ(narrower({DType::f16, DType::f32}), DType::f16);
}

}  // namespace

}  // namespace properties
