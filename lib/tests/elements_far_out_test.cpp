// Losses of logits far out, where e^-|x| is next to nothing: kernels in vectors keep them, with the bits of the careful
// path, signs of zeros and sides of midpoints included.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "lossproof/target.h"
#include "problems.h"
#include "stretch_of.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::tensor;

/// Around the ends of what a kernel evaluates as it is, where f32 underflows, and beyond, to its largest number.
double draw_logit(Draw& draw) {
  const double ends[] = {48, 87, 104, 512.0 / 3, 512, 745, 0x1p40, 0x1.fffffep127};
  const double far = std::ldexp(draw.uniform(1, 2), draw.integer(5, 126));
  const double size = draw.integer(0, 1) == 0 ? far : ends[draw.integer(0, 7)] * (1 - draw.integer(0, 4) * 0x1p-22);
  return draw.integer(0, 1) == 0 ? size : -size;
}

/// Those that agree, or as good as; those around 2^-57, down to the least number.
double draw_target(Draw& draw) {
  const double near_zero[] = {0, 0x1p-149, 0x1p-90, 0x1p-60, 0x1.fffffep-58, 0x1p-57, 0x1p-54, 0x1p-24, 0.25, 0.5};
  const double y = draw.integer(0, 4) > 0 ? near_zero[draw.integer(0, 9)] : draw.uniform(0, 1);
  return draw.integer(0, 1) == 0 ? y : 1 - y;
}

double draw_factor(Draw& draw) {
  const double factors[] = {1, -1, 0x1.fffffep127, -0x1.fffffep127, 0x1p-149, 0x1.000002p0};
  return draw.integer(0, 1) == 0 ? factors[draw.integer(0, 5)] : draw.uniform(-2, 2);
}

class FarOut : public testing::LossInVectors {};
INSTANTIATE_TEST_SUITE_P(Of, FarOut,
                         ::testing::Values(&softplus, &log_sigmoid, &sigmoid, &binary_cross_entropy_with_logits,
                                           &sigmoid_focal_loss),
                         [](const auto& loss) { return std::string(loss.param->name()); });

template <class Number>
Tensor drawn(DType dtype, std::int64_t n, const Number& number) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < n; ++i) all.push_back(number());
  return tensor(dtype, {n}, all);
}

TEST_P(FarOut, GivesTheBitsOfTheCarefulPath) {
  Draw draw(1);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const std::int64_t n = draw.integer(1, 40);
    std::vector<Tensor> inputs{drawn(DType::f32, n, [&] { return draw_logit(draw); })};
    if (GetParam()->arguments().size() > 1) inputs.push_back(drawn(DType::f32, n, [&] { return draw_target(draw); }));
    const auto reductions = testing::reductions_of(*GetParam());
    Options options{.reduction = reductions[draw.integer(0, 1) == 0 ? 0 : reductions.size() - 1]};
    const double betas[] = {1, -0.7, 0x1p-60};
    if (GetParam()->takes().beta) options.beta = betas[draw.integer(0, 2)];
    const double alphas[] = {0.25, -1, 0.3, 0x1p-27, 0x1.8p-27, 0.8125, 1 - 0x1.8p-26};
    if (GetParam()->takes().focus) options.gamma = 2, options.alpha = alphas[draw.integer(0, 6)];
    const std::int64_t factors = options.reduction == Reduction::none ? n : 1;
    Tensor grad_output = drawn(DType::f32, factors, [&] { return draw_factor(draw); });
    if (options.reduction != Reduction::none) grad_output = tensor(DType::f32, {}, {draw_factor(draw)});
    const testing::Problem p{GetParam(), inputs, {}, options, testing::narrow[draw.integer(0, 2)], grad_output};
    const std::string expected = testing::careful_bytes_of(p);
    for (const std::string& name : targets()) {
      set_target(name);
      ASSERT_EQ(testing::bytes_of(p), expected) << name << ", problem " << repeat;
    }
  }
}

// Of targets of 0 and 1 half of the focal losses are midpoints to within e^-48.
TEST_P(FarOut, IsNotLeftToTheCarefulPath) {
  Draw draw(2);
  constexpr std::int64_t n = 5000;
  const Tensor x = drawn(
      DType::f32, n, [&] { return std::ldexp(draw.uniform(1, 2) * (draw.integer(0, 1) - 0.5), draw.integer(7, 127)); });
  const Tensor y = drawn(DType::f32, n, [&] { return draw.integer(0, 1); });
  const auto inputs = testing::inputs_of(*GetParam(), x.view(), y.view());
  std::vector<float> value(n), grad(n);
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    const auto left = [&](const std::optional<MutableTensorView>& gradients) {
      return testing::store_rows(*GetParam(), inputs, MutableTensorView(value.data(), {n}), gradients).left.size();
    };
    EXPECT_EQ(left({}), 0u) << name;
    EXPECT_EQ(left(MutableTensorView(grad.data(), {n})), 0u) << name;
  }
}

}  // namespace
}  // namespace lossproof
