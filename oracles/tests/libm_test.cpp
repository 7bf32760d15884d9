// The audit of `libm_ulps`: exp, log and log1p of this C library against Arb, on points of every binade and around every
// threshold that an implementation may have.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "oracles/arb.h"
#include "oracles/ball.h"
#include "oracles/tests/draw.h"

namespace oracles {
namespace {

/// What glibc documents for exp, log and log1p in double (manual, "Known Maximum Errors in Math Functions").
constexpr double documented_ulps = 1;

constexpr int fractions_per_binade = 400;
constexpr int neighbours = 60;

/// Of the true value's ulp, which is that of the binade it lies in. The double next to it and the rest, rounded, tell it to
/// 2^-100 of itself.
double error_in_ulps(double result, const Arb& truth) {
  const double high = arf_get_d(arb_midref(truth.get()), ARF_RND_NEAR);
  const double low = arf_get_d(arb_midref((truth - Arb(high)).get()), ARF_RND_NEAR);
  int exponent = high == 0 ? -1022 : std::ilogb(high);
  if (std::fabs(high) == std::ldexp(1, exponent) && low != 0 && (low < 0) == (high > 0)) --exponent;
  return std::ldexp(std::fabs((result - high) - low), 52 - std::max(exponent, -1022));
}

struct Function {
  const char* name;
  double (*libm)(double);
  Arb (*arb)(const Arb&);
  double least, most;  ///< arguments: those that f64 balls take it at, whose results do not overflow
};

double libm_exp(double x) { return std::exp(x); }
double libm_log(double x) { return std::log(x); }
double libm_log1p(double x) { return std::log1p(x); }
Arb arb_exponential(const Arb& x) { return exp_enclosure(x); }
Arb arb_logarithm(const Arb& x) { return log_enclosure(x); }
Arb arb_logarithm_of_1_plus(const Arb& x) { return log1p_enclosure(x); }

// exp overflows beyond 709.78; below -745.2 its results are 0, which is off by less than an ulp.
constexpr Function exponential{"exp", libm_exp, arb_exponential, -800, 0x1.62e42fefa39efp9};
constexpr Function logarithm{"log", libm_log, arb_logarithm, 0x1p-1074, 0x1.fffffffffffffp1023};
constexpr Function logarithm_of_1_plus{"log1p", libm_log1p, arb_logarithm_of_1_plus, -0.5, 0x1.fffffffffffffp1023};

/// The worst of the points audited.
class Audit {
 public:
  explicit Audit(const Function& function) : function_(function) {}

  void point(double x) {
    if (!(x >= function_.least && x <= function_.most)) return;
    ++points_;
    const double error = error_in_ulps(function_.libm(x), function_.arb(Arb(x)));
    if (error <= worst_) return;
    worst_ = error;
    at_ = x;
  }

  /// x and the numbers on both sides of it: the nearest ones, and ever farther ones.
  void around(double x) {
    double below = x, above = x;
    point(x);
    for (int i = 0; i < neighbours / 2; ++i) {
      point(below = std::nextafter(below, -HUGE_VAL));
      point(above = std::nextafter(above, HUGE_VAL));
      const double step = std::ldexp(std::fabs(x) + 0x1p-1000, -2 * i);
      point(x - step);
      point(x + step);
    }
  }

  void every_binade(Draw& draw) {
    for (int exponent = -1074; exponent <= 1023; ++exponent) {
      for (int i = 0; i < fractions_per_binade; ++i) point(draw.at(exponent));
      point(std::ldexp(1, exponent));
      point(-std::ldexp(1, exponent));
    }
  }

  bool refutes(double ulps) const { return worst_ > ulps; }

  double print() const {
    std::printf("%s: %lld points, worst error %.4f ulp at %a\n", function_.name, points_, worst_, at_);
    return worst_;
  }

