// The arithmetic of f64 balls against rationals: no ball excludes what it stands for, and each term of a radius is needed.
#include "oracles/ball.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "oracles/tests/draw.h"
#include "oracles/tests/exact.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

struct Operation {
  const char* name;
  Ball (*ball)(const Ball&, const Ball&);
  Rational (*exact)(const Rational&, const Rational&);
};

constexpr Operation addition{"+", [](const Ball& a, const Ball& b) { return a + b; },
                             [](const Rational& a, const Rational& b) -> Rational { return a + b; }};
constexpr Operation subtraction{"-", [](const Ball& a, const Ball& b) { return a - b; },
                                [](const Rational& a, const Rational& b) -> Rational { return a - b; }};
constexpr Operation product{"*", [](const Ball& a, const Ball& b) { return a * b; },
                            [](const Rational& a, const Rational& b) -> Rational { return a * b; }};
constexpr Operation quotient{"/", [](const Ball& a, const Ball& b) { return a / b; },
                             [](const Rational& a, const Rational& b) -> Rational { return a / b; }};

std::string text(const Ball& x) {
  std::ostringstream out;
  out << std::hexfloat << x.mid << " +- " << x.radius;
  return out.str();
}

class Arithmetic : public ::testing::TestWithParam<Operation> {
 protected:
  /// The result of two balls, which must contain those of their ends; the largest share of its radius that one takes.
  double share(const Ball& a, const Ball& b) {
    const Operation& operation = GetParam();
    const Ball got = operation.ball(a, b);
    if (says_nothing(got)) return 0;
    double largest = 0;
    for (const Rational& x : {low_end(a), high_end(a)}) {
      for (const Rational& y : {low_end(b), high_end(b)}) {
        const Rational exact = operation.exact(x, y);
        EXPECT_TRUE(contains(got, exact)) << text(a) << " " << operation.name << " " << text(b) << " = " << text(got);
        if (got.radius != 0) largest = std::max(largest, share_of_radius(got, exact));
      }
    }
    return largest;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Ball, Arithmetic, ::testing::Values(addition, subtraction, product, quotient), [](const auto& tested) {
      const std::string name = tested.param.name;
      return name == "+" ? "sum" : name == "-" ? "difference" : name == "*" ? "product" : "quotient";
    });

/// Pairs of numbers: any exponents, near ones, with a product or a quotient around the smallest numbers, almost equal,
/// subnormal.
std::pair<double, double> drawn_pair(Draw& draw) {
  const int e = draw.between(-1074, 1022);
  const double a = draw.at(e);
  switch (draw.below(6)) {
    case 0:
      return {draw.finite(), draw.finite()};
    case 1:
      return {a, draw.at(std::clamp(e + draw.between(-110, 110), -1074, 1022))};
    case 2:
      return {a, draw.at(std::clamp(draw.between(-1120, -880) - e, -1074, 1022))};
    case 3:
      return {a, draw.at(std::clamp(e - draw.between(-1120, -880), -1074, 1022))};
    case 4:
      return {a, -std::nextafter(a, draw.finite())};
    default:
      return {draw.at(draw.between(-1074, -1000)), draw.at(draw.between(-1074, 1022))};
  }
}

TEST_P(Arithmetic, OfNumbersIsOffByAtMostItsRadiusAndByThatMuch) {
  Draw draw(1);
  double largest = 0;
  for (int i = 0; i < 40'000; ++i) {
    const auto [a, b] = drawn_pair(draw);
    if (b == 0) continue;
    largest = std::max(largest, share(a, b));
    const Rational exact = GetParam().exact(a, b);
    const Ball got = GetParam().ball(a, b);
    if (says_nothing(got)) {
      EXPECT_GE(abs(exact), power(1023)) << text(a) << " " << text(b);
    } else {
      const Rational underflow = power(-1058) * std::max(Rational(1), Rational(1) / abs(Rational(b)));
      EXPECT_LE(Rational(got.radius), abs(exact) * power(-52) + underflow) << text(a) << " " << text(b);
    }
  }
  EXPECT_GE(largest, 0.999);
}

TEST_P(Arithmetic, OfExactResultsIsExact) {
  Draw draw(2);
  for (int i = 0; i < 10'000; ++i) {
    const double a = draw.between(-1 << 20, 1 << 20), b = std::ldexp(1.0, draw.between(-10, 10));
    const Ball got = GetParam().ball(a, b);
    EXPECT_EQ(got.radius, 0) << text(a) << " " << text(b);
    EXPECT_EQ(Rational(got.mid), GetParam().exact(a, b)) << text(a) << " " << text(b);
  }
}

// a = b = 2^e (1 + 2^-52): the square's last bit is 2^-104 of it.
TEST_P(Arithmetic, OfNumbersWithALastBitOfTheirOwnIsNotTakenForExact) {
  for (int e = -1022; e < 1000; ++e) {
    const double a = std::ldexp(1 + 0x1p-52, e);
    for (const int f : {e, -960 - e, -1000 - e, -1020 - e, -1074 - e, -1075 - e, e + 960, e + 1020, e + 1074}) {
      if (f >= -1074 && f <= 1023) share(a, std::ldexp(1 + 0x1p-52, f));
      if (f >= -1074 && f <= 1023) share(a, std::ldexp(1, f));
    }
  }
}

/// Which of the operands has a radius, and where both have one, whether it is about 0.
enum class Radii : std::size_t { first, second, both, around_zero, count };

Ball around(Draw& draw, int exponent, bool has_radius) {
  const double mid = draw.at(exponent);
  return {mid, has_radius ? std::fabs(draw.at(std::clamp(exponent - draw.between(-3, 60), -1060, 1000))) : 0};
}

TEST_P(Arithmetic, OfBallsContainsTheResultsOfTheirEndsAndReachesThem) {
  Draw draw(3);
  std::array<double, static_cast<std::size_t>(Radii::count)> largest{};
  for (int i = 0; i < 24'000; ++i) {
    const auto radii = static_cast<Radii>(i % 4);
    // Every second pair: exponents whose sum or difference is around that of the smallest numbers.
    const int e = draw.between(-300, 300);
    const int near_underflow = draw.between(-1110, -840);
    const int f = i % 8 < 4 ? e + draw.between(-60, 60) : draw.below(2) != 0 ? near_underflow - e : e - near_underflow;
    Ball a = around(draw, e, radii != Radii::second);
    Ball b = around(draw, std::clamp(f, -1060, 1000), radii != Radii::first);
    if (radii == Radii::around_zero) a.mid = b.mid = 0;
    double& best = largest[static_cast<std::size_t>(radii)];
    best = std::max(best, share(a, b));
  }
  const bool is_quotient = GetParam().name == quotient.name;
  EXPECT_GE(largest[static_cast<std::size_t>(Radii::first)], 0.99);
  EXPECT_GE(largest[static_cast<std::size_t>(Radii::second)], 0.99);
  EXPECT_GE(largest[static_cast<std::size_t>(Radii::both)], 0.99);
  EXPECT_GE(largest[static_cast<std::size_t>(Radii::around_zero)], is_quotient ? 0 : 0.99);
}

// Radii and what is left of them far below the numbers: they must not vanish by underflow.
TEST_P(Arithmetic, OfBallsNeverForgetsARadius) {
  Draw draw(4);
  for (int i = 0; i < 20'000; ++i) {
    const auto ball = [&](bool has_radius) {
      const double radius = std::fabs(draw.at(draw.between(-1060, -300)));
      return Ball(i % 3 == 0 ? std::ldexp(1, draw.between(-900, 900)) : draw.at(draw.between(-900, 900)),
                  has_radius ? radius : 0);
    };
    const Ball a = ball(i % 4 != 0), b = ball(i % 4 != 1);
    share(a, b);
  }
}

TEST(BallArithmetic, ARadiusIsMovedOutwardByMoreThanItsOwnRoundings) {
  Draw draw(5);
  for (int exponent = -1074; exponent < 1023; ++exponent) {
    const double sum = std::fabs(draw.at(exponent));
    const Rational with_roundings = Rational(sum) * (1 + power(-43)) + power(-1064);
    EXPECT_GE(Rational(detail::outward(sum)), with_roundings) << sum;
    EXPECT_LE(Rational(detail::outward(sum)), Rational(sum) * (1 + power(-39)) + power(-1059)) << sum;
  }
  EXPECT_EQ(detail::outward(0), 0);
  EXPECT_EQ(detail::outward(inf), inf);
  EXPECT_TRUE(std::isnan(detail::outward(nan)));
}

TEST(BallArithmetic, ADivisorThatMayBeZeroOrNearItSaysNothing) {
  for (const Ball& b : {Ball(0), Ball(1, 1), Ball(1, 0.5), Ball(-2, 1), Ball(0, 1e-300), Ball(inf)}) {
    EXPECT_TRUE(says_nothing(Ball(1) / b)) << text(b);
  }
  EXPECT_FALSE(says_nothing(Ball(1) / Ball(1, 0.499)));
}

TEST(BallArithmetic, AnExactInfinityStaysOneInSumsOfExactNumbersOnly) {
  EXPECT_EQ((Ball(-inf) + Ball(3)).mid, -inf);
  EXPECT_EQ((Ball(-inf) + Ball(3)).radius, 0);
  EXPECT_TRUE(std::isinf((Ball(-inf) + Ball(3, 1)).radius));
  EXPECT_TRUE(std::isinf((Ball(1e308) + Ball(1e308)).radius));
  EXPECT_FALSE((Ball(inf) - Ball(inf)).radius == 0);
  EXPECT_FALSE((Ball(inf) * Ball(0)).radius == 0);
  EXPECT_FALSE((Ball(inf) * Ball(2)).radius == 0);
}

TEST(BallArithmetic, ANegatedBallIsTheMirroredOne) {
  const Ball x = -Ball(3, 0.25);
  EXPECT_EQ(x.mid, -3);
  EXPECT_EQ(x.radius, 0.25);
}

}  // namespace
}  // namespace oracles
