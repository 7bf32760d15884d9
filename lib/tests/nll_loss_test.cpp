// Negative log-likelihood: exact products, weighted means, and the edges.
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
using testing::ClassRow;
using testing::expect_numbers;
using testing::numbers;
using testing::Real;
using testing::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class NllLossTruth : public testing::DecidedRows {};
INSTANTIATE_TEST_SUITE_P(OfInputs, NllLossTruth, ::testing::ValuesIn(testing::real_dtypes), testing::name_of_dtype);

TEST_P(NllLossTruth, IsRoundedOnce) {
  Draw draw(31);
  const auto truth = [](const ClassRow& row) {
    testing::RowTruth t{.value = 0, .first = std::vector<Real>(row.logits.size()), .counted = 0};
    if (*row.target < 0) return t;
    const auto c = static_cast<std::size_t>(*row.target);
    t.value = -(Real(row.weight[c]) * Real(row.logits[c]));
    t.first[c] = -Real(row.weight[c]);
    t.counted = row.weight[c];
    return t;
  };
  for (const bool weighted : {false, true}) {
    for (int repeat = 0; repeat < 4; ++repeat) {
      std::vector<std::int64_t> targets;
      for (int i = 0; i < 6; ++i) targets.push_back(i == repeat ? -100 : draw.integer(0, 3));
      testing::ClassCase c{nll_loss, tensor(GetParam(), {3, 4, 2}, testing::draw_logits(draw, 24)),
                           class_indices({3, 2}, targets)};
      if (weighted) c.weight = tensor(GetParam(), {4}, testing::draw_weights(draw, 4));
      for (const Reduction reduction : {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum}) {
        for (const DType result : testing::real_dtypes) {
          testing::expect_class_loss(c, {.reduction = reduction}, truth, result, testing::draw_factors(draw, 6));
        }
      }
    }
  }
}

/// Value and gradient of a row [C], with the weight of its class.
void expect_row(const std::vector<double>& x, std::int64_t target, double value, const std::vector<double>& grad,
                double weight = 1, double g = 1) {
  const Extents shape{static_cast<std::int64_t>(x.size())};
  const Tensor index = class_indices({}, {target});
  const Tensor weights = tensor(DType::f64, shape, std::vector<double>(x.size(), weight));
  Tensor got(DType::f64, {});
  Tensor got_grad(DType::f64, shape);
  nll_loss.value_and_gradient({tensor(DType::f64, shape, x).view(), index.view()},
                              {.reduction = Reduction::sum, .weight = weights.view()},
                              tensor(DType::f64, {}, {g}).view(), got.view(), got_grad.view());
  expect_numbers(numbers(got), {value});
  expect_numbers(numbers(got_grad), grad);
}

TEST(NllLoss, AtTheEdges) {
  expect_row({-inf, -1}, 0, inf, {-1, 0});
  expect_row({inf, -1}, 0, -inf, {-1, 0});
  expect_row({nan, -1}, 1, 1, {0, -1});
  expect_row({nan, -1}, 0, nan, {nan, nan});
  expect_row({0, -1}, 0, 0, {-1, 0});
  expect_row({-inf, -1}, 0, 0, {0, 0}, 0);
  expect_row({-inf, -1}, 0, -inf, {2, 0}, -2);
  expect_row({-3, -1}, 0, 3, {-inf, 0}, 1, inf);
  expect_row({-3, -1}, 0, 3, {0, 0}, 1, 0);
}

// Products of the inputs are ties of f64 as they are: 94906267^2 is odd and above 2^53.
TEST(NllLoss, OfAProductThatIsATieIsRoundedToEven) { expect_row({-94906267}, 0, 9007199515875288, {-94906267}, 94906267); }

TEST(NllLoss, TheMeanOfWeightsThatAddUpToNothingIsNan) {
  const Tensor x = tensor(DType::f64, {2, 2}, {-1, -2, -3, -4});
  const Tensor target = class_indices({2}, {0, 1});
  for (const auto& [weight, mean] : {std::pair(std::vector<double>{1, -1}, nan), std::pair(std::vector<double>{0, 0}, nan),
                                     std::pair(std::vector<double>{1, -3}, (1 - 12) / -2.0)}) {
    const Tensor w = tensor(DType::f64, {2}, weight);
    expect_numbers(numbers(nll_loss({x.view(), target.view()}, {.weight = w.view()})), {mean});
  }
}

}  // namespace
}  // namespace lossproof
