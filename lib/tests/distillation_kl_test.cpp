// Distillation and multi-label losses against their definitions in MPFR, and at the edges.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "class_cases.h"
#include "rows.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::ClassCase;
using testing::ClassRow;
using testing::expect_numbers;
using testing::expect_pair;
using testing::numbers;
using testing::Real;
using testing::RowTruth;
using testing::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Reduction reductions[] = {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum,
                                    Reduction::batchmean};

testing::TruthOfRow truth_at(double temperature) {
  return [temperature](const ClassRow& row) {
    RowTruth t{.value = 0};
    const std::vector<Real> q = testing::softmax_of(row.logits, temperature);
    const std::vector<Real> p = testing::softmax_of(row.second, temperature);
    for (std::size_t j = 0; j < p.size(); ++j) {
      t.value = t.value + p[j] * (log(p[j]) - log(q[j]));
      t.first.push_back((q[j] - p[j]) / Real(temperature));
    }
    for (std::size_t j = 0; j < p.size(); ++j) {
      t.second.push_back(p[j] * (log(p[j]) - log(q[j]) - t.value) / Real(temperature));
    }
    return t;
  };
}

class DistillationTruth : public testing::DecidedRows {};
INSTANTIATE_TEST_SUITE_P(OfInputs, DistillationTruth, ::testing::ValuesIn(testing::real_dtypes),
                         testing::name_of_dtype);

TEST_P(DistillationTruth, IsRoundedOnce) {
  Draw draw(41);
  for (const double temperature : {1.0, 4.0, 0.3}) {
    for (const std::int64_t classes : {2, 5}) {
      for (const double closeness : {1.0, 0x1p-6}) {
        const std::vector<double> teacher = testing::draw_logits(draw, 6 * classes);
        std::vector<double> student;
        for (const double t : teacher) student.push_back(t + closeness * draw.uniform(-2, 2));
        const ClassCase c{distillation_kl, tensor(GetParam(), {3, classes, 2}, student),
                          tensor(GetParam(), {3, classes, 2}, teacher)};
        for (const Reduction reduction : reductions) {
          for (const DType result : testing::real_dtypes) {
            testing::expect_class_loss(c, {.reduction = reduction, .temperature = temperature}, truth_at(temperature),
                                       result, testing::draw_factors(draw, 6));
          }
        }
      }
    }
  }
}

// One unit in the last place apart: of the terms 100 bits cancel.
TEST(DistillationKl, OfNearlyEqualRowsKeepsItsRelativeAccuracy) {
  const std::vector<double> teacher{0, 1, -3};
  const std::vector<double> student{0, std::nextafter(1, 2), -3};
  const RowTruth truth = truth_at(1)({.logits = student, .second = teacher});
  const Tensor s = tensor(DType::f64, {3}, student);
  const Tensor t = tensor(DType::f64, {3}, teacher);
  testing::expect_promised(distillation_kl({s.view(), t.view()}).item(), truth.value, DType::f64);
}

TEST(DistillationKl, AtTheEdges) {
  const double ln2 = std::log(2.0);
  const auto expect = [](const std::vector<double>& student, const std::vector<double>& teacher,
                         const testing::Expected& expected,
                         double g = 1) { expect_pair(distillation_kl, student, teacher, {}, expected, g); };
  expect({1, 2, 4}, {1, 2, 4}, {0, {0, 0, 0}, {0, 0, 0}});
  expect({1, 2, 4}, {11, 12, 14}, {0, {0, 0, 0}, {0, 0, 0}}, inf);
  expect({1, -inf, 4}, {1, -inf, 4}, {0, {0, 0, 0}, {0, 0, 0}});
  expect({0x1.8p1023, -0x1p1023}, {0x1.8p1023, -0x1p1023}, {0, {0, 0}, {0, 0}});
  expect({0, 0}, {0, -inf}, {ln2, {-0.5, 0.5}, {0, 0}});
  expect({0, 0, 3}, {0, -inf, -inf},
         {std::log1p(1 + std::exp(3)),
          {-1 + 1 / (2 + std::exp(3)), 1 / (2 + std::exp(3)), std::exp(3) / (2 + std::exp(3))},
          {0, 0, 0}});
  expect({-inf, 0}, {0, 0}, {inf, {-0.5, 0.5}, {inf, -inf}});
  expect({-inf, 0}, {0, -inf}, {inf, {-1, 1}, {0, 0}});
  expect({-inf, -inf, 0}, {0, 0, 0}, {inf, {-1.0 / 3, -1.0 / 3, 2.0 / 3}, {nan, nan, -inf}});
  expect({inf, 0, 0}, {0, 0, 0}, {inf, {2.0 / 3, -1.0 / 3, -1.0 / 3}, {-inf, inf, inf}});
  expect({inf, 0}, {0, -inf}, {0, {0, 0}, {0, 0}});
  expect({inf, 0}, {0, -inf}, {0, {nan, nan}, {0, 0}}, inf);
  expect({0, 0}, {inf, 0}, {ln2, {-0.5, 0.5}, {0, 0}});
  expect({0, 0}, {inf, 0}, {ln2, {-inf, inf}, {nan, nan}}, inf);
  expect({0, -inf}, {inf, 0}, {nan, {0, 0}, {nan, nan}});
  expect({-inf, 0}, {inf, 0}, {inf, {-1, 1}, {nan, nan}});
  expect({inf, 0}, {inf, 0}, {nan, {0, 0}, {nan, nan}});
  expect({inf, inf}, {0, 0}, {nan, {nan, nan}, {nan, nan}});
  expect({0, 0}, {-inf, -inf}, {nan, {nan, nan}, {nan, nan}});
  expect({0, nan}, {0, 0}, {nan, {nan, nan}, {nan, nan}}, 0);
  expect({-inf, -inf}, {0, 0}, {nan, {0, 0}, {0, 0}}, 0);
  expect({3}, {5}, {0, {0}, {0}});
}

