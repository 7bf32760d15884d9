// What once went wrong in kernels in vectors, on every target.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "engine/stretch.h"
#include "lossproof/losses.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "mpfr_number.h"

namespace lossproof {
namespace {

using arith::testing::Draw;

/// The gradient of one row of f32 logits, with grad_output `g`, as bytes of f32.
std::vector<float> gradient_of(const std::vector<float>& logits, std::int64_t target, float g) {
  const std::int64_t classes = std::ssize(logits);
  const TensorView inputs[] = {{logits.data(), {1, classes}}, {&target, {1}}};
  std::vector<float> grad(logits.size());
  cross_entropy.backward(inputs, {.reduction = Reduction::sum}, TensorView(&g, {}), {grad.data(), {1, classes}});
  return grad;
}

// Each e^-36.74 is just above half of the last place of the sum that it is added to, and is rounded by as much. The truth
// (mpmath) is that close to a midpoint.
TEST(Kernels, SumsOfManySmallTermsStayWithinTheirBound) {
  const float g = 0x1.99999ap+0f;
  std::vector<float> first(128, -36.7369f);
  first[0] = first[1] = 0;
  first[2] = -0x1.d31b38p+1f;
  first[127] = -100;
  std::vector<float> second(128, -36.7369f);
  second[0] = 0;
  second[1] = -0x1.79ee6p+2f;
  second[127] = -100;
  std::vector<float> third(128, -36.7369f);
  third[0] = 0;
  third[127] = 0x1.04c3a8p+1f;
  const std::int64_t target = 127;
  const TensorView inputs[] = {{third.data(), {1, 128}}, {&target, {1}}};
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    EXPECT_EQ(gradient_of(first, target, g)[2], 0x1.508b26p-6f) << name;
    EXPECT_EQ(gradient_of(second, target, g)[1], 0x1.1cfe1p-8f) << name;
    float loss, grad[128];
    cross_entropy.value_and_gradient(inputs, {.reduction = Reduction::none}, {&g, {1}}, {&loss, {1}}, {grad, {1, 128}});
    EXPECT_EQ(loss, 0x1.f604d8p-4f) << name;
  }
}

TEST(Kernels, AnAbsentTargetHasADerivativeOfExactlyMinusOne) {
  const float logits[] = {-std::numeric_limits<float>::infinity(), 1, 2.5};
  const std::int64_t target[] = {0};
  const TensorView inputs[] = {{logits, {1, 3}}, {target, {1}}};
  const float g = 0x1.03p+0f;  // midway between two numbers of bf16
  BFloat16 grad[3];
  reset_refinements();
  cross_entropy.backward(inputs, {.reduction = Reduction::sum}, TensorView(&g, {}), {grad, {1, 3}});
  EXPECT_EQ(static_cast<float>(grad[0]), -0x1.04p+0f);
  EXPECT_EQ(refinements().undecided, 0u);
  EXPECT_EQ(refinements().widest, 0u);
}

TEST(Kernels, CountEachResultOnce) {
  const std::int64_t rows = 1'000'000;
  const std::int64_t classes = 4;
  std::vector<float> logits(static_cast<std::size_t>(rows * classes));
  const std::vector<std::int64_t> target(rows, 1);
  const std::vector<float> ones(rows, 1.0f);
  std::vector<float> loss(rows), grad(logits.size());
  Draw draw(2);
  set_threads(1);
  for (int repeat = 0; repeat < 8; ++repeat) {
    for (float& x : logits) x = static_cast<float>(draw.uniform(-9, 9));
    const TensorView inputs[] = {{logits.data(), {rows, classes}}, {target.data(), {rows}}};
    reset_refinements();
    cross_entropy.value_and_gradient(inputs, {.reduction = Reduction::none}, {ones.data(), {rows}},
                                     {loss.data(), {rows}}, {grad.data(), {rows, classes}});
    EXPECT_EQ(refinements().results, static_cast<std::uint64_t>(rows * (classes + 1)));
  }
}

#if defined(__SSE2__)
// As a program with -ffast-math linked into it has it, and one that computes intervals.
TEST(Kernels, TheCallersFloatingPointEnvironmentPlaysNoPartAndStays) {
  const unsigned before = _mm_getcsr();
  const std::vector<float> x(200'000, 0x1p-70f), y(x.size(), 0.0f);
  const TensorView inputs[] = {{x.data(), {std::ssize(x)}}, {y.data(), {std::ssize(y)}}};
  for (const unsigned controls : {0x8040u, 0x4000u, 0x2000u, 0x6000u}) {  // FTZ and DAZ; up; down; to zero
    for (const int count : {1, 2}) {
      set_threads(count);
      std::vector<float> loss(x.size());
      _mm_setcsr(before | controls);
      mse_loss.value(inputs, {.reduction = Reduction::none}, {loss.data(), {std::ssize(loss)}});
      const unsigned after = _mm_getcsr();
      _mm_setcsr(before);
      EXPECT_EQ(after & 0xffc0u, (before | controls) & 0xffc0u);
      EXPECT_EQ(loss, std::vector<float>(loss.size(), 0x1p-140f)) << std::hex << controls;
    }
  }
  set_threads(1);
}
#endif

}  // namespace
}  // namespace lossproof
