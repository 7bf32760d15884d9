// The ladder gives one answer wherever it starts, and most answers come from its first rung.
#include "oracles/ladder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "oracles/tests/bits.h"
#include "oracles/tests/drawn_problem.h"

namespace oracles {
namespace {

/// The rung that decided each element of both outputs.
void expect_same_answers(const Definition& loss, const Problem& p, const std::string& which) {
  const Reference from_ball(loss, p, Rung::ball), from_arb(loss, p, Rung::arb);
  for (const Output output : {Output::value, Output::grad}) {
    for (std::int64_t k = 0; k < count(from_ball.shape(output)); ++k) {
      const Rounded ball = from_ball.rounded(output, k), arb = from_arb.rounded(output, k);
      ASSERT_TRUE(ball.decided && arb.decided) << which << " element " << k;
      EXPECT_TRUE(same(ball.value, arb.value)) << which << " element " << k << ", by " << name(ball.by);
      EXPECT_NE(arb.by, Rung::ball);
      for (const double result :
           {ball.value, quantized(1.25 * ball.value, format_of(p.dtype(output))), 0.0, 1.0, nan}) {
        const double one = from_ball.ulp_error(output, k, result), other = from_arb.ulp_error(output, k, result);
        EXPECT_TRUE(one == other || std::fabs(one - other) <= std::max(0.01, 0x1p-40 * one))
            << which << " element " << k << ": " << one << " and " << other;
      }
    }
  }
}

class Ladder : public ::testing::TestWithParam<const Definition*> {};

INSTANTIATE_TEST_SUITE_P(Oracles, Ladder, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

TEST_P(Ladder, GivesTheSameAnswersFromEitherFirstRung) {
  Draw draw(1);
  for (int i = 0; i < 1500; ++i) {
    expect_same_answers(*GetParam(), drawn_problem(*GetParam(), draw, i),
                        GetParam()->name + " case " + std::to_string(i));
  }
}

/// Eight rows of ten logits, or eighty elements, as training has them.
Problem ordinary(const Definition& loss, Draw& draw, DType dtype) {
  std::vector<double> x(80), y(80);
  for (double& v : x) v = quantized(8 * draw.uniform(), format_of(dtype));
  const double least = loss.is_edge && loss.is_edge({{0}, {0}}) ? 0.25 : 0;
  for (double& v : y) v = std::max(least, static_cast<double>(draw.below(2)));
  std::vector<std::int64_t> targets(8);
  for (auto& t : targets) t = static_cast<std::int64_t>(draw.below(10));
  const std::vector<Tensor> inputs =
      inputs_of(loss, reals(dtype, {8, 10}, x), reals(dtype, {8, 10}, y), indices({8}, targets));
  const auto reduction = static_cast<Reduction>(draw.below(4));
  const double g = quantized(draw.uniform(), format_of(dtype));
  Problem p = problem(loss, inputs, {loss.takes.reduction ? reduction : Reduction::none}, g);
  // Of equal ones the softmax's gradient is 0.
  if (loss.maps_rows) std::ranges::transform(y, p.grad_output.reals.begin(), [](double v) { return v + 1; });
  return p;
}

TEST_P(Ladder, DecidesOrdinaryRowsOnItsFirstRung) {
  Draw draw(2);
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32}) {
    std::map<Rung, int> by;
    int all = 0;
    for (int i = 0; i < 60; ++i) {
      const Problem p = ordinary(*GetParam(), draw, dtype);
      const Reference reference(*GetParam(), p, Rung::ball);
      for (const Output output : {Output::value, Output::grad}) {
        for (std::int64_t k = 0; k < count(reference.shape(output)); ++k, ++all) ++by[reference.rounded(output, k).by];
      }
    }
    EXPECT_GE(by[Rung::ball], 0.99 * all) << name(dtype);
    EXPECT_EQ(by[Rung::contract], 0) << name(dtype);
    EXPECT_EQ(by[Rung::mpfi], 0) << name(dtype);
  }
}

/// A number whose enclosures of every precision have the midpoint 1 + 2^-24 of f32 for their lower end.
struct AtTheLowerEnd {
  std::optional<Near> known;
  bool balls;
  int enclosed = 0;

  static constexpr double midpoint = 1 + 0x1p-24;

