// logsumexp, softmax and log_softmax against their definitions in MPFR, and at the edges.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "class_cases.h"
#include "lossproof/target.h"
#include "rows.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::ClassCase;
using testing::ClassRow;
using testing::draw_factors;
using testing::draw_logits;
using testing::expect_numbers;
using testing::expect_promised;
using testing::numbers;
using testing::Real;
using testing::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class SoftmaxTruth : public testing::DecidedRows {};
INSTANTIATE_TEST_SUITE_P(OfInputs, SoftmaxTruth, ::testing::ValuesIn(testing::real_dtypes), testing::name_of_dtype);

TEST_P(SoftmaxTruth, LogSumExpIsRoundedOnce) {
  Draw draw(11);
  const auto truth = [](const ClassRow& row) {
    Real sum;
    for (const double v : row.logits) sum = sum + exp(Real(v));
    return testing::RowTruth{log(sum), testing::softmax_of(row.logits)};
  };
  for (const std::int64_t classes : {1, 2, 3, 9}) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      const ClassCase c{logsumexp, tensor(GetParam(), {3, classes, 2}, draw_logits(draw, 6 * classes))};
      for (const DType result : testing::real_dtypes) {
        testing::expect_class_loss(c, {.reduction = Reduction::none}, truth, result, draw_factors(draw, 6));
      }
    }
  }
}

/// Value and gradient of one row.
struct MapTruth {
  std::vector<Real> value;
  std::vector<Real> gradient;
};

MapTruth truth_of_softmax(const std::vector<double>& x, const std::vector<double>& g) {
  MapTruth t{testing::softmax_of(x), {}};
  for (std::size_t j = 0; j < x.size(); ++j) {
    Real sum;
    for (std::size_t k = 0; k < x.size(); ++k) sum = sum + t.value[k] * (Real(g[j]) - Real(g[k]));
    t.gradient.push_back(t.value[j] * sum);
  }
  return t;
}

MapTruth truth_of_log_softmax(const std::vector<double>& x, const std::vector<double>& g) {
  MapTruth t;
  const std::vector<Real> p = testing::softmax_of(x);
  Real sum;
  for (const double v : g) sum = sum + Real(v);
  for (std::size_t j = 0; j < x.size(); ++j) {
    Real others;
    for (std::size_t k = 0; k < x.size(); ++k) others = k == j ? others : others + exp(Real(x[k]) - Real(x[j]));
    t.value.push_back(-log1p(others));
    t.gradient.push_back(Real(g[j]) - p[j] * sum);
  }
  return t;
}

void expect_map(const ClassCase& c, const std::vector<double>& factors, DType result,
                MapTruth (*truth)(const std::vector<double>&, const std::vector<double>&)) {
  SCOPED_TRACE(std::string(c.loss.name()) + " of " + std::string(name(c.logits.dtype())) + " in " +
               std::string(name(result)));
  const Tensor g = tensor(c.logits.dtype(), c.logits.shape(), factors);
  Tensor value(result, c.logits.shape());
  Tensor grad(result, c.logits.shape());
  c.loss.value_and_gradient(c.views(), {}, g.view(), value.view(), grad.view());
  for (std::int64_t i = 0; i < c.rows(); ++i) {
    const MapTruth t = truth(c.row(i).logits, c.along(numbers(g), i));
    for (std::int64_t j = 0; j < c.classes(); ++j) {
      const auto k = static_cast<std::size_t>(j);
      expect_promised(numbers(value)[c.at(i, j)], t.value[k], result);
      expect_promised(numbers(grad)[c.at(i, j)], t.gradient[k], result);
    }
  }
}

TEST_P(SoftmaxTruth, SoftmaxAndItsLogarithmAreRoundedOnce) {
  Draw draw(12);
  for (const std::int64_t classes : {1, 2, 3, 4, 9}) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      const Tensor x = tensor(GetParam(), {3, classes, 2}, draw_logits(draw, 6 * classes));
      const std::vector<double> g = draw_factors(draw, 6 * classes);
      for (const DType result : testing::real_dtypes) {
        expect_map({softmax, x}, g, result, truth_of_softmax);
        expect_map({log_softmax, x}, g, result, truth_of_log_softmax);
      }
    }
  }
}

/// Value and gradient of one row [C].
void expect_row(const Loss& loss, const std::vector<double>& x, const std::vector<double>& g,
                const std::vector<double>& value, const std::vector<double>& grad) {
  const Extents shape{static_cast<std::int64_t>(x.size())};
  const Tensor logits = tensor(DType::f64, shape, x);
  const Extents value_shape = loss.value_shape(std::vector{TensorView(logits.view())});
  Tensor got(DType::f64, value_shape);
  Tensor got_grad(DType::f64, shape);
  loss.value_and_gradient({logits.view()}, {}, tensor(DType::f64, value_shape, g).view(), got.view(), got_grad.view());
  expect_numbers(numbers(got), value);
  expect_numbers(numbers(got_grad), grad);
}

