// Cross entropy of weights, smoothed targets and probabilities, against its definition in MPFR, and at the edges.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "class_cases.h"
#include "rows.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::class_indices;
using testing::ClassCase;
using testing::ClassRow;
using testing::expect_numbers;
using testing::numbers;
using testing::Real;
using testing::RowTruth;
using testing::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Reduction reductions[] = {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum,
                                    Reduction::batchmean};

/// -sum_c ((1 - s) y_c + s / C) w_c log p_c. An ignored row counts for nothing.
testing::TruthOfRow truth_with(double smoothing) {
  return [smoothing](const ClassRow& row) {
    const std::size_t classes = row.logits.size();
    RowTruth t{.value = 0, .first = std::vector<Real>(classes), .second = std::vector<Real>(classes)};
    t.counted = row.target ? (*row.target < 0 ? 0 : row.weight[static_cast<std::size_t>(*row.target)]) : 1;
    if (row.target && *row.target < 0) return t;
    const std::vector<Real> p = testing::softmax_of(row.logits);
    const Real kept = Real(1) - Real(smoothing);
    for (std::size_t c = 0; c < classes; ++c) {
      Real others;
      for (std::size_t k = 0; k < classes; ++k) {
        if (k != c) others = others + exp(Real(row.logits[k]) - Real(row.logits[c]));
      }
      const Real cost = log1p(others);
      const Real y = row.target ? Real(static_cast<std::size_t>(*row.target) == c ? 1 : 0) : Real(row.second[c]);
      const Real mass = (kept * y + Real(smoothing) / Real(static_cast<double>(classes))) * Real(row.weight[c]);
      t.value = t.value + mass * cost;
      t.second[c] = kept * Real(row.weight[c]) * cost;
      for (std::size_t j = 0; j < classes; ++j)
        t.first[j] = t.first[j] + mass * (j == c ? Real(-others / (others + Real(1))) : p[j]);
    }
    return t;
  };
}

std::vector<double> draw_masses(Draw& draw, std::int64_t n) {
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i) {
    const int kind = draw.integer(0, 5);
    y.push_back(kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? -0.25 : draw.uniform(0, 1));
  }
  return y;
}

class CrossEntropyTruth : public testing::DecidedRows {};
INSTANTIATE_TEST_SUITE_P(OfInputs, CrossEntropyTruth, ::testing::ValuesIn(testing::real_dtypes),
                         testing::name_of_dtype);

TEST_P(CrossEntropyTruth, OfClassIndicesIsRoundedOnce) {
  Draw draw(21);
  for (const double smoothing : {0.0, 0.1, 1.0}) {
    for (const std::int64_t classes : {1, 2, 5}) {
      std::vector<std::int64_t> targets;
      for (int i = 0; i < 6; ++i) targets.push_back(i == 3 ? -100 : draw.integer(0, static_cast<int>(classes) - 1));
      ClassCase c{cross_entropy, tensor(GetParam(), {3, classes, 2}, testing::draw_logits(draw, 6 * classes)),
                  class_indices({3, 2}, targets)};
      for (const bool weighted : {false, true}) {
        if (weighted) c.weight = tensor(GetParam(), {classes}, testing::draw_weights(draw, classes));
        for (const Reduction reduction : reductions) {
          for (const DType result : testing::real_dtypes) {
            testing::expect_class_loss(c, {.reduction = reduction, .label_smoothing = smoothing}, truth_with(smoothing),
                                       result, testing::draw_factors(draw, 6));
          }
        }
      }
    }
  }
}

TEST_P(CrossEntropyTruth, OfProbabilitiesIsRoundedOnce) {
  Draw draw(22);
  for (const double smoothing : {0.0, 0.3}) {
    for (const std::int64_t classes : {1, 2, 5}) {
      ClassCase c{cross_entropy, tensor(GetParam(), {3, classes, 2}, testing::draw_logits(draw, 6 * classes)),
                  tensor(GetParam(), {3, classes, 2}, draw_masses(draw, 6 * classes))};
      for (const bool weighted : {false, true}) {
        if (weighted) c.weight = tensor(GetParam(), {classes}, testing::draw_weights(draw, classes));
        for (const Reduction reduction : reductions) {
          for (const DType result : testing::real_dtypes) {
            testing::expect_class_loss(c, {.reduction = reduction, .label_smoothing = smoothing}, truth_with(smoothing),
                                       result, testing::draw_factors(draw, 6));
          }
        }
      }
    }
  }
}