  bool has_balls() const { return balls; }
  Ball ball() const { return {midpoint, 0x1p-60}; }
  Arb arb(int) {
    ++enclosed;
    Arb x(midpoint);
    mag_set_ui_2exp_si(arb_radref(x.get()), 1, -60);
    return x + Arb(0x1p-60);
  }
  Interval interval(int precision) {
    ++enclosed;
    const Precision in_force(precision);
    return hull(Interval(midpoint), Interval(midpoint) + Interval(0x1p-60));
  }
  Exact exact() const { return {known, !known}; }
};

TEST(Climbing, ARationalMayBeAnEndOfItsEnclosuresAndAnIrrationalNumberIsNot) {
  const auto ask = [](const auto& x) { return round_to(x, binary32); };
  for (const bool balls : {true, false}) {
    for (const auto& [side, rounded] : {std::pair{0, 1.0}, {1, 1 + 0x1p-23}, {-1, 1.0}}) {
      AtTheLowerEnd rational{Near{Rational(AtTheLowerEnd::midpoint), side}, balls};
      const auto found = climb(rational, Rung::ball, ask);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->answer, rounded);
      EXPECT_EQ(found->by, Rung::exact);
      EXPECT_EQ(rational.enclosed, 1);
    }
    AtTheLowerEnd irrational{std::nullopt, balls};
    const auto found = climb(irrational, Rung::ball, ask);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->answer, 1 + 0x1p-23);
    EXPECT_EQ(found->by, balls ? Rung::arb : Rung::mpfi);
    EXPECT_EQ(irrational.enclosed, balls ? 2 : 1);
  }
}

Rounded decided(const Definition& loss, const Problem& p, Output output = Output::value) {
  return Reference(loss, p, Rung::ball).rounded(output, 0);
}

TEST(Rungs, EachDecidesWhatTheOnesBelowLeaveOpen) {
  EXPECT_EQ(decided(cross_entropy(), classes(DType::f32, {0, nan}, 0), Output::grad).by, Rung::contract);
  EXPECT_EQ(decided(cross_entropy(), classes(DType::f32, {0, 1}, 0)).by, Rung::ball);
  EXPECT_EQ(decided(cross_entropy(), classes(DType::f64, {0, 1}, 0)).by, Rung::arb);
  // Above a midpoint by less than any precision tells; the lower end of MPFI's enclosure is that midpoint.
  EXPECT_EQ(decided(cross_entropy(), classes(DType::f32, {-1, 0x1p24}, 0)).by, Rung::mpfi);
  EXPECT_EQ(decided(mse_loss(), element(mse_loss(), DType::f64, 94906267, -5e-324)).by, Rung::exact);
  Problem hard = element(mse_loss(), DType::f64, 0x1p100, -0x1p-1074, 0x1p-251);
  hard.grad_dtype = DType::f32;
  EXPECT_EQ(decided(mse_loss(), hard, Output::grad).by, Rung::exact);
  EXPECT_EQ(decided(mse_loss(), hard, Output::grad).value, 0x1p-149);  // 2^-150 (1 + 2^-1174)
}

// A radius that is far below everything else must not vanish by underflow: sums of 2^100 2^-1074 and of parts.
TEST(Rungs, ARadiusBelowTheSmallestNumberStillBreaksATie) {
  std::vector<double> x(1 << 16, 0.0), y(1 << 16, 0.0);
  x[0] = 0x1p-67;
  y[0] = -0x1p-1000;  // d^2 = 2^-134 + 2^-1066 + ..., over 2^16 elements just above 2^-150
  const Shape shape = {1 << 16};
  Problem p = problem(mse_loss(), {reals(DType::f64, shape, x), reals(DType::f64, shape, y)}, {Reduction::mean});
  p.value_dtype = DType::f32;
  EXPECT_EQ(decided(mse_loss(), p).value, 0x1p-149);
  EXPECT_EQ(decided(mse_loss(), p).by, Rung::exact);
}

TEST(Rungs, TheFirstOneIsWhatWasSet) {
  EXPECT_EQ(first_rung(), Rung::ball);
  const Problem p = classes(DType::f32, {0, 1}, 0);
  set_first_rung(Rung::arb);
  EXPECT_EQ(Reference(cross_entropy(), p).rounded(Output::value, 0).by, Rung::arb);
  set_first_rung(Rung::ball);
  EXPECT_EQ(Reference(cross_entropy(), p).rounded(Output::value, 0).by, Rung::ball);
}

TEST(Rungs, HaveNamesAndCertificates) {
  EXPECT_EQ(name(Rung::contract), "contract");
  EXPECT_EQ(name(Rung::ball), "ball");
  EXPECT_EQ(name(Rung::arb), "arb");
  EXPECT_EQ(name(Rung::mpfi), "mpfi");
  EXPECT_EQ(name(Rung::exact), "exact");
  EXPECT_NE(certificate(Rung::ball).find("exp, log and log1p of its C library within 2 ulp"), std::string_view::npos);
  EXPECT_EQ(certificate(Rung::arb), "Arb, MPFI, MPFR and GMP; the identities in oracles/losses");
}

}  // namespace
}  // namespace oracles
