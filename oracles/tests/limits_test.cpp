// The contract at the edges, row by row.
#include <gtest/gtest.h>

#include "oracles/rounding.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

constexpr double log_2 = 0.693147180559945309417232121458;
constexpr double p_1 = 0.268941421369995120748840758182;  // 1 / (1 + e), the softmax of [0, 1] at 0
constexpr double p_2 = 0.731058578630004879251159241818;
constexpr double ce_1 = 0.313261687518222834048995494968;  // -log p_2

double in(DType dtype, double x) { return quantized(x, format_of(dtype)); }

/// The inputs' dtype for results of `dtype`: wide enough for the numbers below.
DType wide(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

Problem with_results(Problem p, DType dtype) {
  p.value_dtype = p.grad_dtype = dtype;
  return p;
}

struct ClassCase {
  std::vector<double> logits;
  std::int64_t target;
  double g;
  double value;
  std::vector<double> grad;
};

class CrossEntropyAtTheEdge : public ::testing::TestWithParam<ClassCase> {};

TEST_P(CrossEntropyAtTheEdge, IsTheLimit) {
  const auto& [logits, target, g, value, grad] = GetParam();
  for (const DType dtype : real_dtypes) {
    const Problem p = with_results(classes(wide(dtype), logits, target, g), dtype);
    EXPECT_TRUE(same(truth(cross_entropy(), p, Output::value), in(dtype, value)));
    for (std::size_t j = 0; j < grad.size(); ++j) {
      const double got = truth(cross_entropy(), p, Output::grad, static_cast<std::int64_t>(j));
      EXPECT_TRUE(same(got, in(dtype, grad[j]))) << "j = " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CrossEntropyAtTheEdge,
    ::testing::Values(
        // NaN takes its row, whatever grad_output is.
        ClassCase{{0, nan}, 0, 1, nan, {nan, nan}}, ClassCase{{nan, 0}, 1, 0, nan, {nan, nan}},
        ClassCase{{nan, inf}, 1, 1, nan, {nan, nan}}, ClassCase{{nan, -inf, inf}, 1, inf, nan, {nan, nan, nan}},
        // Two of +inf, and nothing but -inf, have no limit.
        ClassCase{{inf, inf, 0}, 0, 1, nan, {nan, nan, nan}}, ClassCase{{-inf, -inf}, 0, 1, nan, {nan, nan}},
        ClassCase{{-inf}, 0, 1, nan, {nan}}, ClassCase{{inf, inf}, 0, 0, nan, {0, 0}},
        ClassCase{{-inf, -inf}, 1, 0, nan, {0, 0}}, ClassCase{{inf, inf}, 0, inf, nan, {nan, nan}},
        // One +inf is a one-hot softmax, in the limit.
        ClassCase{{inf, 0, -inf}, 0, 2, 0, {0, 0, 0}}, ClassCase{{inf, 0, -inf}, 1, 2, inf, {2, -2, 0}},
        ClassCase{{inf, 0, -inf}, 2, -2, inf, {-2, 0, 2}}, ClassCase{{inf}, 0, 1, 0, {0}},
        ClassCase{{inf, 0, -inf}, 0, inf, 0, {nan, nan, 0}}, ClassCase{{inf, 0, -inf}, 2, inf, inf, {inf, nan, -inf}},
        ClassCase{{inf}, 0, inf, 0, {0}}, ClassCase{{inf, 0, -inf}, 1, 0, inf, {0, 0, 0}},
        // A class of -inf is absent; at the target the loss is infinite.
        ClassCase{{-inf, 0, 1}, 2, 1, ce_1, {0, p_1, -p_1}}, ClassCase{{0, -inf, 1}, 1, 1, inf, {p_1, -1, p_2}},
        ClassCase{{-inf, 0, 1}, 0, inf, inf, {-inf, inf, inf}}, ClassCase{{-inf, 0, 1}, 2, -inf, ce_1, {0, -inf, inf}},
        ClassCase{{-inf, 3, -inf}, 1, 1, 0, {0, 0, 0}}, ClassCase{{-inf, 3, -inf}, 1, inf, 0, {0, 0, 0}},
        // One class has nothing to lose.
        ClassCase{{5}, 0, 1, 0, {0}}, ClassCase{{5}, 0, -inf, 0, {0}}, ClassCase{{5}, 0, nan, 0, {nan}},
        // grad_output alone.
        ClassCase{{1, 1}, 0, nan, log_2, {nan, nan}}, ClassCase{{1, 1}, 0, 0, log_2, {0, 0}},
        ClassCase{{1, 1}, 0, -0.0, log_2, {0, 0}}, ClassCase{{1, 1}, 0, inf, log_2, {-inf, inf}},
        ClassCase{{1, -1e5}, 0, inf, 0, {-inf, inf}}, ClassCase{{0, -1e30}, 0, -inf, 0, {inf, -inf}}));

struct ElementCase {
  double x, y, g;
  double value, grad;
};

class BceAtTheEdge : public ::testing::TestWithParam<ElementCase> {};

TEST_P(BceAtTheEdge, IsTheLimit) {
  const auto& [x, y, g, value, grad] = GetParam();
  const auto& loss = binary_cross_entropy_with_logits();
  for (const DType dtype : real_dtypes) {
    const Problem p = with_results(element(loss, wide(dtype), x, y, g), dtype);
    EXPECT_TRUE(same(truth(loss, p, Output::value), in(dtype, value)));
    EXPECT_TRUE(same(truth(loss, p, Output::grad), in(dtype, grad)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BceAtTheEdge,
    ::testing::Values(
        ElementCase{nan, 0, 1, nan, nan}, ElementCase{0, nan, 1, nan, nan}, ElementCase{nan, 1, 0, nan, nan},
        ElementCase{inf, nan, 0, nan, nan},
        // x = +inf: 0 where the target agrees, and then a derivative that is 0 in the limit only.
        ElementCase{inf, 1, 1, 0, 0}, ElementCase{inf, 1, inf, 0, nan}, ElementCase{inf, 1, 0, 0, 0},
        ElementCase{inf, 0, 1, inf, 1}, ElementCase{inf, 0.5, -2, inf, -1}, ElementCase{inf, 2, 1, -inf, -1},
        ElementCase{inf, 0.5, inf, inf, inf}, ElementCase{inf, 2, inf, -inf, -inf}, ElementCase{inf, 0, 0, inf, 0},
        // x = -inf.
        ElementCase{-inf, 0, 1, 0, 0}, ElementCase{-inf, 0, -inf, 0, nan}, ElementCase{-inf, 1, 1, inf, -1},
        ElementCase{-inf, 0.5, 2, inf, -1}, ElementCase{-inf, -1, 1, -inf, 1}, ElementCase{-inf, 1, inf, inf, -inf},
        // Infinite targets.
        ElementCase{2, inf, 1, -inf, -inf}, ElementCase{-2, inf, 1, inf, -inf}, ElementCase{2, -inf, 1, inf, inf},
        ElementCase{-2, -inf, -1, -inf, -inf}, ElementCase{0, inf, 1, log_2, -inf}, ElementCase{0, -inf, 0, log_2, 0},
        ElementCase{inf, inf, 1, -inf, -inf}, ElementCase{-inf, inf, 1, inf, -inf}, ElementCase{inf, -inf, 1, inf, inf},
        ElementCase{-inf, -inf, 1, -inf, inf}, ElementCase{2, inf, inf, -inf, -inf},
        // grad_output alone: the derivative at x = 0 is 1/2 - y, 0 whatever is infinite.
        ElementCase{0, 0.5, inf, log_2, 0}, ElementCase{0, 0, nan, log_2, nan}, ElementCase{0, 0, inf, log_2, inf},
        ElementCase{1e5, 1, -inf, 0, inf}, ElementCase{3e38, 1, inf, 0, -inf}));

TEST(BceAtTheEdgeOfItsTarget, DerivativeAtInfiniteLogitsIsRoundedOnce) {
  // 1 - 2^-80 is 1 in f64, but 3 2^-149 (1 - 2^-80) / 2 is below the midpoint 1.5 2^-149.
  const auto& loss = binary_cross_entropy_with_logits();
  const auto halves = [&](double y) {
    Problem p = problem(loss, {reals(DType::f32, {2}, {inf, inf}), reals(DType::f32, {2}, {y, y})}, {}, 0x3p-149);
    return truth(loss, p, Output::grad);
  };
  EXPECT_EQ(halves(0x1p-80), 0x1p-149);
  EXPECT_EQ(halves(0), 0x1p-148);
}

class MseAtTheEdge : public ::testing::TestWithParam<ElementCase> {};

TEST_P(MseAtTheEdge, IsTheLimit) {
  const auto& [x, y, g, value, grad] = GetParam();
  for (const DType dtype : real_dtypes) {
    const Problem p = with_results(element(mse_loss(), wide(dtype), x, y, g), dtype);
    EXPECT_TRUE(same(truth(mse_loss(), p, Output::value), in(dtype, value)));
    EXPECT_TRUE(same(truth(mse_loss(), p, Output::grad), in(dtype, grad)));
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, MseAtTheEdge,
                         ::testing::Values(ElementCase{nan, 0, 0, nan, nan}, ElementCase{0, nan, 1, nan, nan},
                                           ElementCase{inf, inf, 1, nan, nan}, ElementCase{-inf, -inf, 1, nan, nan},
                                           ElementCase{inf, inf, 0, nan, 0}, ElementCase{inf, -inf, 1, inf, inf},
                                           ElementCase{-inf, 3, 1, inf, -inf}, ElementCase{3, inf, -2, inf, inf},
                                           ElementCase{inf, 3, 0, inf, 0}, ElementCase{inf, 3, -inf, inf, -inf},
                                           ElementCase{3, 3, inf, 0, 0}, ElementCase{3, 3, -1, 0, 0},
                                           ElementCase{3, 3, nan, 0, nan}, ElementCase{3, 4, inf, 1, -inf},
                                           ElementCase{-0.0, 0.0, 1, 0, 0}));

struct TargetCase {
  double x, y, g;
  double bce, mse;  ///< derivatives with respect to y
};

class TargetGradientAtTheEdge : public ::testing::TestWithParam<TargetCase> {};

TEST_P(TargetGradientAtTheEdge, IsTheLimit) {
  const auto& [x, y, g, bce, mse] = GetParam();
  for (const DType dtype : real_dtypes) {
    for (const auto& [loss, expected] : {std::pair(&binary_cross_entropy_with_logits(), bce), {&mse_loss(), mse}}) {
      const Problem p = with_results(element(*loss, wide(dtype), x, y, g), dtype);
      EXPECT_TRUE(same(truth(*loss, p, Output::grad_target), in(dtype, expected))) << loss->name;
    }
  }
}

// -x of BCE, whatever y is; -2 (x - y) of MSE.
INSTANTIATE_TEST_SUITE_P(Rows, TargetGradientAtTheEdge,
                         ::testing::Values(TargetCase{3, 1, 2, -6, -8}, TargetCase{0.1f, 0, 1, -0.1f, -0.2f},
                                           TargetCase{nan, 0, 0, nan, nan}, TargetCase{1, nan, 1, nan, nan},
                                           TargetCase{inf, 0.5, 1, -inf, -inf}, TargetCase{-inf, 1, -2, -inf, -inf},
                                           TargetCase{inf, 1, 0, 0, 0}, TargetCase{2, inf, 1, -2, inf},
                                           TargetCase{0, -inf, 1, 0, -inf}, TargetCase{0, inf, inf, 0, inf},
                                           TargetCase{inf, inf, 1, -inf, nan}, TargetCase{0, 0, inf, 0, 0},
                                           TargetCase{1, 0, nan, nan, nan}, TargetCase{-5, 0, inf, inf, inf}));

}  // namespace
}  // namespace oracles
