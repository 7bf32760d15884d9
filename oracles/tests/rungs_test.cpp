// The rungs never disagree, and gradients are the derivatives of values by a route that knows no derivative.
#include <gtest/gtest.h>

#include <sstream>

#include "oracles/cross_check.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

std::string to_string(const Row<double>& row) {
  std::ostringstream out;
  out << std::hexfloat;
  for (const double x : row.x) out << x << " ";
  out << "y " << row.y << " target " << row.target;
  return out.str();
}

class EveryLoss : public ::testing::TestWithParam<const Definition*> {};

INSTANTIATE_TEST_SUITE_P(Oracles, EveryLoss, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

TEST_P(EveryLoss, HasRungsThatNeverDisagree) {
  Draw draw(1);
  for (int i = 0; i < 3000; ++i) {
    const Row<double> row = draw.row(*GetParam());
    EXPECT_EQ(disagreement(*GetParam(), row).value_or(""), "") << to_string(row);
  }
}

TEST_P(EveryLoss, HasBallsThatSaySomething) {
  Draw draw(2);
  int narrow = 0;
  for (int i = 0; i < 300; ++i) {
    const Term<Ball> term = GetParam()->over_bin100(row_over<Ball>(draw.row(*GetParam())));
    narrow += term.value.radius <= Bin100("1e-90") * (1 + abs(term.value.mid));
  }
  EXPECT_GE(narrow, 150);
}

// Between x - h and x + h the derivative changes by at most h sup |L''|, and |L''| <= 2 for the smooth losses: p (1 -
// p) and s (1 - s) are at most 1/4, the second derivative of a square is 2. A loss with a kink (a subgradient) has the
// quotients of both sides around it.
TEST_P(EveryLoss, HasTheDerivativesOfItsValue) {
  Draw draw(3);
  const auto& evaluate = GetParam()->over_intervals;
  for (int i = 0; i < 300; ++i) {
    const Row<double> row = draw.row(*GetParam());
    const Precision precision(2048);
    const Interval h = ldexp(Interval(1L), -600);
    const Interval slack = hull(Interval(-h), h);
    const Row<Interval> at = row_over<Interval>(row);
    const Term<Interval> term = evaluate(at);
    for (std::size_t j = 0; j < at.x.size(); ++j) {
      Row<Interval> right = at, left = at;
      right.x[j] += h;
      left.x[j] -= h;
      const Interval from_right = (evaluate(right).value - term.value) / h + slack;
      const Interval from_left = (term.value - evaluate(left).value) / h + slack;
      EXPECT_TRUE(overlap(hull(from_left, from_right), term.grad[j])) << to_string(row) << ", j = " << j;
      EXPECT_LT(static_cast<double>(width(from_right)), 0x1p-590);
      EXPECT_LT(static_cast<double>(width(from_left)), 0x1p-590);
    }
  }
}

/// The definition with each enclosure replaced by its lower end: a radius of zero that nothing justifies.
Definition without_radius(const Definition& definition) {
  Definition wrong = definition;
  wrong.over_intervals = [right = definition.over_intervals](const Row<Interval>& row) {
    Term<Interval> term = right(row);
    mpfr_set(term.value.backend().right_data(), lower(term.value), MPFR_RNDN);
    for (Interval& g : term.grad) mpfr_set(g.backend().right_data(), lower(g), MPFR_RNDN);
    return term;
  };
  return wrong;
}

TEST_P(EveryLoss, IsCaughtWithARadiusOfZero) {
  const Definition wrong = without_radius(*GetParam());
  const Row<double> row{{0x1.555556p-2, -0x1.99999ap-700}, 0.7, 0};
  const Row<double> one_x{{0x1.555556p-200}, 0.7, 0};
  const std::string found = disagreement(wrong, wrong.form == Form::classes ? row : one_x).value_or("");
  EXPECT_EQ(found, "intervals of 128 bits and intervals of 256 bits exclude each other on the value");
}

TEST_P(EveryLoss, IsCaughtWithAWrongDerivative) {
  Definition wrong = *GetParam();
  wrong.over_bin100 = [right = wrong.over_bin100](const Row<Ball>& row) {
    Term<Ball> term = right(row);
    term.grad[0] = term.grad[0] * Ball(1 + 0x1p-40);
    return term;
  };
  EXPECT_EQ(
      disagreement(wrong, {{0.3}, 0.7, 0}).value_or(""),
      wrong.form == Form::classes
          ? ""  // one class: its derivative is 0 whatever it is multiplied by
          : "intervals of 128 bits and cpp_bin_float_100 exclude each other on the derivative with respect to x[0]");
  EXPECT_EQ(disagreement(wrong, {{0.3, 0.4}, 0.7, 1}).value_or("").empty(), false);
}

}  // namespace
}  // namespace oracles
