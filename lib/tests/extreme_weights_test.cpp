// Cross entropy with weights, masses and grad_output so large or small that what vectors leave out of a row, or what
// underflows in it, would show: the bits of the careful path on every target.
#include <gtest/gtest.h>

#include <cmath>

#include "problems.h"

namespace lossproof {
namespace {

using testing::Problem;
using testing::tensor;

constexpr double absent = -HUGE_VAL;

struct Case {
  std::vector<double> x;
  std::vector<double> y;  // masses, or a class
  std::vector<double> w;
  double smoothing = 0;
  double grad_output = 1;
  std::int64_t rows = 1;
};

Problem problem(const Case& c, Reduction reduction) {
  const auto classes = static_cast<std::int64_t>(c.w.size());
  const bool is_index = c.y.size() < c.x.size();
  Tensor target = is_index ? Tensor(DType::i64, {c.rows}) : tensor(DType::f32, {c.rows, classes}, c.y);
  for (std::size_t r = 0; is_index && r < c.y.size(); ++r) {
    static_cast<std::int64_t*>(target.view().data())[r] = static_cast<std::int64_t>(c.y[r]);
  }
  const Extents of_value = reduction == Reduction::none ? Extents{c.rows} : Extents{};
  const std::vector<double> g(static_cast<std::size_t>(count(of_value)), c.grad_output);
  return {&cross_entropy,
          {tensor(DType::f32, {c.rows, classes}, c.x), target},
          tensor(DType::f32, {classes}, c.w),
          {.reduction = reduction, .label_smoothing = c.smoothing},
          DType::f32,
          tensor(DType::f32, of_value, g)};
}

/// The bytes of value and gradient, and of a value that is asked for by itself.
std::string all_bytes_of(const Problem& p) {
  const std::vector<TensorView> views = testing::views_of(p.inputs);
  const Options options = testing::options_of(p);
  Tensor value(p.dtype, p.loss->value_shape(views, options));
  p.loss->value(views, options, value.view());
  std::string bytes = testing::bytes_of(p);
  testing::append_bytes(value, bytes);
  return bytes;
}

class ExtremeWeights : public testing::LossInVectors {
 protected:
  static void expect_careful_bits(const Case& c) {
    for (const Reduction reduction : {Reduction::none, Reduction::sum, Reduction::mean}) {
      const Problem p = problem(c, reduction);
      detail::without_vectors = true;
      const std::string expected = all_bytes_of(p);
      detail::without_vectors = false;
      for (const std::string& name : targets()) {
        set_target(name);
        EXPECT_EQ(all_bytes_of(p), expected) << name << ", reduction " << static_cast<int>(reduction);
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Of, ExtremeWeights, ::testing::Values(&cross_entropy));

TEST_P(ExtremeWeights, OfClassesWhoseExponentialIsClamped) {
  for (const double deep : {absent, -600.0}) {
    expect_careful_bits({{-255, -256, deep}, {0}, {0x1p120, 0x1p120, 0x1p120}, 0, 0x1p120});
    expect_careful_bits({{-255, -256, deep}, {0}, {-0x1p120, 1, 1}, 0, 0x1p120});
  }
}

TEST_P(ExtremeWeights, OfMassesWhoseLossIsOfClampedExponentials) {
  expect_careful_bits({{-255.5, -600}, {0x1.fp127, 0x1p-107}, {0x1.fp127, 1}});
  std::vector<double> x(65536, -600), y(x.size(), 0), w(x.size(), 1);
  x[0] = -255.5;
  y[0] = w[0] = 0x1.fp127;
  expect_careful_bits({x, y, w});
}

TEST_P(ExtremeWeights, OfMassesBesideTheShareOfAClampedExponential) {
  expect_careful_bits({{-200, -200, -600}, {0x1.8p127, 0, 0x1p-149}, {0x1.8p127, 1, 0x1p-149}});
  expect_careful_bits({{-200, -200, -600}, {0x1.8p127, 0, 0}, {0x1.8p127, 1, 0x1p-149}, 0x1p-60, 0x1p-8});
  expect_careful_bits(
      {{-115.5, -115.5, -600}, {0x1.fp127, 0, -0x1.084p-139}, {0x1.fp127, 1, 0x1.1aep-138}, 0, 0x1.c0e3f2p+126});
}

// Of a loss that underflows in f64 a sum has the sign.
TEST_P(ExtremeWeights, OfLossesNextToNothingGiveTheSumTheirSign) {
  expect_careful_bits({{500, -300}, {0}, {-1, -1}});
  expect_careful_bits({{500, -145}, {0}, {-0x1p-149, 1}});
  expect_careful_bits({{400, -300}, {0}, {-0x1p-100, 1}});
  expect_careful_bits({{500, -250, -350, 500}, {0, 1}, {-1, 1}, 0, 1, 2});
}

TEST_P(ExtremeWeights, OfAnySizeAndSign) {
  arith::testing::Draw draw(21);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    Case c;
    c.rows = draw.integer(1, 3);
    const std::int64_t classes = draw.integer(2, 9);
    const double deep = repeat % 3 == 0 ? -600 : absent;
    const double top = draw.uniform(-300, 300);
    for (std::int64_t i = 0; i < c.rows * classes; ++i) {
      c.x.push_back(draw.integer(0, 4) == 0 ? deep : top + draw.uniform(-200, 200));
    }
    const bool is_index = repeat % 2 == 0;
    for (std::int64_t i = 0; i < (is_index ? c.rows : c.rows * classes); ++i) {
      const double mass = std::ldexp(draw.uniform(-1, 1), draw.integer(-140, 127));
      c.y.push_back(is_index ? draw.integer(0, static_cast<int>(classes) - 1) : draw.integer(0, 2) == 0 ? 0 : mass);
    }
    for (std::int64_t k = 0; k < classes; ++k) {
      const double weight = std::ldexp(draw.uniform(-1, 1), draw.integer(-140, 127));
      c.w.push_back(repeat % 5 == 0 ? std::fabs(weight) : weight);
    }
    c.grad_output = std::ldexp(draw.uniform(-1, 1), draw.integer(-120, 127));
    c.smoothing = draw.integer(0, 2) == 0 ? 0x1p-60 : 0;
    expect_careful_bits(c);
    ASSERT_FALSE(HasFailure()) << repeat;
  }
}

}  // namespace
}  // namespace lossproof
