// Shares of a softmax far out, where what is next to nothing decides signs and sides of midpoints.
#include <gtest/gtest.h>

#include "oracles/definitions.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

using Logits = std::vector<double>;

Problem distillation(const Logits& student, const Logits& teacher, double temperature = 1, double g = 1) {
  const auto classes = static_cast<std::int64_t>(student.size());
  Attributes attributes{Reduction::none};
  attributes.parameters.temperature = temperature;
  return problem(distillation_kl(), {reals(DType::f64, {classes}, student), reals(DType::f64, {classes}, teacher)},
                 attributes, g);
}

void expect_gradients(const Problem& p, const Logits& by_student, const Logits& by_teacher) {
  for (std::size_t j = 0; j < by_student.size(); ++j) {
    const auto i = static_cast<std::int64_t>(j);
    EXPECT_TRUE(same(truth(distillation_kl(), p, Output::grad, i), by_student[j])) << j;
    EXPECT_TRUE(same(truth(distillation_kl(), p, Output::grad_target, i), by_teacher[j])) << j;
  }
}

TEST(Distillation, FarOutTheLargestPartDecidesSigns) {
  expect_gradients(distillation({0, -0.5, 448}, {-1, -0.5, 448}, 0.1), {0, -0.0, -0.0}, {-0.0, 0, 0});
  for (const double top : {0x1p60, 0x1.fffffffffffffp1023}) {
    for (const double temperature : {1.0, 0x1p-40, 5e-324}) {
      expect_gradients(distillation({top, 0, 0}, {top, 1, 0}, temperature), {0, -0.0, 0}, {-0.0, 0, -0.0});
    }
  }
  expect_gradients(distillation({0, -1, -1e6, -inf}, {0, -1, -inf, -inf}), {-0.0, -0.0, 0, 0}, {0, 0, 0, 0});
}

TEST(Distillation, EqualDepthsInAnotherOrderHaveNoDifference) {
  const Problem p = distillation({7, 0, -1e6, 5}, {5, -2, 3, -1000002});
  EXPECT_TRUE(same(truth(distillation_kl(), p, Output::grad, 1), 0.0));
}

// log_softmax's g_0 - p_0 (sum of g) lies below the midpoint g_0 of bf16, while p is next to nothing for no other
// class.
TEST(LogSoftmax, AShareNextToNothingBesideOthersDecidesAMidpoint) {
  Problem p = problem(log_softmax(), {reals(DType::f32, {3}, {-1e5, 0, -7.5})}, {Reduction::none}, 0x1.31p6);
  p.grad_dtype = DType::bf16;
  EXPECT_EQ(truth(log_softmax(), p, Output::grad), 0x1.3p6);
  p.grad_output.reals.assign(3, 0x1.33p6);
  EXPECT_EQ(truth(log_softmax(), p, Output::grad), 0x1.32p6);
}

TEST(Distillation, ALossBesideAMidpointIsOnItsSide) {
  const auto loss = [](const Logits& student, const Logits& teacher) {
    return truth(distillation_kl(), distillation(student, teacher), Output::value);
  };
  EXPECT_EQ(loss({-1, 0x1p53}, {0x1p60, 0}), 0x1p53 + 2);
  EXPECT_EQ(loss({-3, 0x1p53}, {0x1p52, 0}), 0x1p53 + 2);
  EXPECT_EQ(loss({-1, 0x1p53}, {inf, 0}), 0x1p53 + 2);
}

// 2^54 + 2 and 2^54 + 6 are midpoints, as 2^53 + 1 is.
TEST(Distillation, ASumOfLossesBesideRationalsIsOnTheirSideIfThatIsOne) {
  const auto sum = [](const Logits& student, const Logits& teacher) {
    const auto rows = static_cast<std::int64_t>(student.size() / 2);
    Attributes attributes{Reduction::sum};
    return problem(distillation_kl(), {reals(DType::f64, {rows, 2}, student), reals(DType::f64, {rows, 2}, teacher)},
                   attributes);
  };
  const auto rounded = [](const Problem& p) { return truth(distillation_kl(), p, Output::value); };
  EXPECT_EQ(rounded(sum({-1, 0x1p53, 5, 6}, {0x1p60, 0, 7, 8})), 0x1p53 + 2);
  EXPECT_EQ(rounded(sum({-1, 0x1p53, 0, 0x1p53}, {0x1p60, 0, 0x1p60, 0})), 0x1p54);
  EXPECT_EQ(rounded(sum({-2, 0x1p53, 0, 0x1p53}, {0x1p60, 0, 0x1p60, 0})), 0x1p54 + 4);
  EXPECT_EQ(rounded(sum({-6, 0x1p53, 0, 0x1p53}, {0x1p52, 0, 0x1p52, 0})), 0x1p54 + 4);
  const Problem opposite = sum({-2, 0x1p53, 0, 0x1p53}, {0x1p52, 0, 0x1p60, 0});
  EXPECT_FALSE(Reference(distillation_kl(), opposite).rounded(Output::value, 0).decided);
}

TEST(Distillation, AGradientBesideAMidpointIsOnItsSide) {
  // Beside -0.75 - 1.5 k 2^-53.
  const auto gradient = [](const Logits& student, const Logits& teacher, int k) {
    return truth(distillation_kl(), distillation(student, teacher, 1, 1 + k * 0x1p-52), Output::grad);
  };
  Logits student(20, 0);
  for (std::size_t i = 0; i < 4; ++i) student[i] = 0x1p60;
  const Logits few(student.begin(), student.begin() + 6);
  EXPECT_EQ(gradient(few, {0x1p60, -1, -1, -1, -1, -1}, 1), -0.75 - 0x1p-53);
  EXPECT_EQ(gradient(few, {0x1p60, -4, -4, -4, -4, -4}, 3), -0.75 - 0x5p-53);
  Logits teacher(20, -inf);
  teacher[0] = 0x1p60, teacher[4] = 0;
  EXPECT_EQ(gradient(student, teacher, 1), -0.75 - 0x1p-53);
}

}  // namespace
}  // namespace oracles
