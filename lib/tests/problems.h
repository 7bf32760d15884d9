// Random calls of any loss that has a kernel in vectors, and the bits that they give.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "arith/ladder.h"
#include "engine/parallel.h"
#include "engine/vectors.h"
#include "forms.h"
#include "lossproof/catalogue.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "reference.h"

namespace lossproof::testing {

using arith::testing::Draw;

inline constexpr DType narrow[] = {DType::f16, DType::bf16, DType::f32};

struct Problem {
  const Loss* loss;
  std::vector<Tensor> inputs;
  std::optional<Tensor> weight;
  Options options;
  DType dtype;  // of the outputs
  Tensor grad_output;
};

/// Ordinary numbers, of any size, or with absent classes among them; now and then an infinity, a NaN, or an equal pair.
inline double draw_number(Draw& draw, int kind) {
  if (kind == 0) return draw.uniform(-8, 8);
  if (kind == 1) return std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 8));
  if (kind == 2) return std::ldexp(draw.uniform(-1, 1), draw.integer(-160, 120));
  if (kind == 3)
    return draw.integer(0, 2) > 0 ? draw.uniform(-8, 8) : draw.integer(0, 2) > 0 ? -HUGE_VAL : draw.uniform(-3000, 0);
  const double special[] = {0.0, -0.0, 1.0, 0.5, HUGE_VAL, -HUGE_VAL, std::numeric_limits<double>::quiet_NaN()};
  return draw.integer(0, 40) == 0 ? special[draw.integer(0, 6)] : std::round(draw.uniform(-8, 8));
}

inline Tensor draw_tensor(Draw& draw, DType dtype, const Extents& shape, bool probabilities = false) {
  const int kind = draw.integer(0, 4);
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count(shape); ++i) {
    const double v = draw_number(draw, kind);
    numbers.push_back(!probabilities ? v : std::fabs(v) > 1 ? std::fabs(1 / v) : std::fabs(v));
  }
  return tensor(dtype, shape, numbers);
}

/// Class indices, one in ten of them ignored.
inline Tensor draw_targets(Draw& draw, const Extents& shape, std::int64_t columns) {
  Tensor target(DType::i64, shape);
  for (std::int64_t i = 0; i < count(shape); ++i) {
    const bool ignored = draw.integer(0, 9) == 0;
    static_cast<std::int64_t*>(target.view().data())[i] =
        ignored ? -100 : draw.integer(0, static_cast<int>(columns) - 1);
  }
  return target;
}

inline Options draw_options(Draw& draw, const Loss& loss) {
  const auto reductions = reductions_of(loss);
  Options options{.reduction = reductions[static_cast<std::size_t>(draw.integer(0, 3)) % reductions.size()]};
  const double betas[] = {1, -0.7, 3, 0x1p70};
  const double gammas[] = {0, 2, 3, 0.5, 7.25};
  const double alphas[] = {-1, 0, 0.25, 0.3, 1};
  if (loss.takes().beta) options.beta = betas[draw.integer(0, 3)];
  if (loss.takes().log_target) options.log_target = draw.integer(0, 1) == 0;
  if (loss.takes().focus) options.gamma = gammas[draw.integer(0, 4)], options.alpha = alphas[draw.integer(0, 4)];
  const double smoothings[] = {0.1, 0.5, 1, 1e-9, 0x1p-70, 1 - 0x1p-53};
  // Of masses of any size the careful path takes long for a smoothed row.
  const bool is_smoothed = loss.takes().label_smoothing && draw.integer(0, 3) == 0;
  if (is_smoothed) options.label_smoothing = smoothings[draw.integer(0, 5)];
  return options;
}

/// One for each class, in half of the calls of a loss whose kernel in vectors takes them.
inline std::optional<Tensor> draw_weight(Draw& draw, const Loss& loss, DType dtype, std::int64_t classes) {
  if (!detail::kernel_of(loss).vectors_take.weight || draw.integer(0, 1) == 0) return std::nullopt;
  const int kind = draw.integer(0, 3);
  std::vector<double> weights;
  for (std::int64_t c = 0; c < classes; ++c) {
    const double any = kind == 3 ? std::ldexp(draw.uniform(-1, 1), draw.integer(-20, 8)) : draw.uniform(0.1, 3);
    weights.push_back(kind > 0 && draw.integer(0, 4) == 0 ? 0 : any);
  }
  return tensor(dtype, {classes}, weights);
}

inline std::vector<TensorView> views_of(const std::vector<Tensor>& tensors) {
  std::vector<TensorView> views;
  for (const Tensor& t : tensors) views.push_back(t.view());
  return views;
}

/// Of a first input of this shape, [N, C, ...].
inline Problem draw_problem(Draw& draw, const Loss& loss, const Extents& shape) {
  const DType input = narrow[draw.integer(0, 2)];
  std::vector<Tensor> inputs;
  for (const Argument& argument : loss.arguments()) {
    const bool has_masses = argument.kind == Argument::Kind::class_target && draw.integer(0, 1) == 0;
    const bool has_numbers = argument.kind == Argument::Kind::real || has_masses;
    inputs.push_back(has_numbers ? draw_tensor(draw, input, shape, argument.probability)
                                 : draw_targets(draw, without(shape, 1), shape[1]));
  }
  const std::optional<Tensor> weight = draw_weight(draw, loss, input, shape[1]);
  const Options options = draw_options(draw, loss);
  const std::vector<TensorView> views = views_of(inputs);
  Tensor grad_output = draw_tensor(draw, narrow[draw.integer(0, 2)], loss.value_shape(views, options));
  return {&loss, inputs, weight, options, narrow[draw.integer(0, 2)], grad_output};
}

/// The options with the weight.
inline Options options_of(const Problem& p) {
  Options options = p.options;
  if (p.weight) options.weight = p.weight->view();
  return options;
}

inline void append_bytes(const Tensor& t, std::string& bytes) {
  const auto size = static_cast<std::size_t>(count(t.shape())) * size_of(t.dtype());
  bytes.append(static_cast<const char*>(t.view().data()), size);
}

/// The bytes of value and gradient. The value by itself, for which kernels in vectors have ways of their own, has the
/// same.
inline std::string bytes_of(const Problem& p) {
  const std::vector<TensorView> views = views_of(p.inputs);
  const Options options = options_of(p);
  Tensor value(p.dtype, p.loss->value_shape(views, options));
  Tensor grad(p.dtype, p.inputs[0].shape());
  p.loss->value_and_gradient(views, options, p.grad_output.view(), value.view(), grad.view());
  std::string bytes;
  append_bytes(value, bytes);
  if (!detail::without_vectors) {
    Tensor alone(p.dtype, value.shape());
    p.loss->value(views, options, alone.view());
    std::string bytes_alone;
    append_bytes(alone, bytes_alone);
    EXPECT_EQ(bytes_alone, bytes) << "the value alone";
  }
  append_bytes(grad, bytes);
  return bytes;
}

inline std::string careful_bytes_of(const Problem& p) {
  detail::without_vectors = true;
  const std::string bytes = bytes_of(p);
  detail::without_vectors = false;
  return bytes;
}

/// Leaves target, threads, grain and tests of roundings as they are by default.
class LossInVectors : public ::testing::TestWithParam<const Loss*> {
 protected:
  void TearDown() override {
    set_target(targets().front());
    set_threads(1);
    detail::grain = 1 << 16;
    arith::refuse_first = false;
  }
};

}  // namespace lossproof::testing
