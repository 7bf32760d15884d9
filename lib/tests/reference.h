// The losses by their definitions, in MPFR: the true values that results are rounded from.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "lossproof/losses.h"
#include "mpfr_number.h"
#include "tensor/elements.h"

namespace lossproof::testing {

using arith::testing::nearest_by_mpfr;
using arith::testing::Number;

/// What is left of e^-1500 beside 2^128 still has 600 bits.
inline constexpr mpfr_prec_t precision = 3000;

inline Number number(double x) {
  Number r(precision);
  mpfr_set_d(r, x, MPFR_RNDN);
  return r;
}

/// The losses of the rows, and the derivatives of each, element after element.
struct Truth {
  std::vector<Number> values;
  std::vector<Number> derivatives;
};

inline Truth squared_error(const std::vector<double>& x, const std::vector<double>& y) {
  Truth t;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Number d = number(x[i]);
    mpfr_sub_d(d, d, y[i], MPFR_RNDN);
    Number square(precision);
    mpfr_sqr(square, d, MPFR_RNDN);
    mpfr_mul_ui(d, d, 2, MPFR_RNDN);
    t.values.push_back(square);
    t.derivatives.push_back(d);
  }
  return t;
}

/// y log(1 + e^-x) + (1 - y) log(1 + e^x), and 1 / (1 + e^-x) - y.
inline Truth binary_cross_entropy(const std::vector<double>& x, const std::vector<double>& y) {
  Truth t;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Number e(precision);
    Number log_other(precision);
    mpfr_exp(e, number(-x[i]), MPFR_RNDN);
    mpfr_exp(log_other, number(x[i]), MPFR_RNDN);
    mpfr_log1p(log_other, log_other, MPFR_RNDN);
    Number value(precision);
    mpfr_log1p(value, e, MPFR_RNDN);
    mpfr_mul_d(value, value, y[i], MPFR_RNDN);
    Number other_target = number(1);
    mpfr_sub_d(other_target, other_target, y[i], MPFR_RNDN);
    mpfr_mul(log_other, log_other, other_target, MPFR_RNDN);
    mpfr_add(value, value, log_other, MPFR_RNDN);
    mpfr_add_ui(e, e, 1, MPFR_RNDN);
    mpfr_ui_div(e, 1, e, MPFR_RNDN);
    mpfr_sub_d(e, e, y[i], MPFR_RNDN);
    t.values.push_back(value);
    t.derivatives.push_back(e);
  }
  return t;
}

/// log(sum of e^x_j) - x_t, and e^x_j over the sum, minus 1 at t.
inline Truth cross_entropy(const std::vector<double>& x, const std::vector<std::int64_t>& target) {
  Truth t;
  const std::size_t classes = x.size() / target.size();
  for (std::size_t i = 0; i < target.size(); ++i) {
    std::vector<Number> e(classes, Number(precision));
    Number sum = number(0);
    for (std::size_t j = 0; j < classes; ++j) {
      mpfr_exp(e[j], number(x[i * classes + j]), MPFR_RNDN);
      mpfr_add(sum, sum, e[j], MPFR_RNDN);
    }
    const auto at = static_cast<std::size_t>(target[i]);
    for (std::size_t j = 0; j < classes; ++j) {
      mpfr_div(e[j], e[j], sum, MPFR_RNDN);
      if (j == at) mpfr_sub_ui(e[j], e[j], 1, MPFR_RNDN);
      t.derivatives.push_back(e[j]);
    }
    mpfr_log(sum, sum, MPFR_RNDN);
    mpfr_sub_d(sum, sum, x[i * classes + at], MPFR_RNDN);
    t.values.push_back(sum);
  }
  return t;
}

inline arith::Format format_of(DType dtype) { return arith::testing::formats[static_cast<int>(dtype)]; }

/// The promise: rounded once; an exact zero is +0.
inline double promised(const Number& truth, DType dtype) {
  return mpfr_zero_p(static_cast<mpfr_srcptr>(truth)) ? 0.0 : nearest_by_mpfr(truth, format_of(dtype));
}

inline void expect_promised(double got, const Number& truth, DType dtype) {
  const double expected = promised(truth, dtype);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got), std::bit_cast<std::uint64_t>(expected))
      << std::hexfloat << got << ", not " << expected << ", in " << name(dtype);
}

/// x * factor / divisor.
inline Number scaled(const Number& x, double factor, std::int64_t divisor) {
  Number r(x);
  mpfr_mul_d(r, r, factor, MPFR_RNDN);
  mpfr_div_ui(r, r, static_cast<unsigned long>(divisor), MPFR_RNDN);
  return r;
}

/// The numbers as a tensor of a real dtype; each is rounded to it.
inline Tensor tensor(DType dtype, const Extents& shape, const std::vector<double>& numbers) {
  Tensor t(dtype, shape);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    store_real(dtype, t.view().data(), static_cast<std::int64_t>(i), numbers[i]);
  }
  return t;
}

inline std::vector<double> numbers(const Tensor& t) {
  std::vector<double> r;
  const Reals elements(t.view());
  for (std::int64_t i = 0; i < count(t.shape()); ++i) r.push_back(elements[i]);
  return r;
}

}  // namespace lossproof::testing
