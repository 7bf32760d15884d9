// Every dtype of input, value, grad_output and gradient: each result is the true value, by MPFR, rounded once.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "reference.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::numbers;
using testing::promised;
using testing::tensor;
using testing::Truth;

constexpr DType reals[] = {DType::f16, DType::bf16, DType::f32, DType::f64};
constexpr Options none{.reduction = Reduction::none};

void expect_promised(double got, const testing::Number& truth, DType dtype) {
  const double expected = promised(truth, dtype);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected))
      << std::hexfloat << got << ", not " << expected << ", in " << name(dtype);
}

/// A loss with its inputs, and the truth about them.
struct Case {
  const Loss& loss;
  std::vector<Tensor> inputs;
  Truth truth;

  std::vector<TensorView> views() const {
    std::vector<TensorView> v;
    for (const Tensor& t : inputs) v.push_back(t.view());
    return v;
  }
};

/// Values and gradients of the case in these dtypes, with these numbers as grad_output where they fit.
void expect_rounded_once(const Case& c, const Options& options, DType value, DType grad_output, DType grad,
                         const std::vector<double>& factors) {
  SCOPED_TRACE(::testing::Message() << c.loss.name() << " of " << name(c.inputs[0].dtype()) << ", grad_output "
                                    << name(grad_output) << ", reduction " << static_cast<int>(options.reduction));
  const auto inputs = c.views();
  const Extents shape = c.loss.value_shape(inputs, options);
  const Tensor g = tensor(grad_output, shape, {factors.begin(), factors.begin() + count(shape)});
  Tensor out(value, shape);
  Tensor out_grad(grad, c.inputs[0].shape());
  c.loss.value_and_gradient(inputs, options, g.view(), out.view(), out_grad.view());

  const auto rows = static_cast<std::int64_t>(c.truth.values.size());
  const std::int64_t divisor = options.reduction == Reduction::mean ? rows : 1;
  const auto each = c.truth.derivatives.size() / c.truth.values.size();
  const std::vector<double> got_grad = numbers(out_grad);
  const std::vector<double> g_numbers = numbers(g);
  for (std::size_t k = 0; k < got_grad.size(); ++k) {
    const double factor = g_numbers[options.reduction == Reduction::none ? k / each : 0];
    expect_promised(got_grad[k], testing::scaled(c.truth.derivatives[k], factor, divisor), grad);
  }
  const std::vector<double> got = numbers(out);
  testing::Number total = testing::number(0);
  for (std::size_t i = 0; i < c.truth.values.size(); ++i) {
    if (options.reduction == Reduction::none) expect_promised(got[i], c.truth.values[i], value);
    mpfr_add(total, total, c.truth.values[i], MPFR_RNDN);
  }
  if (options.reduction != Reduction::none) expect_promised(got[0], testing::scaled(total, 1, divisor), value);
}

constexpr std::int64_t rows = 6;
constexpr std::int64_t classes = 3;

std::vector<double> draw_numbers(Draw& draw, std::int64_t n, int low, int high) {
  std::vector<double> x;
  for (std::int64_t i = 0; i < n; ++i) x.push_back(std::ldexp(draw.uniform(-1, 1), draw.integer(low, high)));
  return x;
}

Case elements_case(Draw& draw, const Loss& loss, DType dtype,
                   Truth (*truth)(const std::vector<double>&, const std::vector<double>&)) {
  Tensor x = tensor(dtype, {rows}, draw_numbers(draw, rows, -20, 10));
  Tensor y = tensor(dtype, {rows}, draw_numbers(draw, rows, -6, 1));
  Truth t = truth(numbers(x), numbers(y));
  return {loss, {x, y}, t};
}

