// Answers drawn from balls and enclosures against rationals: an answer holds at both ends, and is given where it can be.
#include <gtest/gtest.h>

#include <sstream>

#include "oracles/rounding.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/exact.h"
#include "oracles/tests/problems.h"
#include "oracles/ulp.h"

namespace oracles {
namespace {

class EveryFormat : public ::testing::TestWithParam<DType> {
 protected:
  Format format() const { return format_of(GetParam()); }

  /// A number of the format, a midpoint, or a binade edge, and now and then next to 0 or to the largest number.
  double landmark(Draw& draw) const {
    const int e = draw.below(4) == 0   ? draw.between(format().emin - format().precision, format().emin)
                  : draw.below(8) == 0 ? format().emax
                                       : draw.between(format().emin, format().emax);
    const double edge = std::ldexp(1, e);
    const int quantum = std::max(e, format().emin) - format().precision;  // half a spacing
    const auto steps = static_cast<double>(draw.below(std::uint64_t{1} << std::min(format().precision, 20)));
    const double x = edge + (draw.below(3) == 0   ? 0
                             : draw.below(2) == 0 ? steps
                                                  : 2 * std::ldexp(1, format().precision - 1) - 1 - steps) *
                                std::ldexp(1, quantum);
    return draw.below(2) == 0 ? x : -x;
  }