TEST_P(CrossEntropyTruth, OneHotIsTheIndex) {
  Draw draw(23);
  const std::int64_t rows = 40, classes = 7;
  const Tensor x = tensor(GetParam(), {rows, classes}, testing::draw_logits(draw, rows * classes));
  std::vector<std::int64_t> targets;
  std::vector<double> one_hot(static_cast<std::size_t>(rows * classes));
  for (std::int64_t i = 0; i < rows; ++i) {
    targets.push_back(draw.integer(0, 6));
    one_hot[static_cast<std::size_t>(i * classes + targets.back())] = 1;
  }
  const Tensor index = class_indices({rows}, targets);
  const Tensor soft = tensor(GetParam(), {rows, classes}, one_hot);
  const Tensor weight = tensor(GetParam(), {classes}, testing::draw_weights(draw, classes));
  const Tensor g = tensor(GetParam(), {}, {3});
  for (const double smoothing : {0.0, 0.25}) {
    const Options options{.reduction = Reduction::sum, .weight = weight.view(), .label_smoothing = smoothing};
    Tensor value[2] = {Tensor(GetParam(), {}), Tensor(GetParam(), {})};
    Tensor grad[2] = {Tensor(GetParam(), {rows, classes}), Tensor(GetParam(), {rows, classes})};
    cross_entropy.value_and_gradient({x.view(), index.view()}, options, g.view(), value[0].view(), grad[0].view());
    cross_entropy.value_and_gradient({x.view(), soft.view()}, options, g.view(), value[1].view(), grad[1].view());
    expect_numbers(numbers(value[1]), numbers(value[0]));
    expect_numbers(numbers(grad[1]), numbers(grad[0]));
  }
}

using testing::expect_pair;
using testing::Expected;

TEST(SoftCrossEntropy, AtTheEdges) {
  const double ln2 = std::log(2.0);
  const auto expect = [](const std::vector<double>& x, const std::vector<double>& y, const Expected& expected,
                         double g = 1) { expect_pair(cross_entropy, x, y, {}, expected, g); };
  expect({-inf, 0, 0}, {0, 1, 0}, {ln2, {0, -0.5, 0.5}, {inf, ln2, ln2}});
  expect({-inf, 0, 0}, {1, 0, 0}, {inf, {-1, 0.5, 0.5}, {inf, ln2, ln2}});
  expect({-inf, 0, 0}, {-1, 0, 0}, {-inf, {1, -0.5, -0.5}, {inf, ln2, ln2}});
  expect({-inf, -inf, 0}, {1, -1, 0}, {nan, {-1, 1, 0}, {inf, inf, 0}});
  expect({inf, 0, 0}, {1, 0, 0}, {0, {0, 0, 0}, {0, inf, inf}});
  expect({inf, 0, 0}, {0.5, 0.5, 0}, {inf, {0.5, -0.5, 0}, {0, inf, inf}});
  expect({inf, inf, 0}, {1, 0, 0}, {nan, {nan, nan, nan}, {nan, nan, nan}});
  expect({inf, inf, 0}, {0, 0, 0}, {0, {0, 0, 0}, {nan, nan, nan}});
  expect({-inf, -inf}, {1, 0}, {nan, {nan, nan}, {nan, nan}});
  expect({0, 0}, {nan, 0}, {nan, {nan, nan}, {nan, nan}});
  expect({0, nan}, {1, 0}, {nan, {nan, nan}, {nan, nan}});
  expect({5}, {3}, {0, {0}, {0}});
  expect({}, {}, {0, {}, {}});
  expect({0, 0}, {inf, 0}, {inf, {-inf, inf}, {ln2, ln2}});
  expect({0, 0}, {inf, -inf}, {nan, {-inf, inf}, {ln2, ln2}});
  expect({0, 0}, {0.5, 0.5}, {ln2, {0, 0}, {inf, inf}}, inf);
  expect({inf, 0}, {1, 0}, {0, {nan, nan}, {nan, inf}}, inf);
  expect({inf, inf}, {1, 0}, {nan, {0, 0}, {0, 0}}, -0.0);
  expect({0, 0}, {0, 0}, {0, {0, 0}, {ln2, ln2}});
  expect({0, 0}, {2, 1}, {3 * ln2, {-0.5, 0.5}, {ln2, ln2}});
}

