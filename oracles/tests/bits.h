// Comparison of results by what they are: NaN equals NaN, +0 differs from -0.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

namespace oracles {

inline ::testing::AssertionResult same(double got, double expected) {
  const bool equal =
      std::isnan(got) ? std::isnan(expected) : got == expected && std::signbit(got) == std::signbit(expected);
  if (equal) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << std::hexfloat << "got " << got << ", expected " << expected;
}

}  // namespace oracles
