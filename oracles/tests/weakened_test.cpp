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
    if (wanted.value) change(term.value), std::ranges::for_each(term.values, change);
    if (wanted.grad) std::ranges::for_each(term.grad, change);
    if (wanted.grad_y) std::ranges::for_each(term.grad_y, change);
  };
}

Interval everything() { return hull(Interval(-inf), Interval(inf)); }

class Weakened : public ::testing::TestWithParam<const Definition*> {
 protected:
  /// Each loss at a row where its value and derivatives are inexact on every rung.
  static std::string found(const Definition& wrong) { return disagreement(wrong, inexact_row()).value_or(""); }

  static Row<double> inexact_row() {
    const Definition& loss = *GetParam();
    const double x = loss.arguments.size() == 1 ? 0x1.555556p-2 : 0x1.555556p-200;
    Row<double> made =
        row(loss.form == Form::classes ? std::vector{0x1.555556p-2, -0x1.99999ap-700} : std::vector{x}, 0.7);
    if (loss.takes.weight) made.w.assign(made.x.size(), 0x1.5555555555555p-1);
    return made;
  }

  /// At a row whose value is exact in neither f64 nor 128 bits, an end of every ball but for rounding.
  static std::string found_at_the_corner(const Definition& wrong) { return disagreement(wrong, corner()).value_or(""); }

  static Row<double> corner() {
    const Definition& loss = *GetParam();
    // Products and sums that round by half of an ulp.
    if (loss.name == "nll_loss") return {.x = {1.5, 0}, .w = {1 + 0x1p-52, 1}};
    if (loss.name == "logsumexp") return row({0x1p49, 0x1p49 - 2.75}, 0);
    if (loss.name == "distillation_kl") return {.x = {0x1.cp53, -3.5}, .y = {0, -800}};
    if (loss.form == Form::classes) return row({0x1p60, 0x1.8p-1}, 0.7, 1);
    // A value that is next to nothing, at the lower end of its ball.
    if (loss.arguments.size() == 1) return row({loss.name == "log_sigmoid" ? 0x1.8p10 : -0x1.8p10}, 0);
    if (loss.name == "binary_cross_entropy") return row({1}, 0x1.8p-60);
    if (loss.name == "kl_div") return row({0x1p60}, 0.5);
    return row({0x1.0000000000001p60}, -0x1.8p8);
  }

  /// With second numbers, or the target, and ordinary numbers from above where the loss maps rows.
  static Row<double> row(const std::vector<double>& x, double y, std::int64_t target = 0) {
    Row<double> made{.x = x, .target = target};
    const auto& arguments = GetParam()->arguments;
    if (arguments.size() > 1 && arguments[1].kind == Argument::Kind::real) {
      made.y = {y};
      if (x.size() > 1) made.y.push_back(y / 3);
    }
    if (GetParam()->maps_rows) made.g = std::vector{0.3, 0.8};
    made.g.resize(GetParam()->maps_rows ? x.size() : 0);
    return made;
  }

  static std::string excluded(const std::string& routes, int j = 0) {
    const std::string place = GetParam()->maps_rows ? "value[" + std::to_string(j) + "]" : "the value";
    return routes + " exclude each other on " + place;
  }

  /// Whether 128 bits are enough for every number of the row: then there is no radius to be lost.
  static bool is_exact_in_128_bits() {
    const Precision precision(128);
    Term<Interval> term;
    GetParam()->enclosures.interval(row_over<Interval>(inexact_row()), {true, false, false}, term);
    return is_point(term.at(Output::value, 0));
  }
};

INSTANTIATE_TEST_SUITE_P(Definitions, Weakened, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

TEST_P(Weakened, TheRightDefinitionIsNotCaught) {
  EXPECT_EQ(found(*GetParam()), "");
  EXPECT_EQ(found_at_the_corner(*GetParam()), "");
}

TEST_P(Weakened, ARadiusOfZeroIsCaught) {
  if (is_exact_in_128_bits()) return;
  Definition wrong = *GetParam();
  wrong.enclosures.interval = changed<Interval>(
      wrong.enclosures.interval, [](Interval& x) { mpfr_set(x.backend().right_data(), lower(x), MPFR_RNDN); });
  EXPECT_EQ(found(wrong), excluded("MPFI intervals of 128 bits and MPFI intervals of 256 bits"));
}

TEST_P(Weakened, ARadiusOfZeroInArbIsCaught) {
  if (is_exact_in_128_bits()) return;
  Definition wrong = *GetParam();
  wrong.enclosures.arb = changed<Arb>(wrong.enclosures.arb, [](Arb& x) { mag_zero(arb_radref(x.get())); });
  EXPECT_EQ(found(wrong), excluded("MPFI intervals of 256 bits and Arb balls of 128 bits"));
}

TEST_P(Weakened, ARadiusOfZeroInF64IsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x.radius = 0; });
  EXPECT_EQ(found(wrong), excluded("MPFI intervals of 128 bits and balls in f64"));
}

TEST_P(Weakened, AHalvedRadiusInF64IsCaughtAtACorner) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x.radius /= 2; });
  const int j = wrong.name == "softmax" ? 1 : 0;  // beside a number that is nearly 1
  EXPECT_EQ(found_at_the_corner(wrong), excluded("MPFI intervals of 128 bits and balls in f64", j));
}

TEST_P(Weakened, AWrongConstantIsCaught) {
  Definition wrong = *GetParam();
  wrong.enclosures.ball = changed<Ball>(wrong.enclosures.ball, [](Ball& x) { x = x * Ball(1 + 0x1p-40); });
  EXPECT_EQ(found(wrong), excluded("MPFI intervals of 128 bits and balls in f64"));
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
}

// One class: its derivative is 0 whatever it is multiplied by.
TEST(WeakenedCrossEntropy, AFactorOfAZeroIsNoFault) {
  Definition wrong = cross_entropy();
  wrong.textbook.over_bin100 = [right = wrong.textbook.over_bin100](const Row<Ball100>& row) {
    Term<Ball100> term = right(row);
    term.grad[0] = term.grad[0] * Ball100(1 + 0x1p-40);
    return term;
  };
  EXPECT_EQ(disagreement(wrong, {{0.3}, {}, 0}).value_or(""), "");
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
  wrong.textbook.over_bin100 = [](const Row<Ball100>& row) {
    return Term<Ball100>{0, std::vector<Ball100>(row.x.size(), 0)};
  };
  wrong.enclosures.interval = [](const Row<Interval>& row, Wanted, Term<Interval>& term) {
    term.value = everything();
    term.grad.assign(row.x.size(), everything());
    term.grad_y.assign(row.y.size(), everything());
  };
  EXPECT_EQ(found(wrong), "MPFI intervals of 128 bits and cpp_bin_float_100 give different numbers of results");
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
  EXPECT_EQ(found(wrong), excluded("MPFI intervals of 128 bits and exact rationals"));
}

}  // namespace
}  // namespace oracles