// Differences of what is next to nothing have the sign of its largest part.
TEST(DistillationKl, FarOutHasTheSignsOfTheLimit) {
  const auto expect = [](const std::vector<double>& student, const std::vector<double>& teacher,
                         const testing::Expected& expected, double temperature) {
    expect_pair(distillation_kl, student, teacher, {}, expected, 1, {.temperature = temperature});
  };
  expect({0, -0.5, 448}, {-1, -0.5, 448}, {0, {0, -0.0, -0.0}, {-0.0, 0, 0}}, 0.1);
  for (const double top : {0x1p60, 0x1.fffffffffffffp1023}) {
    for (const double temperature : {1.0, 0x1p-40, 5e-324}) {
      expect({top, 0, 0}, {top, 1, 0}, {0, {0, -0.0, 0}, {-0.0, 0, -0.0}}, temperature);
      expect({top, 0, 0, 0}, {top, 0, 0, -inf}, {0, {-0.0, -0.0, -0.0, 0}, {0, 0, 0, 0}}, temperature);
    }
  }
  // Equal factors at the two largest logits, so that what decides lies more than twice as deep as the second.
  expect({-1, 0, 1.1875, 1.59375}, {-1, -0.5, 1.1796875, 1.5859375}, {0, {-0.0, 0, -0.0, -0.0}, {0, -0.0, 0, 0}},
         0x1p-40);
  // The first two logits agree; -1e6 decides.
  expect({0, -1, -1e6, -inf}, {0, -1, -inf, -inf}, {0, {-0.0, -0.0, 0, 0}, {0, 0, 0, 0}}, 1);
}

// The losses are close to odd integers from 2^53 on, midpoints of f64.
TEST(DistillationKl, BesideAMidpointIsRoundedToItsSide) {
  expect_pair(distillation_kl, {-1, 0x1p53}, {0x1p60, 0}, {}, {0x1p53 + 2, {-1, 1}, {0, -0.0}});
  expect_pair(distillation_kl, {-3, 0x1p53}, {0x1p52, 0}, {}, {0x1p53 + 2, {-1, 1}, {0, -0.0}});
}

/// The derivative by the logit of a class that is alone at the teacher's top, and one of four at the student's, times
/// 1 + k 2^-52: beside -0.75 - 1.5 k 2^-53, a midpoint of f64 for odd k.
double beside_three_quarters(std::vector<double> student, const std::vector<double>& teacher, int k) {
  for (int i = 0; i < 4; ++i) student[static_cast<std::size_t>(i)] = 0x1p60;
  const auto classes = static_cast<std::int64_t>(student.size());
  Tensor value(DType::f64, {}), gradient(DType::f64, {classes});
  const Tensor s = tensor(DType::f64, {classes}, student), t = tensor(DType::f64, {classes}, teacher);
  distillation_kl.value_and_gradient({s.view(), t.view()}, {}, tensor(DType::f64, {}, {1 + k * 0x1p-52}).view(),
                                     value.view(), {.first = gradient.view()});
  return numbers(gradient)[0];
}

TEST(DistillationKl, BesideAMidpointOfItsGradientIsRoundedToItsSide) {
  const std::vector<double> student(6, 0);
  // 16 (5 e^-1) > 2, 16 (5 e^-4) < 2, times e^-2^60.
  EXPECT_EQ(beside_three_quarters(student, {0x1p60, -1, -1, -1, -1, -1}, 1), -0.75 - 0x1p-53);
  EXPECT_EQ(beside_three_quarters(student, {0x1p60, -4, -4, -4, -4, -4}, 3), -0.75 - 0x5p-53);
  // 16 (e^-2^60) = 16 e^-2^60: what is left is of second order.
  std::vector<double> teacher(20, -inf);
  teacher[0] = 0x1p60, teacher[4] = 0;
  EXPECT_EQ(beside_three_quarters(std::vector<double>(20, 0), teacher, 1), -0.75 - 0x1p-53);
}

TEST(DistillationKl, RefusesATemperatureThatIsNoNumberToDivideBy) {
  const Tensor x = tensor(DType::f32, {2}, {1, 2});
  for (const auto& [temperature, text] :
       {std::pair(0.0, "0"), std::pair(-1.0, "-1"), std::pair(inf, "inf"), std::pair(nan, "nan")}) {
    try {
      distillation_kl({x.view(), x.view()}, {.temperature = temperature});
      ADD_FAILURE() << "accepted " << temperature;
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()), std::string("distillation_kl: the option temperature is ") + text +
                                           "; expected a finite number above 0");
    }
  }
}

