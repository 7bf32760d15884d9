// exp and log in lanes, on every target: no farther from the truth than their bounds say.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "functions_test.cpp"
#include <hwy/foreach_target.h>

#include "simd/logarithm-inl.h"
#include "simd/pairs-inl.h"

#ifndef LOSSPROOF_FUNCTIONS_TEST_RESULTS_
#define LOSSPROOF_FUNCTIONS_TEST_RESULTS_
namespace lossproof::simd {

/// Results of each function at x, and its bound there.
struct Results {
  double term, term_bound;
  double element, element_bound;
  double exp, exp_bound;
  double log, log_bound;
  double log1p, log1p_bound;
  double log1p_element, log1p_element_bound;
  double log_element, log_of_complement, log_element_bound;
  double pair_hi, pair_lo, pair_bound;
};

}  // namespace lossproof::simd
#endif

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// exp of x; log of a; log1p of t; log of p and of 1 - p, for a p of 24 bits in (0, 1).
Results evaluate(double x, double a, double t, double p) {
  const auto first = [](Vec v) HWY_ATTR { return hn::GetLane(v); };
  Results r{};
  r.term = first(exp<Precision::term>(constant(x)));
  r.term_bound = exp_error(Precision::term);
  r.element = first(exp<Precision::element>(constant(x)));
  r.element_bound = exp_error(Precision::element);
  r.exp = first(exp<Precision::result>(constant(x)));
  r.exp_bound = exp_error(Precision::result);
  r.log = first(log_of_normal(constant(a)));
  r.log_bound = 0x1.8p-48;
  r.log1p_element = first(log1p_of_fraction<Precision::element>(constant(t)));
  r.log1p_element_bound = log_error(Precision::element);
  r.log_element = first(log_of_element(constant(p)));
  r.log_of_complement = first(log_of_complement(constant(p)));
  r.log_element_bound = log_error(Precision::element);
  r.log1p = first(log1p_of_fraction(constant(t)));
  r.log1p_bound = log_error(Precision::result);
#if HWY_NATIVE_FMA
  const Pair pair = exp_pair(constant(x));
  r.pair_hi = first(pair.hi);
  r.pair_lo = first(pair.lo);
  r.pair_bound = pair_error;
#endif
  return r;
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lossproof/target.h"
#include "mpfr_number.h"
#include "simd/target.h"

namespace lossproof::simd {
HWY_EXPORT(evaluate);

namespace {

using arith::testing::Draw;
using arith::testing::Number;
using arith::testing::relative_error;

double largest_of(double so_far, const Number& got, const Number& truth, double bound) {
  return std::max(so_far, relative_error(got, truth) / bound);
}

TEST(Functions, StayWithinTheirBoundsOnEveryTarget) {
  for (const std::string& name : targets()) {
    set_target(name);
    Draw draw(1);
    double term_ratio = 0;
    double element_ratio = 0;
    double log1p_element_ratio = 0;
    double log_element_ratio = 0;
    double complement_ratio = 0;
    double exp_ratio = 0;
    double log_ratio = 0;
    double log1p_ratio = 0;
    double pair_ratio = 0;
    for (int i = 0; i < 60'000; ++i) {
      const float x = static_cast<float>(std::ldexp(draw.uniform(-1, 1), draw.integer(-30, 9)));
      const double a = std::ldexp(draw.uniform(1, 2), draw.integer(-1000, 1000));
      const double t = std::ldexp(draw.uniform(0.5, 1), -draw.integer(0, i % 2 == 0 ? 3 : 800));
      const double near_1 = 1 - std::ldexp(draw.uniform(0.5, 1), -draw.integer(0, 23));
      const auto of_24_bits = static_cast<double>(static_cast<float>(i % 3 == 0 ? near_1 : t));
      const double p = std::clamp(of_24_bits, 0x1p-149, 1 - 0x1p-24);
      const auto r = HWY_DISPATCH_TABLE(evaluate)[target_index()](x, a, t, p);
      Number truth;
      mpfr_exp(truth, Number::of(static_cast<double>(x)), MPFR_RNDN);
      term_ratio = largest_of(term_ratio, Number::of(r.term), truth, r.term_bound);
      element_ratio = largest_of(element_ratio, Number::of(r.element), truth, r.element_bound);
      exp_ratio = largest_of(exp_ratio, Number::of(r.exp), truth, r.exp_bound);
      if (r.pair_bound > 0) {
        pair_ratio = largest_of(pair_ratio, Number::of(arith::DD{r.pair_hi, r.pair_lo}), truth, r.pair_bound);
      }
      mpfr_log(truth, Number::of(a), MPFR_RNDN);
      const double size = std::fabs(mpfr_get_d(truth, MPFR_RNDN));
      log_ratio = largest_of(log_ratio, Number::of(r.log), truth, r.log_bound * std::max(1.0, size) / size);
      mpfr_log1p(truth, Number::of(t), MPFR_RNDN);
      log1p_element_ratio = largest_of(log1p_element_ratio, Number::of(r.log1p_element), truth, r.log1p_element_bound);
      log1p_ratio = largest_of(log1p_ratio, Number::of(r.log1p), truth, r.log1p_bound);
      mpfr_log(truth, Number::of(p), MPFR_RNDN);
      log_element_ratio = largest_of(log_element_ratio, Number::of(r.log_element), truth, r.log_element_bound);
      mpfr_log1p(truth, Number::of(-p), MPFR_RNDN);
      complement_ratio = largest_of(complement_ratio, Number::of(r.log_of_complement), truth, r.log_element_bound);
    }
    const std::string ratios = "exp as a term " + std::to_string(term_ratio) + ", of an element " +
                               std::to_string(element_ratio) + ", as a result " + std::to_string(exp_ratio) + ", log " +
                               std::to_string(log_ratio) + ", log1p " + std::to_string(log1p_ratio) +
                               ", of an element " + std::to_string(log1p_element_ratio) + ", log of an element " +
                               std::to_string(log_element_ratio) + ", of 1 less it " +
                               std::to_string(complement_ratio) + ", pairs " + std::to_string(pair_ratio);
    RecordProperty(name, ratios);
    std::printf("%s: of the bound: %s\n", name.c_str(), ratios.c_str());
    EXPECT_LE(term_ratio, 1) << name;
    EXPECT_GT(term_ratio, 0.9) << name << ": the bound is not that of what ran";
    EXPECT_LE(element_ratio, 1) << name;
    EXPECT_GT(element_ratio, 0.2) << name << ": the bound is not that of what ran";
    EXPECT_LE(log1p_element_ratio, 1) << name;
    EXPECT_GT(log1p_element_ratio, 0.5) << name << ": the bound is not that of what ran";
    EXPECT_LE(log_element_ratio, 1) << name;
    EXPECT_GT(log_element_ratio, 0.5) << name << ": the bound is not that of what ran";
    EXPECT_LE(complement_ratio, 1) << name;
    EXPECT_GT(complement_ratio, 0.5) << name << ": the bound is not that of what ran";
    EXPECT_LE(exp_ratio, 1) << name;
    EXPECT_LE(log_ratio, 1) << name;
    EXPECT_LE(log1p_ratio, 1) << name;
    EXPECT_LE(pair_ratio, 1) << name;
    EXPECT_GT(exp_ratio, 0.5) << name << ": the bound is not that of what ran";
  }
  set_target(targets().front());
}

}  // namespace
}  // namespace lossproof::simd
#endif
