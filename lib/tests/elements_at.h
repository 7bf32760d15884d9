// One element's loss and gradients in f64, without a reduction: for tables of edges.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "lossproof/losses.h"

namespace lossproof::testing {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Element {
  double value;
  double grad;
  double grad_target;
};

inline Element element(const Loss& loss, double x, double y, double g, Options options = {}) {
  options.reduction = Reduction::none;
  Element e{-7, -7, -7};
  loss.value_and_gradient({TensorView(&x, {}), TensorView(&y, {})}, options, TensorView(&g, {}),
                          MutableTensorView(&e.value, {}),
                          {.first = MutableTensorView(&e.grad, {}), .second = MutableTensorView(&e.grad_target, {})});
  return e;
}

/// The same bits, or both NaN.
inline ::testing::AssertionResult same(double got, double expected) {
  const bool equal = got == expected && std::signbit(got) == std::signbit(expected);
  if (equal || (std::isnan(got) && std::isnan(expected))) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << std::hexfloat << got << ", not " << expected;
}

inline void expect_element(const Element& got, const Element& expected) {
  EXPECT_TRUE(same(got.value, expected.value)) << "value";
  EXPECT_TRUE(same(got.grad, expected.grad)) << "gradient";
  EXPECT_TRUE(same(got.grad_target, expected.grad_target)) << "gradient of the target";
}

}  // namespace lossproof::testing
