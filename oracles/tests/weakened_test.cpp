// What the cross-check of rungs is worth: definitions weakened on purpose, each of which it must catch.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracles/cross_check.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

/// The definition with `change` made to each number that its formula over R gives.
template <class R, class Change>
Formula<R> changed(const Formula<R>& right, const Change& change) {
  return [=](const Row<R>& row, Wanted wanted, Term<R>& term) {
    right(row, wanted, term);
    if (wanted.value) change(term.value);
    if (wanted.grad) std::ranges::for_each(term.grad, change);
    if (wanted.grad_y) std::ranges::for_each(term.grad_y, change);
  };
}

Interval everything() { return hull(Interval(-inf), Interval(inf)); }

class Weakened : public ::testing::TestWithParam<const Definition*> {
 protected:
  /// Each loss at a row where its value and derivatives are inexact on every rung.
  static std::string found(const Definition& wrong) {
    const Row<double> row{{0x1.555556p-2, -0x1.99999ap-700}, {}, 0};
    const Row<double> one_x{{0x1.555556p-200}, {0.7}, 0};
    const Row<double> alone{{0x1.555556p-2}, {}, 0};
    return disagreement(wrong, wrong.form == Form::classes ? row : wrong.arguments.size() == 1 ? alone : one_x)
        .value_or("");
  }

  /// At a row whose value is exact in neither f64 nor 128 bits, an end of every ball but for rounding.
  static std::string found_at_the_corner(const Definition& wrong) {
    const Row<double> row{{0x1p60, 0x1.8p-1}, {}, 1};
    const Row<double> one_x{{0x1.0000000000001p60}, {-0x1.8p8}, 0};
    // A value that is next to nothing, at the lower end of its ball.
    const Row<double> alone{{wrong.name == "log_sigmoid" ? 0x1.8p10 : -0x1.8p10}, {}, 0};
    return disagreement(wrong, wrong.form == Form::classes ? row : wrong.arguments.size() == 1 ? alone : one_x)
        .value_or("");
  }
};

INSTANTIATE_TEST_SUITE_P(Definitions, Weakened, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

TEST_P(Weakened, TheRightDefinitionIsNotCaught) {
  EXPECT_EQ(found(*GetParam()), "");
  EXPECT_EQ(found_at_the_corner(*GetParam()), "");
}

TEST_P(Weakened, ARadiusOfZeroIsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.interval = changed<Interval>(
      wrong.enclosures.interval, [](Interval& x) { mpfr_set(x.backend().right_data(), lower(x), MPFR_RNDN); });
  EXPECT_EQ(found(wrong), "MPFI intervals of 128 bits and MPFI intervals of 256 bits exclude each other on the value");
}

TEST_P(Weakened, ARadiusOfZeroInArbIsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.arb = changed<Arb>(wrong.enclosures.arb, [](Arb& x) { mag_zero(arb_radref(x.get())); });
  EXPECT_EQ(found(wrong), "MPFI intervals of 256 bits and Arb balls of 128 bits exclude each other on the value");
}

TEST_P(Weakened, ARadiusOfZeroInF64IsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x.radius = 0; });
  EXPECT_EQ(found(wrong), "MPFI intervals of 128 bits and balls in f64 exclude each other on the value");
}

TEST_P(Weakened, AHalvedRadiusInF64IsCaughtAtACorner) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x.radius /= 2; });
  EXPECT_EQ(found_at_the_corner(wrong), "MPFI intervals of 128 bits and balls in f64 exclude each other on the value");
}

TEST_P(Weakened, AWrongConstantIsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x = x * Ball(1 + 0x1p-40); });
  EXPECT_EQ(found(wrong), "MPFI intervals of 128 bits and balls in f64 exclude each other on the value");
}

TEST_P(Weakened, AWrongDerivativeIsCaught) {
  Definition wrong = *GetParam();
  wrong.textbook.over_bin100 = [right = wrong.textbook.over_bin100](const Row<Ball100>& row) {
    Term<Ball100> term = right(row);
    term.grad[0] = term.grad[0] * Ball100(1 + 0x1p-40);
    return term;
  };
  EXPECT_EQ(found(wrong),
            "MPFI intervals of 128 bits and cpp_bin_float_100 exclude each other on the derivative with "
            "respect to x[0]");
  // One class: its derivative is 0 whatever it is multiplied by.
  if (wrong.form == Form::classes) {
    EXPECT_EQ(disagreement(wrong, {{0.3}, {}, 0}).value_or(""), "");
  }
}

TEST_P(Weakened, AWrongDerivativeOfTheTargetIsCaught) {
  Definition wrong = *GetParam();
  if (wrong.arguments.size() < 2 || wrong.arguments[1].kind != Argument::Kind::real) return;
  wrong.textbook.over_bin100 = [right = wrong.textbook.over_bin100](const Row<Ball100>& row) {
    Term<Ball100> term = right(row);
    term.grad_y[0] = term.grad_y[0] * Ball100(1 + 0x1p-40);
    return term;
  };
  EXPECT_EQ(found(wrong),
            "MPFI intervals of 128 bits and cpp_bin_float_100 exclude each other on the derivative with "
            "respect to y[0]");
  wrong.textbook.over_bin100 = [](const Row<Ball100>&) { return Term<Ball100>{0, {0}}; };
  wrong.enclosures.interval = [](const Row<Interval>&, Wanted, Term<Interval>& term) {
    term.value = everything();
    term.grad.assign(1, everything());
    term.grad_y.assign(1, everything());
  };
  EXPECT_EQ(found(wrong),
            "MPFI intervals of 128 bits and cpp_bin_float_100 give different numbers of results");
}

// Wrong in all formulas alike, as where the definition's author errs: the dual numbers know no derivative.
TEST_P(Weakened, ADerivativeThatIsWrongOnEveryRungIsCaughtByDualNumbers) {
  Definition wrong = *GetParam();
  const auto twice = []<class R>(R& g) { g = g + g; };
  const auto in_gradients = [&]<class R>(const Formula<R>& right) -> Formula<R> {
    return [=](const Row<R>& row, Wanted wanted, Term<R>& term) {
      right(row, wanted, term);
      for (R& g : term.grad) twice(g);
    };
  };
  wrong.enclosures.ball = in_gradients(wrong.enclosures.ball);
  wrong.enclosures.arb = in_gradients(wrong.enclosures.arb);
  wrong.enclosures.interval = in_gradients(wrong.enclosures.interval);
  wrong.exact_gradient = [](const Row<double>&, Output, std::size_t) { return std::nullopt; };
  wrong.textbook.over_bin100 = [right = wrong.textbook.over_bin100](const Row<Ball100>& row) {
    Term<Ball100> term = right(row);
    for (Ball100& g : term.grad) g = g + g;
    return term;
  };
  EXPECT_EQ(found(wrong),
            "MPFI intervals of 128 bits and dual numbers exclude each other on the derivative with respect to x[0]");
}

TEST_P(Weakened, AWrongRationalIsCaught) {
  Definition wrong = *GetParam();
  wrong.exact_value = [](const Row<double>&, std::size_t) { return Rational(1, 3); };
  EXPECT_EQ(found(wrong), "MPFI intervals of 128 bits and exact rationals exclude each other on the value");
}

}  // namespace
}  // namespace oracles