 private:
  Function function_;
  long long points_ = 0;
  double worst_ = 0;
  double at_ = 0;
};

/// Arguments of exp: every multiple of ln2 / 2 (where 2^k e^r changes its k), and of ln2 / 128 near 0 (tables); where
/// results become subnormal, vanish and overflow; those evenly spread.
Audit audited_exp(const Function& function) {
  constexpr double ln2 = 0.693147180559945309417232121458;
  Audit audit(function);
  Draw draw(1);
  audit.every_binade(draw);
  for (int k = -2160; k <= 2048; ++k) audit.around(k * (ln2 / 2));
  for (int k = -512; k <= 512; ++k) audit.around(k * (ln2 / 128));
  for (const double x : {-745.1332191019411, -744.4400719213812, -708.3964185322641, -707.7, 709.782712893384, 709.0,
                         -37.42995, -36.7368, 512.0, -512.0, 1024.0, -1024.0}) {
    for (int i = 0; i < 200; ++i) audit.around(x + i * 0x1p-20 * draw.uniform());
  }
  for (int i = 0; i < 600'000; ++i) audit.point(-745.2 + 1455 * std::fabs(draw.uniform()));
  for (int i = 0; i < 400'000; ++i) audit.point(draw.uniform());
  return audit;
}

/// Arguments of log: those next to 1, where results vanish, to a power of two, to sqrt(2) times one or between them (tables);
/// those of rows, in (0, 1).
Audit audited_log(const Function& function) {
  Audit audit(function);
  Draw draw(3);
  audit.every_binade(draw);
  for (int k = -1074; k <= 1023; ++k) {
    for (const double fraction : {1.0, 1.4142135623730951, 1.5, 1.25, 1.75}) audit.around(std::ldexp(fraction, k));
  }
  for (int k = 1; k <= 60; ++k) {
    audit.around(1 + std::ldexp(1, -k));
    audit.around(1 - std::ldexp(1, -k));
  }
  for (int k = 1; k <= 1024; ++k) audit.around(k / 512.0);
  for (int i = 0; i < 500'000; ++i) audit.point(std::fabs(draw.uniform()));
  for (int i = 0; i < 200'000; ++i) audit.point(3 * std::fabs(draw.uniform()));
  return audit;
}

/// Arguments of log1p: those whose 1 + x is next to a power of two, to sqrt(2) times one or between them (tables), or is 1
/// but for its last bits; those of rows: x in (0, 1] and somewhat more; those near the lower end.
Audit audited_log1p(const Function& function) {
  Audit audit(function);
  Draw draw(2);
  audit.every_binade(draw);
  for (int k = -1; k <= 1023; ++k) {
    for (const double fraction : {1.0, 1.4142135623730951, 1.5, 1.25, 1.75}) audit.around(std::ldexp(fraction, k) - 1);
  }
  for (int k = -60; k <= -1; ++k) {
    audit.around(std::ldexp(1, k));
    audit.around(-std::ldexp(1, k));
  }
  for (int k = 0; k <= 1024; ++k) audit.around(k / 1024.0 * 1.5 - 0.5);
  for (int i = 0; i < 500'000; ++i) audit.point(draw.uniform());
  for (int i = 0; i < 200'000; ++i) audit.point(3 * std::fabs(draw.uniform()));
  for (int i = 0; i < 200'000; ++i) audit.point(-0.5 * std::fabs(draw.uniform()));
  return audit;
}

TEST(Libm, TheAssumedErrorIsTwiceTheDocumentedOne) { EXPECT_GE(libm_ulps, 2 * documented_ulps); }

TEST(Libm, ExpIsWithinWhatIsAssumed) {
  const Audit audit = audited_exp(exponential);
  EXPECT_LE(audit.print(), libm_ulps);
  EXPECT_TRUE(audit.refutes(0.25));
  EXPECT_TRUE(audit.refutes(0.5));
}

TEST(Libm, LogIsWithinWhatIsAssumed) {
  const Audit audit = audited_log(logarithm);
  EXPECT_LE(audit.print(), libm_ulps);
  EXPECT_TRUE(audit.refutes(0.25));
  EXPECT_TRUE(audit.refutes(0.5));
}

TEST(Libm, Log1pIsWithinWhatIsAssumed) {
  const Audit audit = audited_log1p(logarithm_of_1_plus);
  EXPECT_LE(audit.print(), libm_ulps);
  EXPECT_TRUE(audit.refutes(0.25));
  EXPECT_TRUE(audit.refutes(0.5));
}

// Wrong in one kind of result only: the points reach it.
TEST(Libm, AFunctionThatIsOffSomewhereIsRefuted) {
  Function wrong = exponential;
  wrong.libm = [](double x) { return x < -745 ? 4 * std::exp(x) : std::exp(x); };
  EXPECT_TRUE(audited_exp(wrong).refutes(libm_ulps));
  wrong = logarithm;
  wrong.libm = [](double x) { return std::fabs(x - 1) < 0x1p-50 ? 2 * (x - 1) : std::log(x); };
  EXPECT_TRUE(audited_log(wrong).refutes(libm_ulps));
  wrong = logarithm_of_1_plus;
  wrong.libm = [](double x) { return x > 0 && x < 0x1p-1050 ? x + 0x3p-1074 : std::log1p(x); };
  EXPECT_TRUE(audited_log1p(wrong).refutes(libm_ulps));
}

}  // namespace
}  // namespace oracles
