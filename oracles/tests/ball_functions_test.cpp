// exp, log and log1p of f64 balls against Arb at both ends of their arguments; and balls that know nothing.
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "oracles/arb.h"
#include "oracles/ball.h"
#include "oracles/rounding.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"
#include "oracles/ulp.h"

namespace oracles {
namespace {

std::string text(const Ball& x) {
  std::ostringstream out;
  out << std::hexfloat << x.mid << " +- " << x.radius;
  return out.str();
}

/// mid + radius or mid - radius, exactly.
Arb end_of(const Ball& x, bool upper) {
  Arb end;
  const Arb radius(upper ? x.radius : -x.radius);
  arb_add(end.get(), Arb(x.mid).get(), radius.get(), ARF_PREC_EXACT);
  return end;
}

struct Function {
  Ball (*ball)(const Ball&);
  Arb (*arb)(const Arb&);
};

constexpr Function exponential{[](const Ball& x) { return exp_enclosure(x); },
                               [](const Arb& x) { return exp_enclosure(x); }};
constexpr Function logarithm{[](const Ball& x) { return log1p_enclosure(x); },
                             [](const Arb& x) { return log1p_enclosure(x); }};

/// The function of a ball, which must be known and contain those of its ends; the larger share of its radius that one
/// takes.
double share(const Function& function, const Ball& x) {
  const ArbPrecision precision(200);
  const Ball got = function.ball(x);
  EXPECT_TRUE(std::isfinite(got.mid) && std::isfinite(got.radius)) << text(x) << " gives " << text(got);
  double largest = 0;
  for (const bool upper : {false, true}) {
    Arb distance = function.arb(end_of(x, upper)) - Arb(got.mid);
    arb_abs(distance.get(), distance.get());
    const Arb radius(got.radius);
    // No precision tells the logarithm of 1 + a tiny end from that end, which it is below.
    const bool is_below_its_end = function.arb == logarithm.arb && starts_at_zero(x) && got.radius >= x.radius;
    EXPECT_TRUE(arb_le(distance.get(), radius.get()) || is_below_its_end) << text(x) << " gives " << text(got);
    if (got.radius != 0) largest = std::max(largest, arf_get_d(arb_midref((distance / radius).get()), ARF_RND_NEAR));
  }
  return largest;
}

double ulp_of(double x) { return std::ldexp(1, std::max(std::ilogb(x), -1022) - 52); }

TEST(BallExp, ContainsTheExponentialsOfItsEndsAndReachesThem) {
  Draw draw(1);
  double narrow = 0, wide = 0, widest = 0;
  for (int i = 0; i < 60'000; ++i) {
    const double x = i % 3 == 0 ? draw.at(draw.between(-1074, 8)) : -745 + 1440 * std::fabs(draw.uniform());
    narrow = std::max(narrow, share(exponential, {x, std::fabs(draw.at(draw.between(-40, -10)))}));
    wide = std::max(wide, share(exponential, {x, std::fabs(draw.uniform())}));
    widest = std::max(widest, share(exponential, {x, 1}));
    share(exponential, {x, std::fabs(draw.at(draw.between(-1060, -1)))});
  }
  EXPECT_GE(narrow, 0.99);
  EXPECT_GE(wide, 0.99);
  EXPECT_GE(widest, 0.85);  // e - 1 of 2
}

TEST(BallExp, OfANumberIsAsWideAsTheLibrarysAssumedError) {
  Draw draw(2);
  for (int i = 0; i < 20'000; ++i) {
    const Ball x = i % 2 == 0 ? -745 + 1450 * std::fabs(draw.uniform()) : draw.at(draw.between(-1074, 5));
    share(exponential, x);
    const Ball got = exp_enclosure(x);
    EXPECT_GE(got.radius, libm_ulps * ulp_of(got.mid)) << text(x);
    EXPECT_EQ(starts_at_zero(got), x.mid < -690) << text(x);
    if (starts_at_zero(got)) continue;
    EXPECT_LE(got.radius, 2.001 * libm_ulps * ulp_of(got.mid) + 0x1p-1059) << text(x);
  }
}

TEST(BallExp, IsExactAtZeroAndMinusInfinityAndUnknownWhereItMustBe) {
  EXPECT_EQ(exp_enclosure(Ball(0)).mid, 1);
  EXPECT_EQ(exp_enclosure(Ball(0)).radius, 0);
  EXPECT_EQ(exp_enclosure(Ball(-inf)).mid, 0);
  EXPECT_EQ(exp_enclosure(Ball(-inf)).radius, 0);
  EXPECT_GT(exp_enclosure(Ball(0, 0x1p-1074)).radius, 0);
  EXPECT_GT(exp_enclosure(Ball(-1e5)).radius, 0);
  EXPECT_FALSE(std::isfinite(exp_enclosure(Ball(0, std::nextafter(1, 2))).radius));
  EXPECT_FALSE(std::isfinite(exp_enclosure(Ball(710)).radius));
  EXPECT_FALSE(std::isfinite(exp_enclosure(Ball(inf)).radius));
  EXPECT_FALSE(std::isfinite(exp_enclosure(Ball(nan)).radius));
}

TEST(BallLog, ContainsTheLogarithmsOfItsEndsAndIsUnknownWhereItMustBe) {
  constexpr Function log_itself{[](const Ball& x) { return log_enclosure(x); },
                                [](const Arb& x) { return log_enclosure(x); }};
  Draw draw(5);
  double narrow = 0, wide = 0;
  for (int i = 0; i < 60'000; ++i) {
    const double x = std::fabs(i % 2 == 0 ? draw.at(draw.between(-1073, 1022)) : 1 + draw.at(draw.between(-52, 0)) / 2);
    narrow = std::max(narrow, share(log_itself, {x, x * std::fabs(draw.at(draw.between(-40, -10)))}));
    wide = std::max(wide, share(log_itself, {x, x / 2}));
    share(log_itself, x);
  }
  EXPECT_GE(narrow, 0.99);
  EXPECT_GE(wide, 0.69);  // log 2 of 1
  EXPECT_EQ(log_enclosure(Ball(1)).radius, 0);
  for (const Ball x : {Ball(0), Ball(-1), Ball(1, 0.51), Ball(inf), Ball(nan)}) {
    EXPECT_FALSE(std::isfinite(log_enclosure(x).radius)) << text(x);
  }
}

TEST(BallLog1p, ContainsTheLogarithmsOfItsEndsAndReachesThem) {
  Draw draw(3);
  double narrow = 0, wide = 0;
  for (int i = 0; i < 60'000; ++i) {
    const double x = i % 3 == 0 ? std::fabs(draw.at(draw.between(-1074, 1020))) : 4 * std::fabs(draw.uniform());
    narrow = std::max(narrow, share(logarithm, {x, std::min(1.0, x) * std::fabs(draw.at(draw.between(-40, -10)))}));
    share(logarithm, {x, std::fabs(draw.at(draw.between(-1060, -2)))});
    // The lower end down to -1/2, the steepest there is.
    const double y = -0.5 * std::fabs(draw.uniform());
    wide = std::max(wide, share(logarithm, {y, (y + 0.5) * std::fabs(draw.uniform())}));
    share(logarithm, {y, y + 0.5});
  }
  EXPECT_GE(narrow, 0.99);
  EXPECT_GE(wide, 0.99);
}

TEST(BallLog1p, OfANumberIsAsWideAsTheLibrarysAssumedError) {
  Draw draw(4);
  for (int i = 0; i < 20'000; ++i) {
    const Ball x = i % 2 == 0 ? -0.5 + 3 * std::fabs(draw.uniform()) : std::fabs(draw.at(draw.between(-1074, 1023)));
    share(logarithm, x);
    const Ball got = log1p_enclosure(x);
    EXPECT_GE(got.radius, libm_ulps * ulp_of(got.mid)) << text(x);
    EXPECT_LE(got.radius, 2.001 * libm_ulps * ulp_of(got.mid) + 0x1p-1059) << text(x);
  }
}

TEST(BallLog1p, IsExactAtZeroAndUnknownNearMinusOne) {
  EXPECT_EQ(log1p_enclosure(Ball(0)).mid, 0);
  EXPECT_EQ(log1p_enclosure(Ball(0)).radius, 0);
  EXPECT_GT(log1p_enclosure(Ball(0, 0x1p-1074)).radius, 0);
  EXPECT_FALSE(std::isfinite(log1p_enclosure(Ball(-0.50001)).radius));
  EXPECT_FALSE(std::isfinite(log1p_enclosure(Ball(0.5, 1.25)).radius));
  EXPECT_FALSE(std::isfinite(log1p_enclosure(Ball(inf)).radius));
  EXPECT_FALSE(std::isfinite(log1p_enclosure(Ball(nan)).radius));
}

/// Balls about whose numbers nothing is known.
const Ball unknowns[] = {{0, inf},   {1, inf},   {-1e300, inf}, {0, nan},   {1, nan},
                         {nan, nan}, {nan, inf}, {inf, inf},    {-inf, nan}};

TEST(UnknownBall, StaysUnknownInEveryOperation) {
  const auto is_unknown = [](const Ball& x) { return !std::isfinite(x.radius); };
  const Ball others[] = {0, 1, -3e-300, {2, 0.5}, {0, 1e-9}, {1, inf}, {nan, nan}, inf, 0x1p-1074};
  for (const Ball& u : unknowns) {
    for (const Ball& x : others) {
      EXPECT_TRUE(is_unknown(u + x) && is_unknown(x + u)) << text(u) << ", " << text(x);
      EXPECT_TRUE(is_unknown(u - x) && is_unknown(x - u)) << text(u) << ", " << text(x);
      EXPECT_TRUE(is_unknown(u * x) && is_unknown(x * u)) << text(u) << ", " << text(x);
      EXPECT_TRUE(is_unknown(u / x) && is_unknown(x / u)) << text(u) << ", " << text(x);
    }
    EXPECT_TRUE(is_unknown(-u) && is_unknown(exp_enclosure(u)) && is_unknown(log1p_enclosure(u))) << text(u);
  }
}

TEST(UnknownBall, AnswersNoQuestion) {
  for (const Ball& u : unknowns) {
    EXPECT_EQ(sign(u), std::nullopt) << text(u);
    for (const DType dtype : real_dtypes) {
      const Format format = format_of(dtype);
      EXPECT_EQ(round_to(u, format), std::nullopt) << text(u);
      for (const double result : {0.0, 1.0, -1e4}) {
        EXPECT_EQ(ulp_error(result, 1, u, format), std::nullopt) << text(u);
        const ErrorRange range = error_range(result, 1, u, format);
        EXPECT_EQ(range.least, 0) << text(u);
        EXPECT_EQ(range.most, inf) << text(u);
      }
    }
  }
}

TEST(BallSign, IsThatOfAllItsNumbersOrUnknown) {
  EXPECT_EQ(sign(Ball(0)), 0);
  EXPECT_EQ(sign(Ball(-0.0)), 0);
  EXPECT_EQ(sign(Ball(inf)), 1);
  EXPECT_EQ(sign(Ball(-inf)), -1);
  EXPECT_EQ(sign(Ball(2, std::nextafter(2, 1))), 1);
  EXPECT_EQ(sign(Ball(-2, std::nextafter(2, 1))), -1);
  EXPECT_EQ(sign(Ball(2, 2)), std::nullopt);
  EXPECT_EQ(sign(Ball(0, 0x1p-1074)), std::nullopt);
  EXPECT_EQ(sign(Ball(nan)), std::nullopt);
}

}  // namespace
}  // namespace oracles
