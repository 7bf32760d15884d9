// The true results of elementwise losses in double-double, fast enough for millions of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "arith/dd.h"

namespace lossproof::testing {

using arith::DD;

/// The true value and derivative of a loss of one element, in double-double.
struct Truth {
  DD value;
  DD derivative;
};

inline Truth squared_error(double x, double y) {
  const DD d = arith::two_sum(x, -y);
  return {d * d, d + d};
}

/// See binary_cross_entropy_with_logits.cpp; what cancels in the derivative's const -+ q is still known to 2^-40.
inline Truth binary_cross_entropy(double x, double y) {
  const DD e = arith::exp(DD{-std::fabs(x)});
  const DD q = e / (DD{1} + e);
  const DD other = arith::two_sum(1, -y);
  const DD l = arith::log1p(e);
  if (x >= 0) return {other * DD{x} + l, other - q};
  return {DD{-x} * DD{y} + l, q - DD{y}};
}

inline Truth sigmoid(double x, double) {
  const DD e = arith::exp(DD{-std::fabs(x)});
  const DD sum = DD{1} + e;
  return {(x < 0 ? e : DD{1}) / sum, e / (sum * sum)};
}

inline Truth softplus(double x, double) {
  const DD e = arith::exp(DD{-std::fabs(x)});
  return {DD{std::max(x, 0.0)} + arith::log1p(e), (x < 0 ? e : DD{1}) / (DD{1} + e)};
}

inline Truth log_sigmoid(double x, double) {
  const Truth mirrored = softplus(-x, 0);
  return {-mirrored.value, mirrored.derivative};
}

/// By loss; functions of one input leave the second alone.
using Elementwise = Truth (*)(double, double);
inline const std::map<std::string, Elementwise> elementwise{{"mse_loss", squared_error},
                                                            {"binary_cross_entropy_with_logits", binary_cross_entropy},
                                                            {"sigmoid", sigmoid},
                                                            {"softplus", softplus},
                                                            {"log_sigmoid", log_sigmoid}};

/// The distance of a number from the nearest midpoint of two floats, relative.
inline double distance_from_midpoint(DD v) {
  const auto f = static_cast<float>(v.hi);
  double least = HUGE_VAL;
  for (const float next : {std::nextafter(f, HUGE_VALF), std::nextafter(f, -HUGE_VALF)}) {
    const double midpoint = 0.5 * (static_cast<double>(f) + static_cast<double>(next));
    least = std::min(least, std::fabs((v - DD{midpoint}).hi / v.hi));
  }
  return least;
}

}  // namespace lossproof::testing