// Beside -1/2 the share of a class at -5000 is next to nothing, and decides.
TEST(SoftCrossEntropy, AShareThatIsNextToNothingTellsTheSideOfAMidpoint) {
  const Tensor x = tensor(DType::f64, {2}, {0, -5000});
  const double midpoint = 1 + 0x3p-8;  // a tie that goes up
  const Tensor y = tensor(DType::f64, {2}, {1, midpoint});
  Tensor grad(DType::bf16, {2});
  const Tensor g = tensor(DType::f64, {}, {1});
  cross_entropy.backward({x.view(), y.view()}, {}, g.view(), grad.view());
  EXPECT_EQ(numbers(grad)[1], -(1 + 0x1p-7));
}

TEST(SoftCrossEntropy, AWeightOfZeroLeavesNothingOfAnInfiniteLoss) {
  expect_pair(cross_entropy, {-inf, 0, 0}, {1, 1, 0}, {0, 1, 1},
              {std::log(2.0), {0, -0.5, 0.5}, {0, std::log(2.0), std::log(2.0)}});
  const Tensor x = tensor(DType::f64, {2, 2}, {-inf, 0, 0, 0});
  const Tensor target = class_indices({2}, {0, 1});
  const Tensor weight = tensor(DType::f64, {2}, {0, 2});
  EXPECT_EQ(cross_entropy({x.view(), target.view()}, {.weight = weight.view()}).item(), std::log(2.0));
  const Tensor none = tensor(DType::f64, {2}, {1, -1});
  EXPECT_TRUE(std::isnan(cross_entropy({x.view(), target.view()}, {.weight = none.view()}).item()));
}

TEST(SoftCrossEntropy, Refuses) {
  const Tensor x = tensor(DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto expect_refused = [&](const Tensor& target, const Options& options, const std::string& message) {
    try {
      cross_entropy({x.view(), target.view()}, options);
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), message);
    }
  };
  const Tensor index = class_indices({2}, {0, 1});
  expect_refused(Tensor(DType::f64, {2, 3}), {},
                 "cross_entropy: target is f64; expected i32 or i64, or f32, the dtype of logits");
  expect_refused(
      Tensor(DType::f32, {2}), {},
      "cross_entropy: target has shape [2]; expected [2, 3], a number for each class; class indices are i32 or i64");
  expect_refused(index, {.label_smoothing = 1.5},
                 "cross_entropy: the option label_smoothing is 1.5; expected a number in [0, 1]");
  const Tensor two = tensor(DType::f32, {2}, {1, 1});
  expect_refused(index, {.weight = two.view()}, "cross_entropy: weight has shape [2]; expected [3]");
  const Tensor infinite = tensor(DType::f32, {3}, {1, inf, 1});
  expect_refused(index, {.weight = infinite.view()}, "cross_entropy: weight[1] is inf; expected a finite number");
}

// Shares of 1/11 less next to nothing, of 33 smallest numbers over 2 rows: just below 1.5 of them, with weights too.
TEST(CrossEntropy, OnOneSideOfAMidpointKeepsItWhateverMultipliesIt) {
  std::vector<double> x(24, 1e300), ones(12, 1), grad(24);
  x[0] = x[12] = 0;
  const std::int64_t target[] = {0, 0};
  const double g = 33 * 0x1p-1074;
  for (const auto& weight : {std::optional<TensorView>(), std::optional(TensorView(ones.data(), {12}))}) {
    const std::vector<TensorView> inputs{TensorView(x.data(), {2, 12}), TensorView(target, {2})};
    cross_entropy.backward(inputs, {.weight = weight}, TensorView(&g, {}), MutableTensorView(grad.data(), {2, 12}));
    EXPECT_EQ(grad[1], 0x1p-1074) << (weight ? "with" : "without") << " weights";
  }
}

}  // namespace
}  // namespace lossproof
