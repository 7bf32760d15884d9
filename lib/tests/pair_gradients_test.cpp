// Gradients of rows that take pairs, or would: what underflows, what was clamped, and what is not finite have the bits
// of the careful path on every target.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/vectors.h"
#include "lossproof/losses.h"
#include "lossproof/target.h"
#include "mpfr_number.h"

namespace lossproof {
namespace {

using arith::testing::Draw;

/// The bits of the gradient of one row, from grad_output of the value's shape.
std::vector<std::uint32_t> bits_of_gradient(const Loss& loss, const std::vector<TensorView>& inputs,
                                            const std::vector<float>& grad_output) {
  const Options sum{.reduction = Reduction::sum};
  const Options options = loss.takes().reduction ? sum : Options{};
  std::vector<float> grad(static_cast<std::size_t>(count(inputs[0].shape())), -7.5f);
  loss.backward(inputs, options, TensorView(grad_output.data(), loss.value_shape(inputs, options)),
                MutableTensorView(grad.data(), inputs[0].shape()));
  std::vector<std::uint32_t> bits;
  for (const float g : grad) bits.push_back(std::isnan(g) ? 0x7fc00000 : std::bit_cast<std::uint32_t>(g));
  return bits;
}

std::vector<std::uint32_t> careful_bits_of_gradient(const Loss& loss, const std::vector<TensorView>& inputs,
                                                    const std::vector<float>& grad_output) {
  detail::without_vectors = true;
  const auto bits = bits_of_gradient(loss, inputs, grad_output);
  detail::without_vectors = false;
  return bits;
}

void expect_careful_bits(const Loss& loss, const std::vector<TensorView>& inputs,
                         const std::vector<float>& grad_output) {
  const auto expected = careful_bits_of_gradient(loss, inputs, grad_output);
  for (const std::string& name : targets()) {
    set_target(name);
    EXPECT_EQ(bits_of_gradient(loss, inputs, grad_output), expected) << name;
  }
  set_target(targets().front());
}

constexpr std::uint32_t minus_zero = 0x80000000;

TEST(PairGradients, OfCrossEntropyThatUnderflowKeepTheirSign) {
  const std::vector<float> x{388.302216f, 391.303711f, 390.454285f, 387.461395f, 392.766479f, -400, 391.227448f};
  const std::int64_t target = 0;
  const std::vector<TensorView> inputs{TensorView(x.data(), {1, 7}), TensorView(&target, {1})};
  EXPECT_EQ(bits_of_gradient(cross_entropy, inputs, {-1})[5], minus_zero);
  expect_careful_bits(cross_entropy, inputs, {-1});
}

TEST(PairGradients, OfSoftmaxThatUnderflowKeepTheirSign) {
  const std::vector<float> x{382.220093f, 378.956604f, 377.730042f, 381.174377f, 380.941376f, -380};
  const std::vector<float> g{-2.23167658f, -1.41565323f, -1.39836824f, 2.26517773f, -0.392811537f, -10};
  const std::vector<TensorView> inputs{TensorView(x.data(), {1, 6})};
  EXPECT_EQ(bits_of_gradient(softmax, inputs, g)[5], minus_zero);
  expect_careful_bits(softmax, inputs, g);
}

// Rows of which some elements take pairs, with classes so deep that their shares underflow.
TEST(PairGradients, OfDeepClassesHaveTheBitsOfTheCarefulPath) {
  Draw draw(3);
  for (int repeat = 0; repeat < 20'000; ++repeat) {
    std::vector<float> x;
    std::vector<float> g;
    const double top = draw.integer(200, 400);
    for (int k = draw.integer(2, 12); k > 0; --k) {
      x.push_back(static_cast<float>(draw.integer(0, 3) == 0 ? draw.uniform(-1000, -300) : top + draw.uniform(-4, 4)));
      g.push_back(static_cast<float>(draw.uniform(-10, 10)));
    }
    const std::vector<TensorView> inputs{TensorView(x.data(), {1, static_cast<std::int64_t>(x.size())})};
    ASSERT_EQ(bits_of_gradient(softmax, inputs, g), careful_bits_of_gradient(softmax, inputs, g)) << repeat;
  }
}

TEST(PairGradients, OfClampedLogitsBesideHugeMassesAreZero) {
  std::vector<float> x(8, -255);
  x[3] = -1000;
  x[5] = -600;
  x[6] = -5000;
  std::vector<float> y(8, 0);
  y[0] = 3e38f;
  const std::vector<TensorView> inputs{TensorView(x.data(), {1, 8}), TensorView(y.data(), {1, 8})};
  EXPECT_EQ(bits_of_gradient(cross_entropy, inputs, {3e38f})[3], 0u);
  expect_careful_bits(cross_entropy, inputs, {3e38f});
}

// 2^17 + 8 classes: no exponential is kept, and vectors are whole.
TEST(PairGradients, OfVeryLongRowsAreThoseOfTheCarefulPathFiniteOrNot) {
  Draw draw(4);
  std::vector<float> x;
  std::vector<float> g;
  for (int k = 0; k < (1 << 17) + 8; ++k) {
    x.push_back(static_cast<float>(draw.uniform(-3, 3)));
    g.push_back(static_cast<float>(draw.uniform(-3, 3)));
  }
  const std::vector<TensorView> inputs{TensorView(x.data(), {1, static_cast<std::int64_t>(x.size())})};
  for (const float special : {1.5f, HUGE_VALF, -HUGE_VALF, std::numeric_limits<float>::quiet_NaN()}) {
    g[77] = special;
    for (const Loss* loss : {&softmax, &log_softmax}) expect_careful_bits(*loss, inputs, g);
  }
}

}  // namespace
}  // namespace lossproof
