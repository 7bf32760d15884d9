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

/// log(p) of a positive number, close to 1 too.
inline DD log_of(double p) {
  if (p >= 1 && p < 2) return arith::log1p(DD{p - 1});
  if (p > 0.5 && p < 1) return -arith::log1p(DD{1 - p} / DD{p});
  return arith::log(DD{p});
}

inline Truth divergence(double x, double y) {
  if (y == 0) return {DD{0}, DD{0}};
  return {DD{y} * (log_of(y) - DD{x}), DD{-y}};
}

/// Of a probability: a logarithm below -100 is that, and its derivative 0.
inline Truth binary_cross_entropy_of_probability(double p, double y) {
  const bool is_clamped = p < 0x1.a8c1f14e2af5dp-145;
  const DD rest = arith::two_sum(1, -p);
  const DD of_input = is_clamped ? DD{-100} : log_of(p);
  const DD of_rest = p == 1 ? DD{-100} : p < 0.5 ? -arith::log1p(DD{p} / rest) : log_of(1 - p);
  const DD other = arith::two_sum(1, -y);
  const DD value = -(DD{y} * of_input + other * of_rest);
  if (is_clamped) return {value, other / rest};
  return {value, p == 1 ? DD{-y} : arith::two_sum(p, -y) / (DD{p} * rest)};
}

/// With the default alpha and gamma: see losses/focal.h.
inline Truth focal(double x, double y) {
  const DD e = arith::exp(DD{-std::fabs(x)});
  const DD sum = DD{1} + e;
  const DD rest = arith::two_sum(1, -y);
  const DD a = x >= 0 ? rest : DD{y};
  const DD b = x >= 0 ? DD{y} : rest;
  const DD n = a + e * b;
  const DD ce = a * DD{std::fabs(x)} + arith::log1p(e);
  const DD u = n / sum;
  const DD scale = (DD{0.25} * DD{y} + DD{0.75} * rest) * u * u;
  const DD slope = scale / sum * (a - e * b + DD{2} * ce * (a - b) * e / n);
  return {scale * ce, x >= 0 ? slope : -slope};
}

/// By loss; functions of one input leave the second alone.
using Elementwise = Truth (*)(double, double);
inline const std::map<std::string, Elementwise> elementwise{
    {"mse_loss", squared_error},
    {"binary_cross_entropy_with_logits", binary_cross_entropy},
    {"binary_cross_entropy", binary_cross_entropy_of_probability},
    {"kl_div", divergence},
    {"sigmoid_focal_loss", focal},
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
