// What tests of losses over classes draw, and single rows with what is expected of them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "reference.h"

namespace lossproof::testing {

/// Nothing is left undecided.
class DecidedRows : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override { reset_refinements(); }
  void TearDown() override { EXPECT_EQ(refinements().undecided, 0u); }
};

inline std::string name_of_dtype(const ::testing::TestParamInfo<DType>& dtype) { return std::string(name(dtype.param)); }

/// Rows of several kinds: of any scale, with equal numbers, confident, and far apart.
inline std::vector<double> draw_logits(arith::testing::Draw& draw, std::int64_t n) {
  const double scale = std::ldexp(1.0, draw.integer(-3, 6));
  std::vector<double> x;
  for (std::int64_t i = 0; i < n; ++i) {
    const int kind = draw.integer(0, 5);
    x.push_back(kind == 0 ? 0 : kind == 1 ? scale : kind == 2 ? -3 * scale : draw.uniform(-scale, scale));
  }
  return x;
}

inline std::vector<double> draw_factors(arith::testing::Draw& draw, std::int64_t n) {
  std::vector<double> g;
  for (std::int64_t i = 0; i < n; ++i) g.push_back(draw.integer(0, 3) == 0 ? 0 : draw.uniform(-4, 4));
  return g;
}

/// Small numbers of few bits, so that their sum is a double.
inline std::vector<double> draw_weights(arith::testing::Draw& draw, std::int64_t n) {
  std::vector<double> w;
  for (std::int64_t i = 0; i < n; ++i) w.push_back(draw.integer(1, 20) * 0.125);
  return w;
}

/// Equal as results: the same number with the same sign, or both NaN.
inline void expect_numbers(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == expected[i] && std::signbit(got[i]) == std::signbit(expected[i]);
    EXPECT_TRUE(same || (std::isnan(got[i]) && std::isnan(expected[i])))
        << "element " << i << " is " << std::hexfloat << got[i] << ", not " << expected[i];
  }
}

struct Expected {
  double value;
  std::vector<double> first;   // the gradient to the first input
  std::vector<double> second;  // and to the second
};

/// Of a loss of two rows [C] of f64, with weights unless there are none, reduced by `sum`.
inline void expect_pair(const Loss& loss, const std::vector<double>& x, const std::vector<double>& y,
                        const std::vector<double>& weight, const Expected& expected, double g = 1,
                        Options options = {}) {
  const Extents shape{static_cast<std::int64_t>(x.size())};
  const Tensor weights = tensor(DType::f64, shape, weight);
  if (!weight.empty()) options.weight = weights.view();
  options.reduction = Reduction::sum;
  const Tensor inputs[] = {tensor(DType::f64, shape, x), tensor(DType::f64, shape, y)};
  Tensor value(DType::f64, {});
  Tensor first(DType::f64, shape);
  Tensor second(DType::f64, shape);
  loss.value_and_gradient({inputs[0].view(), inputs[1].view()}, options, tensor(DType::f64, {}, {g}).view(),
                          value.view(), {.first = first.view(), .second = second.view()});
  SCOPED_TRACE(::testing::PrintToString(x) + ", " + ::testing::PrintToString(y));
  expect_numbers(numbers(value), {expected.value});
  expect_numbers(numbers(first), expected.first);
  expect_numbers(numbers(second), expected.second);
}

}  // namespace lossproof::testing
