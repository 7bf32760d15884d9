#include "arith/dd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "arith/arithmetic.h"
#include "mpfr_number.h"

namespace lossproof::arith {
namespace {

using testing::Draw;
using testing::Number;
using testing::relative_error;

constexpr int draws = 200'000;

using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

double worst_error(DD (*op)(DD, DD), MpfrBinary exact, std::uint64_t seed) {
  Draw draw(seed);
  double worst = 0;
  for (int i = 0; i < draws; ++i) {
    const DD a = draw.around(std::ldexp(draw.uniform(-2, 2), draw.integer(-200, 200)));
    // Half of the time of nearly the same size, so that differences cancel.
    const DD b = i % 2 == 0 ? draw.around(std::ldexp(draw.uniform(1, 2), draw.integer(-200, 200)))
                            : draw.around(-a.hi * (1 + std::ldexp(draw.uniform(-1, 1), -draw.integer(1, 52))));
    Number truth;
    exact(truth, Number::of(a), Number::of(b), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(op(a, b)), truth));
  }
  return worst;
}

double worst_error(DD (*f)(DD), MpfrUnary exact, const std::vector<DD>& points) {
  double worst = 0;
  for (const DD& x : points) {
    Number truth;
    exact(truth, Number::of(x), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(f(x)), truth));
  }
  return worst;
}

TEST(DoubleDouble, OperationsKeepTheirPublishedBounds) {
  constexpr double u2 = 0x1p-106;
  constexpr double third_order = 1 + 0x1p-40;
  EXPECT_LE(worst_error([](DD a, DD b) { return a + b; }, mpfr_add, 1), 3 * u2 * third_order);
  EXPECT_LE(worst_error([](DD a, DD b) { return a - b; }, mpfr_sub, 2), 3 * u2 * third_order);
  EXPECT_LE(worst_error([](DD a, DD b) { return a * b; }, mpfr_mul, 3), 5 * u2 * third_order);
  EXPECT_LE(worst_error([](DD a, DD b) { return a / b; }, mpfr_div, 4), 9.8 * u2 * third_order);
}

TEST(DoubleDouble, ExpIsWithinItsBoundOverItsWholeInterval) {
  Draw draw(5);
  std::vector<DD> points;
  for (int i = 0; i < draws; ++i) points.push_back(draw.around(draw.uniform(-600, 600)));
  for (int e = -1000; e <= 9; ++e) {  // every binade, both signs
    for (int i = 0; i < 20; ++i) points.push_back(draw.around(std::ldexp(draw.uniform(0.5, 1) * (i % 2 ? -1 : 1), e)));
  }
  for (int k = -860; k <= 860; ++k) {  // where the reduction changes its multiple of ln 2, and next to the multiples
    points.push_back(draw.around((k + 0.5) * 0.6931471805599453));
    points.push_back(draw.around(k * 0.6931471805599453));
  }
  EXPECT_LE(worst_error(exp, mpfr_exp, points), 0x1p-98);
}

TEST(DoubleDouble, Expm1IsWithinItsBoundOverItsWholeInterval) {
  Draw draw(9);
  std::vector<DD> points{DD{0}, DD{0.25}, DD{-0.25}};
  for (int i = 0; i < draws; ++i) points.push_back(draw.around(draw.uniform(-0.25, 0.25)));
  for (int e = -850; e <= -3; ++e) {
    for (int i = 0; i < 20; ++i) points.push_back(draw.around(std::ldexp(draw.uniform(0.5, 1) * (i % 2 ? -1 : 1), e)));
  }
  EXPECT_LE(worst_error(expm1, mpfr_expm1, points), 0x1p-99);
}

TEST(DoubleDouble, Log1pIsWithinItsBoundOverItsWholeInterval) {
  Draw draw(6);
  std::vector<DD> points{DD{0}, DD{0.25}, DD{std::nextafter(0.25, 1)}};
  for (int e = -900; e <= 63; ++e) {
    for (int i = 0; i < 200; ++i) points.push_back(draw.around(std::ldexp(draw.uniform(1, 2), e)));
  }
  EXPECT_LE(worst_error(log1p, mpfr_log1p, points), 0x1p-96);
}

TEST(DoubleDouble, LogIsWithinItsBoundOverItsWholeInterval) {
  Draw draw(7);
  for (int i = 0; i < draws; ++i) {
    const DD a = draw.around(1 + std::ldexp(draw.uniform(1, 2), draw.integer(-52, 63)));
    Number truth;
    mpfr_log(truth, Number::of(a), MPFR_RNDN);
    Number error;
    mpfr_sub(error, Number::of(log(a)), truth, MPFR_RNDA);
    ASSERT_LE(std::fabs(mpfr_get_d(error, MPFR_RNDA)), 0x1p-97 * std::max(1.0, mpfr_get_d(truth, MPFR_RNDN)))
        << std::hexfloat << a.hi << " + " << a.lo;
  }
}

TEST(DoubleDouble, TheBoundsThatFormulasUseCoverTheFunctions) {
  EXPECT_GE(Fine::op, 10 * 0x1p-106);
  EXPECT_GE(Fine::fn, 0x1p-96);
}

TEST(FastArithmetic, TheCLibraryStaysWithinHalfOfWhatIsAllowedForIt) {
  Draw draw(8);
  double worst = 0;
  for (int i = 0; i < draws; ++i) {
    Number truth;
    const double x = draw.uniform(-500, 0);
    mpfr_exp(truth, Number::of(x), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(std::exp(x)), truth));
    const double small = std::ldexp(draw.uniform(-1, 1), -draw.integer(2, 700));
    mpfr_expm1(truth, Number::of(small), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(std::expm1(small)), truth));
    const double t = std::ldexp(draw.uniform(1, 2), draw.integer(-700, 40));
    mpfr_log1p(truth, Number::of(t), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(std::log1p(t)), truth));
    mpfr_log(truth, Number::of(1 + t), MPFR_RNDN);
    worst = std::max(worst, relative_error(Number::of(std::log(1 + t)), truth));
  }
  EXPECT_LE(worst, Fast::fn / 2);
}

}  // namespace
}  // namespace lossproof::arith