Case classes_case(Draw& draw, DType dtype) {
  Tensor x = tensor(dtype, {rows, classes}, draw_numbers(draw, rows * classes, -10, 9));
  std::vector<std::int64_t> target;
  Tensor t(DType::i64, {rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    target.push_back(draw.integer(0, classes - 1));
    static_cast<std::int64_t*>(t.view().data())[i] = target.back();
  }
  Truth truth = testing::cross_entropy(numbers(x), target);
  return {cross_entropy, {x, t}, truth};
}

class Dtypes : public ::testing::TestWithParam<DType> {};
INSTANTIATE_TEST_SUITE_P(OfInputs, Dtypes, ::testing::ValuesIn(reals),
                         [](const auto& dtype) { return std::string(name(dtype.param)); });

TEST_P(Dtypes, EveryCombinationIsRoundedOnce) {
  Draw draw(static_cast<std::uint64_t>(GetParam()) + 1);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Case cases[] = {
        elements_case(draw, mse_loss, GetParam(), testing::squared_error),
        elements_case(draw, binary_cross_entropy_with_logits, GetParam(), testing::binary_cross_entropy),
        classes_case(draw, GetParam())};
    for (const Case& c : cases) {
      for (const DType value : reals) {
        for (const DType grad_output : reals) {
          for (const DType grad : reals) {
            const std::vector<double> factors = draw_numbers(draw, rows, -18, 14);
            for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
              expect_rounded_once(c, {.reduction = reduction}, value, grad_output, grad, factors);
            }
          }
        }
      }
    }
  }
}

TEST_P(Dtypes, AnOwnedValueHasTheDtypeThatIsAskedFor) {
  Draw draw(9);
  const Case c = elements_case(draw, mse_loss, GetParam(), testing::squared_error);
  const TensorView x = c.inputs[0].view();
  const TensorView y = c.inputs[1].view();
  EXPECT_EQ(mse_loss({x, y}).dtype(), GetParam());
  for (const DType dtype : reals) {
    const Tensor got = mse_loss({x, y}, {.reduction = Reduction::none, .dtype = dtype});
    EXPECT_EQ(got.dtype(), dtype);
    for (std::size_t i = 0; i < c.truth.values.size(); ++i) {
      expect_promised(numbers(got)[i], c.truth.values[i], dtype);
    }
    Tensor out(dtype, {});
    EXPECT_NO_THROW(mse_loss.value({x, y}, {.dtype = dtype}, out.view()));
  }
}

