// Every dtype of input, value, grad_output and gradient: each result is the true value, by MPFR, rounded once.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "reference.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::expect_promised;
using testing::numbers;
using testing::tensor;
using testing::Truth;

constexpr DType reals[] = {DType::f16, DType::bf16, DType::f32, DType::f64};
constexpr Options none{.reduction = Reduction::none};

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
                                    << name(grad_output) << ", reduction " << static_cast<int>(*options.reduction));
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