  std::string text(const Ball& x) const {
    std::ostringstream out;
    out << name(GetParam()) << " " << std::hexfloat << x.mid << " +- " << x.radius;
    return out.str();
  }
};

INSTANTIATE_TEST_SUITE_P(Answers, EveryFormat, ::testing::ValuesIn(real_dtypes),
                         [](const auto& tested) { return std::string(name(tested.param)); });

/// A ball beside a landmark, at a distance of some of the last bits of f64 or of any size, whose radius is that distance,
/// a number next to it, or of another size.
Ball beside(Draw& draw, double landmark) {
  double mid = landmark + std::ldexp(landmark, -draw.between(2, 52)) * draw.between(-3, 3);
  if (draw.below(3) == 0) mid = std::nextafter(landmark, draw.below(2) == 0 ? inf : -inf);
  const double distance = std::fabs(mid - landmark);
  switch (draw.below(5)) {
    case 0:
      return {mid, distance};
    case 1:
      return {mid, std::nextafter(distance, inf)};
    case 2:
      return {mid, std::nextafter(distance, 0)};
    case 3:
      return {mid, distance * (1 + draw.uniform() / 8)};
    default:
      return {mid, std::fabs(std::ldexp(mid, -draw.between(2, 90)))};
  }
}

TEST_P(EveryFormat, RoundsABallToWhatBothItsEndsRoundTo) {
  Draw draw(1);
  int answered = 0, unanswered = 0, wasted = 0;
  for (int i = 0; i < 40'000; ++i) {
    const Ball ball = beside(draw, landmark(draw));
    if (!std::isfinite(ball.mid)) continue;
    const double low = correctly_rounded(low_end(ball), format());
    const double high = correctly_rounded(high_end(ball), format());
    const auto answer = round_to(ball, format());
    if (answer) {
      EXPECT_TRUE(same(answer.value(), low)) << text(ball);
      EXPECT_TRUE(same(answer.value(), high)) << text(ball);
      EXPECT_EQ(rounds_to(ball, *answer, format()), ball.mid != 0 && std::isfinite(*answer)) << text(ball);
      for (const double other : {-*answer, *answer + std::copysign(1 + std::fabs(*answer), *answer), nan})
        EXPECT_FALSE(rounds_to(ball, other, format())) << text(ball) << ", result " << other;
      ++answered;
    } else {
      EXPECT_FALSE(rounds_to(ball, low, format()) || rounds_to(ball, high, format())) << text(ball);
      ++unanswered;
      // Ends that are farther from what decides than f64 can blur have an answer.
      const Rational blur = abs(Rational(ball.mid)) * power(-50) + Rational(ball.radius) * power(-38);
      const double lower = correctly_rounded(low_end(ball) - blur, format());
      wasted += same(lower, correctly_rounded(high_end(ball) + blur, format())) ? 1 : 0;
    }
  }
  EXPECT_EQ(wasted, 0);
  EXPECT_GE(answered, 3000);
  EXPECT_GE(unanswered, 3000);
}

TEST_P(EveryFormat, RoundsAnExactBallAsItsNumber) {
  Draw draw(2);
  for (int i = 0; i < 30'000; ++i) {
    const double x = i % 2 == 0 ? draw.finite() : beside(draw, landmark(draw)).mid;
    if (!std::isfinite(x)) continue;
    EXPECT_TRUE(same(round_to(Ball(x), format()).value(), correctly_rounded(x, format()))) << text(x);
  }
}

// Of an enclosure with its ends excluded, the numbers next to them decide.
TEST_P(EveryFormat, RoundsAnEnclosureExactlyWhereAllItsNumbersRoundToOne) {
  Draw draw(3);
  const Precision precision(2048);
  int answered = 0;
  for (int i = 0; i < 15'000; ++i) {
    Rational middle(landmark(draw));
    if (middle == 0) continue;
    middle += power(std::max(exponent_of(middle), format().emin) - format().precision) * draw.between(0, 1);
    if (middle == 0) continue;
    const Rational scale = power(exponent_of(middle) - draw.between(2, 300));
    const Rational one = middle + scale * draw.between(-2, 2), other = middle + scale * draw.between(-2, 2);
    const auto [low, high] = std::minmax(one, other);
    const Interval interval = hull(enclose(low), enclose(high));
    const Rational inside = low == high ? Rational(0) : (high - low) * power(-400);
    for (const Ends ends : {Ends::included, Ends::excluded}) {
      const Rational step = ends == Ends::excluded ? inside : Rational(0);
      const double lower = correctly_rounded(low + step, format());
      const double upper = correctly_rounded(high - step, format());
      if (low == high && ends == Ends::excluded) continue;
      const auto answer = round_to(enclosure(interval, ends), format());
      answered += answer ? 1 : 0;
      EXPECT_EQ(answer.has_value(), lower == upper && std::signbit(lower) == std::signbit(upper)) << middle << " " << i;
      EXPECT_TRUE(same(answer.value_or(lower), lower)) << i;
    }
  }
  EXPECT_GE(answered, 5000);
}

/// A result near t, anywhere, or 0.
double drawn_result(Draw& draw, double t) {
  switch (draw.below(4)) {
    case 0:
      return 0;
    case 1:
      return std::ldexp(draw.uniform(), draw.between(-1074, 1000));
    default:
      return t + std::ldexp(t, -draw.between(0, 53)) * draw.between(-3, 3);
  }
}

TEST_P(EveryFormat, HasErrorRangesThatContainTheErrorsOfBothEnds) {
  Draw draw(4);
  int finite = 0, exact_ones = 0, bounded = 0;
  for (int i = 0; i < 40'000; ++i) {
    Ball truth = beside(draw, landmark(draw));
    if (i % 3 == 0) truth.radius = 0;
    // Around 0, far wider than its midpoint.
    if (i % 5 == 0) truth = {draw.at(format().emin - draw.between(2, 50)), std::fabs(draw.at(format().emin - 1))};
    const double result = quantized(drawn_result(draw, truth.mid), format());
    if (!std::isfinite(result) || !std::isfinite(truth.mid)) continue;
    const ErrorRange range = error_range(result, 0, truth, format());
    EXPECT_LE(range.least, range.most) << text(truth);
    if (!std::isfinite(range.most)) continue;
    ++finite;
    const double bound = error_bound(result, truth, format());
    for (const Rational& t : {low_end(truth), Rational(truth.mid), high_end(truth)}) {
      const Rational error = exact_error(result, t, format());
      EXPECT_LE(Rational(range.least), error) << text(truth) << ", result " << result;
      EXPECT_GE(Rational(range.most), error) << text(truth) << ", result " << result;
      EXPECT_TRUE(bound == inf || Rational(bound) >= error) << text(truth) << ", result " << result;
    }
    const auto settled = ulp_error(result, 0, truth, format());
    if (settled) {
      const Rational off = abs(Rational(*settled) - exact_error(result, truth.mid, format()));
      EXPECT_LE(off, std::max(Rational(1, 100), exact_error(result, truth.mid, format()) * power(-40)));
    }
    bounded += bound < 2 * range.most + 1 ? 1 : 0;
    exact_ones += range.least == range.most ? 1 : 0;
  }
  EXPECT_GE(finite, 10'000);
  EXPECT_GE(exact_ones, 3000);
  EXPECT_GE(bounded, finite / 2);
}

TEST_P(EveryFormat, HasTiesOfExactlyHalfAnUlp) {
  Draw draw(5);
  for (int i = 0; i < 5000; ++i) {
    if (GetParam() == DType::f64) continue;  // whose midpoints are no doubles
    const double below = std::fabs(quantized(landmark(draw), format()));
    const double spacing =
        std::ldexp(1, std::max(below == 0 ? format().emin : std::ilogb(below), format().emin) - format().precision + 1);
    if (!std::isfinite(below + spacing) || quantized(below + spacing, format()) == inf) continue;
    const double tie = below + spacing / 2;
    for (const double neighbour : {below, below + spacing}) {
      const ErrorRange range = error_range(neighbour, neighbour, tie, format());
      EXPECT_EQ(range.least, 0.5) << text(tie);
      EXPECT_EQ(range.most, 0.5) << text(tie);
    }
  }
}

TEST_P(EveryFormat, MeasuresErrorsOfExactTruthsCorrectlyRounded) {
  Draw draw(6);
  const Precision precision(2048);
  for (int i = 0; i < 10'000; ++i) {
    const double mid = landmark(draw);
    Rational truth = Rational(mid) * (1 + power(-draw.between(2, 900)) * draw.between(-2, 2));
    if (i % 50 == 0) truth = 0;
    const double result = quantized(drawn_result(draw, mid), format());
    const double rounded = correctly_rounded(truth, format());
    if (!std::isfinite(result) || !std::isfinite(rounded)) continue;
    const Interval point = enclose(truth);
    ASSERT_TRUE(is_point(point));
    const double error = correctly_rounded(exact_error(result, truth, format()), binary64);
    EXPECT_EQ(exact_ulp_error(result, rounded, enclosure(point), format()), error) << text(mid) << " " << result;
    const double coarse = ulp_error(result, rounded, enclosure(point), format()).value();
    if (std::isfinite(error)) {
      EXPECT_NEAR(coarse, error, std::max(0.01, error * 0x1p-40));
    }
  }
}

// Where an enclosure has an answer, it is that of both its ends and of its middle.
TEST_P(EveryFormat, MeasuresErrorsOfEnclosuresWhereAllTheirNumbersAgree) {
  Draw draw(7);
  const Precision precision(2048);
  int answered = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double mid = landmark(draw);
    const Rational radius = abs(Rational(mid)) * power(-draw.between(2, 150));
    const Rational middle = Rational(mid) * (1 + power(-draw.between(2, 60)) * draw.between(-2, 2));
    const double result = quantized(drawn_result(draw, mid), format());
    if (!std::isfinite(result)) continue;
    const Interval interval = hull(enclose(middle - radius), enclose(middle + radius));
    const auto exact = exact_ulp_error(result, 0, enclosure(interval), format());
    const auto coarse = ulp_error(result, 0, enclosure(interval), format());
    for (const Rational& t : {Rational(middle - radius), middle, Rational(middle + radius)}) {
      const Rational error = exact_error(result, t, format());
      const double rounded_error = correctly_rounded(error, binary64);
      EXPECT_EQ(exact.value_or(rounded_error), rounded_error) << text(mid) << " " << result;
      if (!coarse || !std::isfinite(*coarse)) continue;
      EXPECT_LE(abs(Rational(*coarse) - error), std::max(Rational(1, 100), error * power(-39))) << text(mid);
    }
    answered += exact ? 1 : 0;
  }
  EXPECT_GE(answered, 1000);
}

}  // namespace
}  // namespace oracles