TEST(LogSumExp, AtTheEdges) {
  expect_row(logsumexp, {}, {1}, {-inf}, {});
  expect_row(logsumexp, {-inf, -inf}, {1}, {-inf}, {0, 0});
  expect_row(logsumexp, {-inf, -inf}, {inf}, {-inf}, {0, 0});
  expect_row(logsumexp, {-inf, 3, 3}, {2}, {3 + std::log(2.0)}, {0, 1, 1});
  expect_row(logsumexp, {inf, 3, -inf}, {2}, {inf}, {2, 0, 0});
  expect_row(logsumexp, {inf, 3, -inf}, {inf}, {inf}, {inf, nan, 0});
  expect_row(logsumexp, {inf, inf, -inf}, {1}, {inf}, {nan, nan, 0});
  expect_row(logsumexp, {inf, nan, 0}, {1}, {nan}, {nan, nan, nan});
  expect_row(logsumexp, {inf, inf, 0}, {0}, {inf}, {0, 0, 0});
  expect_row(logsumexp, {0, 0}, {nan}, {std::log(2.0)}, {nan, nan});
  expect_row(logsumexp, {-0.0}, {inf}, {0}, {inf});
  expect_row(logsumexp, {0, -2000}, {-1}, {0}, {-1, -0.0});
  expect_row(logsumexp, {0x1p1000, -0x1p1000}, {1}, {0x1p1000}, {1, 0});
}

// Above a midpoint of the result, or below it, by less than any precision shows.
TEST(LogSumExp, WhatIsNextToNothingTellsTheSideOfAMidpoint) {
  const Tensor logits = tensor(DType::f64, {2}, {16777217, -16777217});
  EXPECT_EQ(logsumexp({logits.view()}, {.dtype = DType::f32}).item(), 16777218);
  Tensor grad(DType::bf16, {2});
  const Tensor g = tensor(DType::f64, {}, {1 + 0x3p-8});  // a tie that goes up
  logsumexp.backward({logits.view()}, {}, g.view(), grad.view());
  expect_numbers(numbers(grad), {1 + 0x1p-7, 0});
}

TEST(Softmax, AtTheEdges) {
  expect_row(softmax, {}, {}, {}, {});
  expect_row(softmax, {-inf, 3, 3}, {9, 1, 0}, {0, 0.5, 0.5}, {0, 0.25, -0.25});
  expect_row(softmax, {-inf, 3, 3}, {inf, 1, 0}, {0, 0.5, 0.5}, {0, 0.25, -0.25});
  expect_row(softmax, {inf, 3, -inf}, {5, 1, 2}, {1, 0, 0}, {0, 0, 0});
  expect_row(softmax, {inf, 3, -inf}, {inf, 1, 2}, {1, 0, 0}, {nan, nan, 0});
  expect_row(softmax, {inf, inf, 0}, {1, 2, 3}, {nan, nan, nan}, {nan, nan, nan});
  expect_row(softmax, {-inf, -inf}, {1, 2}, {nan, nan}, {nan, nan});
  expect_row(softmax, {-inf, -inf}, {0, -0.0}, {nan, nan}, {0, 0});
  expect_row(softmax, {0, nan}, {0, 0}, {nan, nan}, {nan, nan});
  expect_row(softmax, {0, 0}, {nan, 0}, {0.5, 0.5}, {nan, nan});
  expect_row(softmax, {0, 0, 0, 0}, {inf, 1, 2, 3}, {0.25, 0.25, 0.25, 0.25}, {inf, -inf, -inf, -inf});
  expect_row(softmax, {0, 0, 0, 0}, {inf, inf, 2, 3}, {0.25, 0.25, 0.25, 0.25}, {nan, nan, -inf, -inf});
  expect_row(softmax, {0, 0, 0, 0}, {inf, -inf, 2, 3}, {0.25, 0.25, 0.25, 0.25}, {inf, -inf, nan, nan});
  expect_row(softmax, {5, -inf}, {inf, 3}, {1, 0}, {0, 0});
  expect_row(softmax, {1, 2, 3e5}, {7, 7, 7}, {0, 0, 1}, {0, 0, 0});
  expect_row(softmax, {0, -1e20, -1e30}, {1, 1, 2}, {1, 0, 0}, {-0.0, -0.0, 0});
}