// Twice x - y, in f64 and the pair below it, beside 1 + 3/2^11, midway between two numbers of f16: rounded to f32 or
// f64 first, it is that midpoint.
TEST(RoundingOnce, BesideAMidpointOfF16) {
  const double x = (1 + 3 * 0x1p-11) / 2;
  for (const double y : {0x1p-40, 0x1p-54, 0x1p-70, 0x1p-600}) {
    for (const double side : {1.0, -1.0}) {
      const double target = side * y;
      const double one = 1;
      Tensor grad(DType::f16, {});
      mse_loss.backward({TensorView(&x, {}), TensorView(&target, {})}, none, TensorView(&one, {}), grad.view());
      EXPECT_EQ(grad.view().dtype(), DType::f16);
      EXPECT_EQ(grad.item(), side > 0 ? 1 + 0x1p-10 : 1 + 0x1p-9) << y << side;
    }
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

// A tie and a remainder of e^-70 to e^-65504: 3/4 x, 1 - y and 1/2 - y, x - 1/2.
TEST(RoundingOnce, OfATieWithNextToNothingBesideIt) {
  const auto expect = [](const Loss& loss, std::vector<double> x, double y, double value, double grad) {
    SCOPED_TRACE(::testing::Message() << loss.name() << " at " << x[0] << ", " << y);
    for (const DType input : {DType::f16, DType::f64}) {
      const Extents shape = x.size() == 1 ? Extents() : Extents{static_cast<std::int64_t>(x.size())};
      const Tensor logits = tensor(input, shape, x);
      const Tensor real_target = tensor(input, {}, {y});
      const std::int32_t index = 1;
      const TensorView target = x.size() == 1 ? real_target.view() : TensorView(&index, {});
      const float one = 1;
      Tensor out(DType::f16, {});
      Tensor out_grad(DType::f16, shape);
      loss.value_and_gradient({logits.view(), target}, none, TensorView(&one, {}), out.view(), out_grad.view());
      EXPECT_EQ(out.item(), value);
      EXPECT_EQ(numbers(out_grad)[0], grad);
    }
  };
  const Loss& bce = binary_cross_entropy_with_logits;
  for (const double x : {129.0, 1035.0, 33120.0}) {  // 3 x has 9, 12, 12 bits
    const double ulp = std::ldexp(1, std::ilogb(0.75 * x) - 10);
    const double up = std::ceil(std::nextafter(0.75 * x / ulp, HUGE_VAL) - 0.5) * ulp;
    expect(bce, {x}, 0.25, up, 0.75);
    expect(bce, {-x}, 0.75, up, -0.75);
  }
  const double y = 0.25 + 0x1p-12;  // 1 - y is a midpoint, with an even number above
  expect(bce, {1035}, y, 776, 0.75 - 0x1p-11);
  expect(cross_entropy, {1025, 0.5}, 0, 1025, 1);
  expect(cross_entropy, {1024, 0.5}, 0, 1023.5, 1);
}

TEST(RoundingOnce, SubnormalAndOverflowingResultsOf16Bits) {
  const auto gradient = [](double x, double g, DType dtype) {
    const double zero = 0;
    Tensor grad(dtype, {});
    mse_loss.backward({TensorView(&x, {}), TensorView(&zero, {})}, none, TensorView(&g, {}), grad.view());
    return grad.item();
  };
  EXPECT_EQ(gradient(0.5, 65519.99, DType::f16), 65504);
  EXPECT_EQ(gradient(0.5, 65520, DType::f16), HUGE_VAL);
  EXPECT_EQ(gradient(-0.5, 1e300, DType::f16), -HUGE_VAL);
  EXPECT_EQ(gradient(0.5, 0x1.fefp127, DType::bf16), 0x1.fep127);
  EXPECT_EQ(gradient(0.5, 0x1.ffp127, DType::bf16), HUGE_VAL);
  EXPECT_EQ(gradient(0.5, 2.5 * 0x1p-24, DType::f16), 0x1p-23);
  EXPECT_EQ(gradient(0.5, 2.5001 * 0x1p-24, DType::f16), 3 * 0x1p-24);
  EXPECT_EQ(gradient(0.5, 0x1p-25, DType::f16), 0);
  EXPECT_EQ(gradient(0.5, 0x1.000001p-25, DType::f16), 0x1p-24);
  EXPECT_EQ(gradient(0.5, 0x1.000001p-134, DType::bf16), 0x1p-133);
  EXPECT_TRUE(std::signbit(gradient(-0.5, 0x1p-1000, DType::f16)));
}

// What f64 cannot be first for: e^-700 in an f64 result of f32 logits, and times an f64 grad_output of 2^1000.
TEST(FirstArithmetic, IsDoubleDoubleWhereF64WouldLeaveTheRangeOfF32) {
  const float x = -700;
  const float zero = 0;
  const double g = 0x1p1000;
  Tensor value(DType::f64, {});
  Tensor grad(DType::f32, {});
  const auto truth = testing::binary_cross_entropy({-700}, {0});
  binary_cross_entropy_with_logits.value({TensorView(&x, {}), TensorView(&zero, {})}, none, value.view());
  expect_promised(value.item(), truth.values[0], DType::f64);
  binary_cross_entropy_with_logits.backward({TensorView(&x, {}), TensorView(&zero, {})}, none, TensorView(&g, {}),
                                            grad.view());
  expect_promised(grad.item(), testing::scaled(truth.derivatives[0], g, 1), DType::f32);
}

// As in training with mixed precision.
TEST(MixedPrecision, LogitsOfBf16AMeanInF32AndAGradientInBf16) {
  const std::int64_t n = 32;
  const std::int64_t c = 10;
  Draw draw(3);
  std::vector<double> drawn;
  for (std::int64_t i = 0; i < n * c; ++i) drawn.push_back(draw.uniform(-8, 8));
  const Tensor logits = tensor(DType::bf16, {n, c}, drawn);
  std::vector<std::int64_t> target;
  for (std::int64_t i = 0; i < n; ++i) target.push_back(draw.integer(0, 9));
  const float scale = 1024;
  float loss = 0;
  std::vector<BFloat16> grad(drawn.size());
  reset_refinements();
  cross_entropy.value_and_gradient({logits.view(), TensorView(target.data(), {n})}, {}, TensorView(&scale, {}),
                                   MutableTensorView(&loss, {}), MutableTensorView(grad.data(), {n, c}));
  EXPECT_EQ(refinements().results, static_cast<std::uint64_t>(n * c + 1));
  EXPECT_LT(refinements().double_double, 5u);
  const Truth truth = testing::cross_entropy(numbers(logits), target);
  testing::Number total = testing::number(0);
  for (const auto& value : truth.values) mpfr_add(total, total, value, MPFR_RNDN);
  expect_promised(loss, testing::scaled(total, 1, n), DType::f32);
  for (std::size_t k = 0; k < grad.size(); ++k) {
    expect_promised(grad[k], testing::scaled(truth.derivatives[k], scale, n), DType::bf16);
  }
}

}  // namespace
}  // namespace lossproof
