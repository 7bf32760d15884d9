// The rungs never disagree, and gradients are the derivatives of values by a route that knows no derivative.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracles/cross_check.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"
#include "oracles/tests/row_text.h"

namespace oracles {
namespace {

class EveryLoss : public ::testing::TestWithParam<const Definition*> {};

INSTANTIATE_TEST_SUITE_P(Oracles, EveryLoss, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

/// A row whose numbers are in the range of f64: e^y of a target that is a logarithm is.
Row<double> drawn_in_range(Draw& draw, const Definition& loss) {
  Row<double> row = draw.row(loss);
  for (double& y : row.y) y = row.parameters.log_target ? std::min(y, 8.0) : y;
  return row;
}

TEST_P(EveryLoss, HasRungsThatNeverDisagree) {
  Draw draw(1);
  for (int i = 0; i < 3000; ++i) {
    const Row<double> row = draw.row(*GetParam());
    EXPECT_EQ(disagreement(*GetParam(), row).value_or(""), "") << text(row);
  }
}

// What one question has been answered with is kept while others are asked.
TEST_P(EveryLoss, LeavesAloneWhatIsNotWanted) {
  Draw draw(4);
  for (int i = 0; i < 100; ++i) {
    const Row<Ball> row = row_over<Ball>(draw.row(*GetParam()));
    Term<Ball> all, apart;
    GetParam()->enclosures.ball(row, {true, true, true}, all);
    for (const Output output : {Output::grad_target, Output::value, Output::grad})
      GetParam()->enclosures.ball(row, only(output), apart);
    const auto expect_same = [](const std::vector<Ball>& a, const std::vector<Ball>& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t j = 0; j < a.size(); ++j) EXPECT_TRUE(a[j].mid == b[j].mid && a[j].radius == b[j].radius);
    };
    expect_same({all.value}, {apart.value});
    expect_same(all.values, apart.values);
    expect_same(all.grad, apart.grad);
    expect_same(all.grad_y, apart.grad_y);
  }
}

TEST_P(EveryLoss, HasBallsThatSaySomething) {
  Draw draw(2);
  int narrow = 0;
  for (int i = 0; i < 300; ++i) {
    const Term<Ball100> term = GetParam()->textbook.over_bin100(row_over<Ball100>(draw.row(*GetParam())));
    const Ball100& value = term.at(Output::value, 0);
    narrow += value.radius <= Bin100("1e-90") * (1 + abs(value.mid));
  }
  EXPECT_GE(narrow, 150);
}

// At 2300 bits a difference of doubles and its square are exact, and all else is far narrower than any f64 ball.
TEST_P(EveryLoss, HasF64BallsThatContainArbs) {
  Draw draw(6);
  int inexact = 0;
  for (int i = 0; i < 1000; ++i) {
    const Row<double> row = drawn_in_range(draw, *GetParam());
    const ArbPrecision precision(2300);
    Term<Ball> coarse;
    Term<Arb> fine;
    GetParam()->enclosures.ball(row_over<Ball>(row), {true, true, true}, coarse);
    GetParam()->enclosures.arb(row_over<Arb>(row), {true, true, true}, fine);
    const auto expect_contained = [&](const Ball& ball, const Arb& arb) {
      ASSERT_TRUE(std::isfinite(ball.mid) && std::isfinite(ball.radius)) << text(row);
      Arb outer(ball.mid);
      arb_add_error_arf(outer.get(), arb_midref(Arb(ball.radius).get()));
      EXPECT_TRUE(arb_contains(outer.get(), arb.get())) << text(row);
      inexact += ball.radius != 0;
    };
    if (fine.values.empty()) expect_contained(coarse.value, fine.value);
    for (std::size_t j = 0; j < fine.values.size(); ++j) expect_contained(coarse.values[j], fine.values[j]);
    for (std::size_t j = 0; j < row.x.size(); ++j) expect_contained(coarse.grad[j], fine.grad[j]);
    for (std::size_t j = 0; j < row.y.size(); ++j) expect_contained(coarse.grad_y[j], fine.grad_y[j]);
  }
  EXPECT_GE(inexact, 250);
}

/// The value, or the sum of those of a row that is mapped, times its grad_output.
Interval total(const Row<Interval>& row, const Term<Interval>& term) {
  if (term.values.empty()) return term.value;
  Interval sum(0L);
  for (std::size_t j = 0; j < row.g.size(); ++j) sum += row.g[j] * term.values[j];
  return sum;
}

// Between x - h and x + h the derivative changes by at most h sup |L''|, and |L''| <= 2^350 for the smooth losses: p (1 -
// p) and s (1 - s) are at most 1/4, the second derivative of a square is 2, and what multiplies these is below 2^20, a
// beta below 32, or the square of a temperature's reciprocal, below 2^40; 1 / p^2 is below 2^290 where log p is not
// clamped, and 1 / y at most 2^200. A loss with a kink (a subgradient) has the quotients of both sides around it.
TEST_P(EveryLoss, HasTheDerivativesOfItsValue) {
  Draw draw(3);
  const auto evaluate = [](const Row<Interval>& row) {
    Term<Interval> term;
    GetParam()->enclosures.interval(row, {true, true, true}, term);
    return term;
  };
  for (int i = 0; i < 300; ++i) {
    Row<double> row = drawn_in_range(draw, *GetParam());
    if (GetParam()->name == "kl_div" && !row.parameters.log_target) row.y[0] = std::max(row.y[0], 0x1p-200);
    if (!(std::fabs(std::log2(std::fabs(row.parameters.beta))) < 5)) row.parameters.beta = 1;
    const Precision precision(2500);
    const Interval h = ldexp(Interval(1L), -1000), change = ldexp(h, 350);
    const Interval slack = hull(Interval(-change), change);
    const Row<Interval> at = row_over<Interval>(row);
    const Term<Interval> term = evaluate(at);
    const auto expect_derivative = [&](std::vector<Interval> Row<Interval>::*of, std::size_t j, const Interval& got) {
      Row<Interval> right = at, left = at;
      (right.*of)[j] += h;
      (left.*of)[j] -= h;
      const Interval from_right = (total(right, evaluate(right)) - total(at, term)) / h + slack;
      const Interval from_left = (total(at, term) - total(left, evaluate(left))) / h + slack;
      EXPECT_TRUE(overlap(hull(from_left, from_right), got)) << text(row) << ", j = " << j;
      EXPECT_LT(static_cast<double>(width(from_right)), 0x1p-630);
      EXPECT_LT(static_cast<double>(width(from_left)), 0x1p-630);
    };
    for (std::size_t j = 0; j < at.x.size(); ++j) expect_derivative(&Row<Interval>::x, j, term.grad[j]);
    for (std::size_t j = 0; j < at.y.size(); ++j) expect_derivative(&Row<Interval>::y, j, term.grad_y[j]);
  }
}

}  // namespace
}  // namespace oracles