/// The mean over the classes of w (y log(1 + e^-x) + (1 - y) log(1 + e^x)).
RowTruth multilabel_truth(const ClassRow& row) {
  RowTruth t{.value = 0};
  const Real classes(static_cast<double>(row.logits.size()));
  for (std::size_t j = 0; j < row.logits.size(); ++j) {
    const Real x(row.logits[j]);
    const Real y(row.second[j]);
    const Real w = Real(row.weight[j]) / classes;
    t.value = t.value + w * (y * log1p(exp(-x)) + (Real(1) - y) * log1p(exp(x)));
    t.first.push_back(w * (Real(1) / (Real(1) + exp(-x)) - y));
    t.second.push_back(-(w * x));
  }
  return t;
}

class MultilabelTruth : public testing::DecidedRows {};
INSTANTIATE_TEST_SUITE_P(OfInputs, MultilabelTruth, ::testing::ValuesIn(testing::real_dtypes), testing::name_of_dtype);

TEST_P(MultilabelTruth, IsRoundedOnce) {
  Draw draw(42);
  for (const std::int64_t classes : {1, 4, 8}) {  // by which the truth is divided exactly
    std::vector<double> y;
    for (std::int64_t i = 0; i < 6 * classes; ++i)
      y.push_back(draw.integer(0, 2) == 0 ? draw.uniform(-1, 2) : draw.integer(0, 1));
    ClassCase c{multilabel_soft_margin_loss,
                tensor(GetParam(), {3, classes, 2}, testing::draw_logits(draw, 6 * classes)),
                tensor(GetParam(), {3, classes, 2}, y)};
    const Extents of_weights[] = {{}, {classes}, c.logits.shape()};
    for (const Extents& shape : of_weights) {
      if (shape.size() > 0) c.weight = tensor(GetParam(), shape, testing::draw_weights(draw, count(shape)));
      for (const Reduction reduction : reductions) {
        for (const DType result : testing::real_dtypes) {
          testing::expect_class_loss(c, {.reduction = reduction}, multilabel_truth, result,
                                     testing::draw_factors(draw, 6));
        }
      }
    }
  }
}

TEST(MultilabelSoftMargin, AtTheEdges) {
  const Loss& loss = multilabel_soft_margin_loss;
  const double ln2 = std::log(2.0);
  expect_pair(loss, {inf, 0}, {1, 0.5}, {}, {ln2 / 2, {0, 0}, {-inf, 0}});
  expect_pair(loss, {inf, 0}, {0.25, 0}, {}, {inf, {0.375, 0.25}, {-inf, 0}});
  expect_pair(loss, {-inf, 0}, {1, 0}, {}, {inf, {-0.5, 0.25}, {inf, 0}});
  expect_pair(loss, {-inf, 0}, {1, 0}, {0, 2}, {ln2, {0, 0.5}, {0, 0}});
  expect_pair(loss, {inf, -inf}, {0, 2}, {1, -1}, {nan, {0.5, 1}, {-inf, -inf}});
  expect_pair(loss, {2, 0}, {inf, 0}, {}, {-inf, {-inf, 0.25}, {-1, 0}});
  expect_pair(loss, {0, 0}, {inf, 0}, {}, {ln2, {-inf, 0.25}, {0, 0}});
  expect_pair(loss, {nan, 0}, {1, 0}, {}, {nan, {nan, nan}, {nan, nan}});
  expect_pair(loss, {0, 0}, {1, nan}, {}, {nan, {nan, nan}, {nan, nan}});
  expect_pair(loss, {}, {}, {}, {nan, {}, {}});
  expect_pair(loss, {inf, 3}, {1, 1}, {}, {std::log1p(std::exp(-3)) / 2, {nan, -inf}, {-inf, -inf}}, inf);
  expect_pair(loss, {inf, 3}, {0, 1}, {}, {inf, {0, 0}, {0, 0}}, 0);
}

TEST(MultilabelSoftMargin, WeightsOfOtherShapesAreRefused) {
  const float ones[6] = {1, 1, 1, 1, 1, 1};
  const auto expect_refused = [&](const Extents& logits, const Extents& weight, const std::string& expected) {
    try {
      multilabel_soft_margin_loss({TensorView(ones, logits), TensorView(ones, logits)},
                                  {.weight = TensorView(ones, weight)});
      ADD_FAILURE() << "accepted " << to_string(weight);
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()),
                "multilabel_soft_margin_loss: weight has shape " + to_string(weight) + "; expected " + expected);
    }
  };
  for (const Extents& weight : {Extents{}, {2}, {2, 1}, {3, 2}, {2, 3, 1}}) {
    expect_refused({2, 3}, weight, "[3] or [2, 3]");
  }
  expect_refused({3}, {1, 3}, "[3]");
}

}  // namespace
}  // namespace lossproof
