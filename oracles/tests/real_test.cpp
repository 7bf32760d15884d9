#include "oracles/real.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <thread>
#include <vector>

namespace oracles {
namespace {

bool contains(const Interval& outer, const Interval& inner) {
  return mpfr_lessequal_p(lower(outer), lower(inner)) != 0 && mpfr_lessequal_p(upper(inner), upper(outer)) != 0;
}

TEST(Precision, OperationsKeepThePrecisionInForce) {
  for (int bits = first_precision; bits <= last_precision; bits *= 2) {
    const Precision precision(bits);
    const Interval third = Interval(1L) / 3;
    const Interval result = exp(third * third + Interval(0.5));
    EXPECT_GE(mpfr_get_prec(lower(result)), bits);
    EXPECT_LE(mpfr_get_prec(lower(result)), bits + 4);
  }
}

TEST(Precision, ASecondOneInAThreadIsRefused) {
  const Precision precision(first_precision);
  try {
    const Precision second(256);
    FAIL() << "two precisions in force";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "oracles::Precision: this thread has one in force already; expected at most one");
  }
}

TEST(Precision, ThreadsAtDifferentPrecisionsEachGetTheirOwn) {
  const std::vector<int> asked = {first_precision, first_precision, 512, 1024};
  std::vector<std::thread> threads;
  std::vector<int> wrong(asked.size(), 0);
  for (std::size_t k = 0; k < asked.size(); ++k) {
    threads.emplace_back([k, &asked, &wrong] {
      const int bits = asked[k];
      for (int i = 0; i < 500; ++i) {
        const Precision precision(bits);
        const Interval x = Interval(1L) / 3 + Interval(2L) / 7;
        const auto got = mpfr_get_prec(lower(x));
        if (got < bits || got > bits + 4) ++wrong[k];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(asked.size(), 0));
}

TEST(Interval, ExpOfAPointIsOneFloatWideAndContainsTheTruth) {
  for (const double x : {0.0, 1.0, -1.0, 88.72, -745.2, 709.79, 1e-300, -1e8, 3e38, -1.7e308}) {
    Interval narrow, wide;
    {
      const Precision precision(first_precision);
      narrow = exp_enclosure(Interval(x));
    }
    const Precision precision(1024);
    wide = exp(Interval(x));
    EXPECT_TRUE(contains(narrow, wide) || mpfr_inf_p(upper(wide))) << x;
    EXPECT_EQ(is_point(narrow), x == 0) << x;
  }
}

TEST(Interval, Log1pContainsTheTruthAtBothEnds) {
  for (const double a : {0.0, 1e-300, 0x1p-60, 0.3, 1.0, 1e5, 1e300}) {
    for (const double width : {0.0, 0x1p-100, 0x1p-3, 1e10}) {
      Interval found, low, high;
      {
        const Precision precision(first_precision);
        found = log1p_enclosure(hull(Interval(a), Interval(a) + width));
      }
      const Precision precision(1024);
      low = log1p(Interval(a));
      high = log1p(Interval(a) + width);
      EXPECT_TRUE(contains(found, low) && contains(found, high)) << a << " " << width;
    }
  }
}

TEST(Interval, InfinitiesOfOppositeSignsAddToNaN) {
  const Precision precision(first_precision);
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(is_nan(Interval(inf) + Interval(-inf)));
  EXPECT_TRUE(is_nan(Interval(std::nan("")) + Interval(1.0)));
  EXPECT_TRUE(is_point(Interval(inf) + Interval(1.0)));
}

TEST(Ball100, CoversWhatNaiveFormulasLose) {
  const Ball100 x(200.0);
  const Ball100 s = 1 / (1 + exp(-x));
  const Ball100 lost = 1 - s;  // e^-200 = 1.4e-87, of which 1 - s keeps 13 digits
  const Precision precision(1024);
  const Interval truth = 1 / (1 + exp(Interval(200.0)));
  EXPECT_TRUE(contains(enclose(lost), truth));
  EXPECT_LT(lost.radius, Bin100("1e-97"));
  EXPECT_GT(lost.radius, Bin100("1e-101"));
}

TEST(Ball100, ALogarithmOfWhatMayBeZeroIsUnbounded) {
  const Ball100 around_zero(Bin100(0), Bin100(1));
  const Precision precision(first_precision);
  EXPECT_TRUE(mpfr_inf_p(upper(enclose(log(around_zero)))) || is_nan(enclose(log(around_zero))));
}

TEST(Bin100, IsEnclosedExactly) {
  const Bin100 third = Bin100(1) / 3;
  const Precision precision(1024);
  const Interval enclosure = enclose(third);
  EXPECT_TRUE(is_point(enclosure));
  const Interval error = Interval(enclosure * 3 - 1);
  EXPECT_LT(std::abs(mpfr_get_d(upper(error), MPFR_RNDU)), 1e-99);
  EXPECT_NE(mpfr_sgn(upper(error)), 0);
  EXPECT_TRUE(is_point(enclose(ldexp(third, -5000))));
}

}  // namespace
}  // namespace oracles