// sum_k p_k (g_j - g_k) is 0 of factors that are one number, as those of a sum of the values: nothing has to be refined
// to tell so.
TEST(Softmax, OfEqualFactorsHasAGradientOfZero) {
  Draw draw(12);
  const Tensor x = tensor(DType::f32, {5, 40}, draw_logits(draw, 200));
  const Tensor factors = tensor(DType::f32, {5, 40}, std::vector<double>(200, 0.7));
  for (const std::string& name : targets()) {
    set_target(name);
    Tensor grad = tensor(DType::f32, {5, 40}, std::vector<double>(200, nan));
    reset_refinements();
    softmax.backward({x.view()}, {}, factors.view(), grad.view());
    for (const double g : numbers(grad)) EXPECT_EQ(std::bit_cast<std::uint64_t>(g), 0u) << name;
    EXPECT_EQ(refinements().double_double, 0u) << name;
    EXPECT_EQ(refinements().results, 200u) << name;
  }
  set_target(targets().front());
}

TEST(LogSoftmax, AtTheEdges) {
  const double ln2 = std::log(2.0);
  expect_row(log_softmax, {}, {}, {}, {});
  expect_row(log_softmax, {-inf, 3, 3}, {2, 1, 0}, {-inf, -ln2, -ln2}, {2, -0.5, -1.5});
  expect_row(log_softmax, {-inf, 3, 3}, {0, 1, 0}, {-inf, -ln2, -ln2}, {0, 0.5, -0.5});
  expect_row(log_softmax, {inf, 3, -inf}, {5, 1, 2}, {0, -inf, -inf}, {-3, 1, 2});
  expect_row(log_softmax, {inf, 3, -inf}, {inf, 1, 2}, {0, -inf, -inf}, {nan, nan, 2});
  expect_row(log_softmax, {inf, 3, -inf}, {1, inf, 2}, {0, -inf, -inf}, {-inf, inf, 2});
  expect_row(log_softmax, {inf, inf, 0}, {1, 2, 3}, {nan, nan, nan}, {nan, nan, nan});
  expect_row(log_softmax, {-inf, -inf}, {0, -0.0}, {nan, nan}, {0, 0});
  expect_row(log_softmax, {0, nan}, {0, 0}, {nan, nan}, {nan, nan});
  expect_row(log_softmax, {0, 0}, {nan, 0}, {-ln2, -ln2}, {nan, nan});
  expect_row(log_softmax, {0, 0}, {inf, 0}, {-ln2, -ln2}, {inf, -inf});
  expect_row(log_softmax, {0, 0}, {inf, -inf}, {-ln2, -ln2}, {inf, -inf});
  expect_row(log_softmax, {0, 0}, {inf, inf}, {-ln2, -ln2}, {nan, nan});
  expect_row(log_softmax, {5, -inf}, {inf, 3}, {0, -inf}, {-3, 3});
  expect_row(log_softmax, {0, -1e300}, {1, 0}, {-0.0, -1e300}, {0, -0.0});
}

TEST(Softmax, OfStridedViewsAndInManyThreadsIsTheSame) {
  Draw draw(13);
  const std::int64_t rows = 300, classes = 400;
  const std::vector<double> x = draw_logits(draw, rows * classes);
  const Tensor dense = tensor(DType::f32, {rows, classes}, x);
  std::vector<double> turned(x.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < classes; ++j) {
      turned[static_cast<std::size_t>(j * rows + i)] = x[static_cast<std::size_t>(i * classes + classes - 1 - j)];
    }
  }
  const Tensor stored = tensor(DType::f32, {classes, rows}, turned);
  const auto* last = static_cast<const float*>(stored.view().data()) + (classes - 1) * rows;
  const TensorView strided(last, {rows, classes}, {1, -rows});
  for (const Loss* loss : {&softmax, &log_softmax, &logsumexp}) {
    EXPECT_EQ(numbers((*loss)({strided})), numbers((*loss)({dense.view()}))) << loss->name();
  }
}

TEST(Softmax, TakesNoOptionAndAGradOutputOfItsOwnShape) {
  const Tensor x = tensor(DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor grad(DType::f32, {2, 3});
  const Tensor g(DType::f32, {2});
  for (const auto& [loss, text] : {std::pair(&softmax, "softmax"), std::pair(&log_softmax, "log_softmax")}) {
    try {
      loss->backward({x.view()}, {}, g.view(), grad.view());
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()), std::string(text) + ": grad_output has shape [2]; expected [2, 3]");
    }
    try {
      (*loss)({x.view()}, {.reduction = Reduction::mean});
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()), std::string(text) + ": takes no reduction but none");
    }
  }
}

}  // namespace
}  // namespace lossproof
