// The kernels in vectors give the bits of the careful path: on every target, with any number of threads, however the
// rows are split or lie in memory, and whether or not the test of a rounding is passed.

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "arith/ladder.h"
#include "engine/parallel.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "problems.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::bytes_of;
using testing::careful_bytes_of;
using testing::draw_problem;
using testing::Problem;
using testing::tensor;

class Vectors : public testing::LossInVectors {};
INSTANTIATE_TEST_SUITE_P(Of, Vectors, ::testing::ValuesIn(testing::losses_in_vectors()),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(Vectors, GiveTheBitsOfTheCarefulPathOnEveryTargetWithAnyNumberOfThreads) {
  Draw draw(1);
  detail::grain = 64;
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  for (int repeat = 0; repeat < 150; ++repeat) {
    const bool is_long = repeat % 10 == 0;
    const Problem p =
        draw_problem(draw, *GetParam(), {draw.integer(1, is_long ? 5 : 70), draw.integer(1, is_long ? 5000 : 60)});
    const std::string expected = careful_bytes_of(p);
    for (const std::string& name : targets()) {
      set_target(name);
      for (const int count : {1, 2, 3, 8}) {
        set_threads(count);
        ASSERT_EQ(bytes_of(p), expected) << name << ", " << count << " threads, problem " << repeat;
      }
    }
  }
}

// Of 2^17 classes and more no exponential is kept.
TEST_P(Vectors, OfVeryLongRowsGiveTheBitsOfTheCarefulPath) {
  Draw draw(5);
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Problem p = draw_problem(draw, *GetParam(), {1, (1 << 17) + draw.integer(1, 20)});
    const std::string expected = careful_bytes_of(p);
    for (const std::string& name : targets()) {
      set_target(name);
      ASSERT_EQ(bytes_of(p), expected) << name << ", problem " << repeat;
    }
  }
}

TEST_P(Vectors, GiveTheSameBitsIfEveryTestOfARoundingFails) {
  Draw draw(2);
  for (int repeat = 0; repeat < 30; ++repeat) {
    const Problem p = draw_problem(draw, *GetParam(), {draw.integer(1, 8), draw.integer(2, 40)});
    const std::string expected = bytes_of(p);
    arith::refuse_first = true;
    reset_refinements();
    ASSERT_EQ(bytes_of(p), expected) << "problem " << repeat;
    EXPECT_EQ(refinements().double_double, refinements().results) << "problem " << repeat;
    arith::refuse_first = false;
  }
}

TEST_P(Vectors, RowsAloneAndAtAnyOffsetGiveTheSameBits) {
  Draw draw(3);
  const std::int64_t rows = 9;
  const std::int64_t columns = 37;
  const Tensor x = tensor(DType::f32, {rows, columns}, [&] {
    std::vector<double> numbers;
    const bool probabilities = GetParam()->arguments()[0].probability;
    for (std::int64_t i = 0; i < rows * columns; ++i)
      numbers.push_back(probabilities ? draw.uniform(0, 1) : draw.uniform(-9, 9));
    return numbers;
  }());
  const bool elements = !testing::is_of_classes(*GetParam());
  Tensor y = elements ? tensor(DType::f32, {rows, columns}, std::vector<double>(rows * columns, 0.25))
                      : Tensor(DType::i64, {rows});
  if (!elements) {
    for (std::int64_t i = 0; i < rows; ++i) static_cast<std::int64_t*>(y.view().data())[i] = 4 * i;
  }
  const auto grad_of = [&](std::int64_t first, std::int64_t n, std::int64_t shift) {
    std::vector<float> memory(static_cast<std::size_t>(n * columns + shift));
    std::memcpy(memory.data() + shift, static_cast<const float*>(x.view().data()) + first * columns,
                static_cast<std::size_t>(n * columns) * sizeof(float));
    std::vector<float> grad(memory.size());
    const Extents target_shape = elements ? Extents{n, columns} : Extents{n};
    const char* target = static_cast<const char*>(y.view().data()) + first * (elements ? columns * 4 : 8);
    const auto inputs = testing::inputs_of(*GetParam(), TensorView(memory.data() + shift, {n, columns}),
                                           TensorView(target, y.dtype(), target_shape, row_major(target_shape)));
    const Options options{.reduction = testing::reductions_of(*GetParam()).back()};
    const std::vector<float> ones(memory.size(), 1.0f);
    GetParam()->backward(inputs, options, TensorView(ones.data(), GetParam()->value_shape(inputs, options)),
                         MutableTensorView(grad.data() + shift, {n, columns}));
    return std::vector<float>(grad.begin() + shift, grad.end());
  };
  const std::vector<float> whole = grad_of(0, rows, 0);
  for (std::int64_t shift = 0; shift < 17; ++shift) EXPECT_EQ(grad_of(0, rows, shift), whole) << shift;
  for (std::int64_t first = 0; first < rows; ++first) {
    const auto begin = whole.begin() + first * columns;
    EXPECT_EQ(grad_of(first, 1, first), std::vector<float>(begin, begin + columns)) << first;
  }
}

// A mean of losses in f32, each of them decided in f64 but for one in millions.
TEST_P(Vectors, DecideAllButWhatTheirRadiusPredicts) {
  Draw draw(4);
  const std::int64_t rows = 500;
  const std::int64_t columns = 1000;
  const bool probabilities = GetParam()->arguments()[0].probability;
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < rows * columns; ++i)
    numbers.push_back(probabilities ? draw.uniform(0, 1) : draw.uniform(-9, 9));
  const Tensor x = tensor(DType::f32, {rows, columns}, numbers);
  Tensor target(DType::i64, {rows});
  for (std::int64_t i = 0; i < rows; ++i) static_cast<std::int64_t*>(target.view().data())[i] = i;
  const bool elements = !testing::is_of_classes(*GetParam());
  const Tensor y = elements ? tensor(DType::f32, {rows, columns}, std::vector<double>(rows * columns, 0.25)) : target;
  const auto inputs = testing::inputs_of(*GetParam(), x.view(), y.view());
  const Extents shape = GetParam()->value_shape(inputs);
  Tensor value(DType::f32, shape);
  Tensor grad(DType::f32, {rows, columns});
  std::vector<float> factors;
  for (std::int64_t i = 0; i < count(shape); ++i) factors.push_back(static_cast<float>(draw.uniform(0.5, 1.5)));
  reset_refinements();
  GetParam()->value_and_gradient(inputs, {}, TensorView(factors.data(), shape), value.view(), grad.view());
  EXPECT_GE(refinements().results, static_cast<std::uint64_t>(rows * columns - 8));
  EXPECT_LE(refinements().double_double, 16u);  // 2^19 results, each refined with at most 2^-45 * 2^24
}

}  // namespace
}  // namespace lossproof
