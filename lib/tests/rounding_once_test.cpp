// Results beside the midpoints of two numbers: rounding to another format first, or taking a number next to a tie for
// one, gives the wrong neighbour.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "reference.h"

namespace lossproof {
namespace {

using testing::expect_promised;
using testing::tensor;

constexpr Options none{.reduction = Reduction::none};

/// The gradient of one element, rounded to `grad`. With g of f32, inputs of less than f64 begin in f64.
template <class G>
double gradient(const Loss& loss, DType input, double x, double y, G g, DType grad) {
  Tensor out(grad, {});
  loss.backward({tensor(input, {}, {x}).view(), tensor(input, {}, {y}).view()}, none, TensorView(&g, {}), out.view());
  return out.item();
}

// Twice x - y, in f64 and the pair below it, beside 1 + 3/2^11, midway between two numbers of f16: rounded to f32 or
// f64 first, it is that midpoint.
TEST(RoundingOnce, BesideAMidpointOfF16) {
  const double x = (1 + 3 * 0x1p-11) / 2;
  for (const DType input : {DType::f32, DType::f64}) {
    for (const double y : {0x1p-40, 0x1p-54, 0x1p-70, 0x1p-140}) {
      EXPECT_EQ(gradient(mse_loss, input, x, y, 1.0f, DType::f16), 1 + 0x1p-10) << name(input) << y;
      EXPECT_EQ(gradient(mse_loss, input, x, -y, 1.0f, DType::f16), 1 + 0x1p-9) << name(input) << y;
    }
    // 2 (x - y) of 53 bits times a number of 24 is less than that midpoint by 2^-54.
    EXPECT_EQ(gradient(mse_loss, input, 0x1.9ee6ap-2, -0x1.1ab738p-30, 0x1.3c5fd6p+0f, DType::f16), 1 + 0x1p-10);
  }
}

// 1 + 2^-8 from two squares, midway between two numbers of bf16, and a third square that decides.
TEST(RoundingOnce, BesideAMidpointOfBf16) {
  const std::vector<float> zero(3);
  for (const int e : {14, 30, 60}) {
    const auto total = [&](double third) {
      const std::vector<float> x{1, 0x1p-4f, static_cast<float>(third)};
      return mse_loss({TensorView(x.data(), {3}), TensorView(zero.data(), {3})},
                      {.reduction = Reduction::sum, .dtype = DType::bf16})
          .item();
    };
    EXPECT_EQ(total(std::ldexp(1, -e)), 1 + 0x1p-7);
    EXPECT_EQ(total(0), 1);
  }
}

/// A value in f16.
double value_in_f16(const Loss& loss, const TensorView& x, const TensorView& y) {
  return loss({x, y}, {.reduction = Reduction::none, .dtype = DType::f16}).item();
}

// A tie with a remainder of e^-129 to e^-33120 beside it: 3/4 x, 1 - y, x - 1/2.
TEST(RoundingOnce, OfATieWithNextToNothingBesideIt) {
  const Loss& bce = binary_cross_entropy_with_logits;
  const auto bce_value = [&](DType input, double x, double y) {
    return value_in_f16(bce, tensor(input, {}, {x}).view(), tensor(input, {}, {y}).view());
  };
  const std::int32_t second = 1;
  const auto gap = [&](DType input, double top, double x_t) {
    return value_in_f16(cross_entropy, tensor(input, {2}, {top, x_t}).view(), TensorView(&second, {}));
  };
  const double y = 0.25 + 0x1p-12;  // 1 - y is a midpoint, with an even number above
  for (const DType input : {DType::f16, DType::f32, DType::f64}) {
    SCOPED_TRACE(name(input));
    EXPECT_EQ(bce_value(input, 129, 0.25), 96.75);
    EXPECT_EQ(bce_value(input, 1035, 0.25), 776.5);  // 776.25
    EXPECT_EQ(bce_value(input, -1035, 0.75), 776.5);
    EXPECT_EQ(bce_value(input, 33120, 0.25), 24848);  // 24840
    EXPECT_EQ(gradient(bce, input, 1035, y, 1.0f, DType::f16), 0.75 - 0x1p-11);
    EXPECT_EQ(gradient(bce, input, 1035, y, -1.0f, DType::f16), -0.75 + 0x1p-11);
    EXPECT_EQ(gap(input, 1025, 0.5), 1025);  // 1024.5
    EXPECT_EQ(gap(input, 1024, 0.5), 1023.5);
  }
}

// The derivative is 3 * 2^-24 - e^-128, and times grad_output a tie of f64, whose low part must not be lost beside the
// remainder.
TEST(RoundingOnce, OfAProductThatIsATieWithNextToNothingBesideIt) {
  const double y = 1 - 3 * 0x1p-24;
  for (const DType input : {DType::f32, DType::f64}) {
    EXPECT_EQ(gradient(binary_cross_entropy_with_logits, input, 128, y, 0x1.ff779f827b36ap+0, DType::f64),
              0x1.7f99b7a1dc68fp-22);
    EXPECT_EQ(gradient(binary_cross_entropy_with_logits, input, 128, y, -0x1.ff779f827b36ap+0, DType::f64),
              -0x1.7f99b7a1dc68fp-22);
  }
}

// Here the remainder is not there, or does not decide, since the other term is not what f64 makes of it.
TEST(RoundingOnce, OfWhatOnlyLooksLikeATieWithARemainder) {
  const Loss& bce = binary_cross_entropy_with_logits;
  const double y = 0.25 + 0x1p-12;
  EXPECT_EQ(gradient(bce, DType::f16, HUGE_VAL, y, 1.0f, DType::f16), 0.75);
  EXPECT_EQ(gradient(bce, DType::f16, 0, 0.1875 + 0x1p-13, 1.0f, DType::f16), 0.3125);
  EXPECT_EQ(gradient(bce, DType::f32, 1000, -0x1p-60, 2051.0f, DType::f16), 2052);
  EXPECT_EQ(gradient(bce, DType::f64, 1000, y - 0x1p-54, 1.0f, DType::f16), 0.75);
  const float x = 2051;
  const float tiny = 0x1p-60f;
  EXPECT_EQ(value_in_f16(bce, TensorView(&x, {}), TensorView(&tiny, {})), 2050);
  const float logits[] = {x, tiny};
  const std::int32_t second = 1;
  EXPECT_EQ(value_in_f16(cross_entropy, TensorView(logits, {2}), TensorView(&second, {})), 2050);
}

TEST(RoundingOnce, SubnormalAndOverflowingResultsOf16Bits) {
  const auto twice = [](double x, double g, DType dtype) { return gradient(mse_loss, DType::f64, x, 0, g, dtype); };
  EXPECT_EQ(twice(0.5, 65519.99, DType::f16), 65504);
  EXPECT_EQ(twice(0.5, 65520, DType::f16), HUGE_VAL);
  EXPECT_EQ(twice(-0.5, 1e300, DType::f16), -HUGE_VAL);
  EXPECT_EQ(twice(0.5, 0x1.fefp127, DType::bf16), 0x1.fep127);
  EXPECT_EQ(twice(0.5, 0x1.ffp127, DType::bf16), HUGE_VAL);
  EXPECT_EQ(twice(0.5, 2.5 * 0x1p-24, DType::f16), 0x1p-23);
  EXPECT_EQ(twice(0.5, 2.5001 * 0x1p-24, DType::f16), 3 * 0x1p-24);
  EXPECT_EQ(twice(0.5, 0x1p-25, DType::f16), 0);
  EXPECT_EQ(twice(0.5, 0x1.000001p-25, DType::f16), 0x1p-24);
  EXPECT_EQ(twice(0.5, 0x1.000001p-134, DType::bf16), 0x1p-133);
  EXPECT_TRUE(std::signbit(twice(-0.5, 0x1p-1000, DType::f16)));
}

// What f64 cannot be first for: e^-700 in an f64 result of f32 logits, and times an f64 grad_output of 2^1000.
TEST(FirstArithmetic, IsDoubleDoubleWhereF64WouldLeaveTheRangeOfF32) {
  const float x = -700;
  const float zero = 0;
  const double g = 0x1p1000;
  Tensor value(DType::f64, {});
  Tensor grad(DType::f32, {});
  const auto truth = testing::binary_cross_entropy({-700}, {0});
  reset_refinements();
  binary_cross_entropy_with_logits.value({TensorView(&x, {}), TensorView(&zero, {})}, none, value.view());
  expect_promised(value.item(), truth.values[0], DType::f64);
  binary_cross_entropy_with_logits.backward({TensorView(&x, {}), TensorView(&zero, {})}, none, TensorView(&g, {}),
                                            grad.view());
  expect_promised(grad.item(), testing::scaled(truth.derivatives[0], g, 1), DType::f32);
  const float one = 1;
  const float y = 0.5;
  Tensor wide_grad(DType::f64, {});
  binary_cross_entropy_with_logits.backward({TensorView(&one, {}), TensorView(&y, {})}, none, TensorView(&one, {}),
                                            wide_grad.view());
  EXPECT_EQ(refinements().results, 3u);
  EXPECT_EQ(refinements().double_double, 0u);
}

}  // namespace
}  // namespace lossproof
