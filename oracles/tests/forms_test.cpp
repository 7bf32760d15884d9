// Losses of every form, made up: rows, weights, divisors, functions that map rows, and what is not known of a number.
#include <gtest/gtest.h>

#include "oracles/cross_check.h"
#include "oracles/divisor.h"
#include "oracles/enclosure.h"
#include "oracles/rows.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/made_up.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

using made_up::of_logits;
using made_up::times_sum;
using made_up::weighted_difference;
using made_up::weighted_product;

Tensor f64(Shape shape, std::vector<double> values) { return reals(DType::f64, std::move(shape), std::move(values)); }

std::vector<double> all(const Definition& loss, const Problem& p, Output output) {
  const Reference reference(loss, p);
  std::vector<double> result;
  for (std::int64_t i = 0; i < count(reference.shape(output)); ++i) {
    const Rounded rounded = reference.rounded(output, i);
    EXPECT_TRUE(rounded.decided) << i;
    result.push_back(rounded.value);
  }
  return result;
}

using Numbers = std::vector<double>;

TEST(Forms, OfLogitsAlone) {
  const Definition loss = of_logits();
  const Problem p = problem(loss, {f64({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})}, {Reduction::none});
  EXPECT_EQ(Reference(loss, p).shape(Output::value), Shape({2, 2}));
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{22, 28, 58, 64}));
  EXPECT_EQ(all(loss, p, Output::grad), (Numbers{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(p.outputs().size(), 2U);
}

TEST(Forms, OfRealTargetsOverClasses) {
  const Definition loss = weighted_product();
  Problem p = problem(loss, {f64({2, 2}, {1, 2, 3, 4}), f64({2, 2}, {5, 6, 7, 8})}, {Reduction::none});
  p.grad_output.reals = {1, 2};
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{17, 53}));
  EXPECT_EQ(all(loss, p, Output::grad), (Numbers{5, 6, 14, 16}));
  EXPECT_EQ(all(loss, p, Output::grad_target), (Numbers{1, 2, 6, 8}));
  p.attributes.weight = f64({2}, {1, -0.5});
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{-1, 5}));
  EXPECT_EQ(all(loss, p, Output::grad_target), (Numbers{1, -1, 6, -4}));
}

TEST(Forms, OfClassIndicesWhereTheArgumentMayBeEither) {
  const Definition loss = weighted_product();
  Problem p = problem(loss, {f64({3, 2}, {1, 2, 3, 4, nan, nan}), indices({3}, {1, 0, -100})}, {Reduction::mean});
  EXPECT_EQ(p.outputs().size(), 2U);
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{2.5}));
  p.attributes.weight = f64({2}, {0.25, 0.75});
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{2.25}));  // (0.75 * 2 + 0.25 * 3) / (0.75 + 0.25)
  EXPECT_EQ(all(loss, p, Output::grad), (Numbers{0, 0.75, 0.25, 0, 0, 0}));
}

TEST(Weights, BroadcastAsInNumPy) {
  const Definition loss = weighted_difference();
  Problem p = problem(loss, {f64({2, 3}, {1, 2, 3, 4, 5, 6}), f64({2, 3}, {0, 0, 0, 0, 0, 0})}, {Reduction::none});
  const auto values = [&](Tensor weight) {
    p.attributes.weight = std::move(weight);
    return all(loss, p, Output::value);
  };
  EXPECT_EQ(values(f64({}, {2})), (Numbers{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(values(f64({3}, {1, 0, -1})), (Numbers{1, 0, -3, 4, 0, -6}));
  EXPECT_EQ(values(f64({2, 1}, {1, 10})), (Numbers{1, 2, 3, 40, 50, 60}));
  EXPECT_EQ(values(f64({1, 3}, {1, 2, 3})), (Numbers{1, 4, 9, 4, 10, 18}));
  EXPECT_EQ(values(f64({2, 3}, {1, 2, 3, 4, 5, 6})), (Numbers{1, 4, 9, 16, 25, 36}));
  EXPECT_EQ(broadcast_index({2, 3, 4}, 23, {3, 1}), 2U);
  EXPECT_EQ(broadcast_index({2, 3, 4}, 23, {2, 1, 4}), 7U);
}

TEST(Weights, DivideTheMeanByTheirExactSum) {
  const Definition loss = weighted_difference();
  const auto mean = [&](Numbers weights, Output output, double g = 1) {
    const std::int64_t n = std::ssize(weights);
    const Numbers ones(weights.size(), 1), zeros(weights.size(), 0);
    Problem p = problem(loss, {f64({n}, ones), f64({n}, zeros)}, {Reduction::mean}, g);
    p.attributes.weight = f64({n}, std::move(weights));
    return all(loss, p, output);
  };
  EXPECT_EQ(mean({0x1p-1074, 1e300, 3}, Output::value), (Numbers{1}));
  // 1 over 1 + 2^-60, of which no double is the sum; and over a negative sum.
  EXPECT_EQ(mean({1, 0x1p-60}, Output::grad), (Numbers{1, 0x1p-60}));
  EXPECT_EQ(mean({-1, -3}, Output::grad), (Numbers{0.25, 0.75}));
  EXPECT_EQ(mean({1, -3}, Output::grad_target, inf), (Numbers{inf, -inf}));
  // A sum of 0 has no mean.
  EXPECT_TRUE(same(mean({1, -1}, Output::value)[0], nan));
  EXPECT_TRUE(same(mean({1, -1}, Output::grad)[1], nan));
  EXPECT_EQ(mean({1, -1}, Output::grad, 0), (Numbers{0, 0}));
}

TEST(Weights, AreDividedByOnEveryRung) {
  const Divisor divisor(Rational(1) / 3);
  const Rational third = Rational(2) * 3;
  const Ball ball = divisor.divide(Ball(2));
  EXPECT_LE(abs(Rational(ball.mid) - third), Rational(ball.radius));
  EXPECT_LT(ball.radius, 0x1p-45);
  const ArbPrecision arb_precision(128);
  EXPECT_TRUE(arb_contains_si(divisor.divide(Arb(2)).get(), 6));
  const Precision precision(128);
  const Interval interval = divisor.divide(Interval(2L));
  EXPECT_TRUE(mpfr_cmp_si(lower(interval), 6) <= 0 && mpfr_cmp_si(upper(interval), 6) >= 0);
  EXPECT_EQ(Divisor(Rational(-1) / 3).sign(), -1);
  EXPECT_FALSE(divisor.is_one());
  EXPECT_TRUE(Divisor(1).is_one());
}

TEST(Batchmean, DividesByTheExtentOfTheFirstDimension) {
  const auto value = [](const Shape& shape) {
    const Numbers ones(static_cast<std::size_t>(count(shape)), 1);
    const Problem p =
        problem(mse_loss(), {f64(shape, ones), f64(shape, Numbers(ones.size(), 0))}, {Reduction::batchmean});
    return truth(mse_loss(), p, Output::value);
  };
  EXPECT_EQ(value({4, 6}), 6);
  EXPECT_EQ(value({4}), 1);
  EXPECT_EQ(value({}), 1);
  EXPECT_TRUE(same(value({0, 3}), nan));
  EXPECT_TRUE(same(value({3, 0}), 0));
  const Problem row = problem(of_logits(), {f64({3}, {1, 1, 1})}, {Reduction::batchmean});
  EXPECT_EQ(truth(of_logits(), row, Output::value), 6);
}

TEST(MapsOfRows, HaveValuesOfTheInputsShape) {
  const Definition loss = times_sum();
  Problem p = problem(loss, {f64({1, 2, 2}, {1, 2, 3, 4})}, {Reduction::none});
  EXPECT_EQ(p.grad_output.shape, Shape({1, 2, 2}));
  EXPECT_EQ(all(loss, p, Output::value), (Numbers{4, 12, 12, 24}));
  p.grad_output.reals = {1, 0, 10, 0};
  EXPECT_EQ(all(loss, p, Output::grad), (Numbers{35, 0, 71, 0}));  // g_j S + (1 + 30), S = 4
}

TEST(MapsOfRows, HaveTheGradientsOfTheirWholeGradOutput) {
  const Definition loss = times_sum();
  const auto grad = [&](Numbers x, Numbers g) {
    Problem p = problem(loss, {f64({2}, std::move(x))}, {Reduction::none});
    p.grad_output.reals = std::move(g);
    return all(loss, p, Output::grad);
  };
  const auto expect_all = [](const Numbers& got, double expected) {
    for (const double v : got) EXPECT_TRUE(same(v, expected)) << v;
  };
  expect_all(grad({1, 2}, {0, nan}), nan);
  expect_all(grad({1, nan}, {0, 0}), nan);
  expect_all(grad({1, inf}, {0, -0.0}), 0);
  expect_all(grad({1, 2}, {inf, 0}), inf);
  expect_all(grad({1, inf}, {1, 0}), nan);
}

TEST(MapsOfRows, AreCrossChecked) {
  Definition loss = times_sum();
  const Row<double> row{{0.1, 2.5, -3}, {}, 0, {}, {}, {}, {1, -0.3, 7}};
  EXPECT_EQ(disagreement(loss, row).value_or(""), "");
  const Formula<Arb> right = loss.enclosures.arb;
  loss.enclosures.arb = [=](const Row<Arb>& r, Wanted wanted, Term<Arb>& term) {
    right(r, wanted, term);
    term.values[1] = term.values[1] + Arb(0x1p-80);
  };
  EXPECT_EQ(disagreement(loss, row).value_or(""),
            "MPFI intervals of 128 bits and Arb balls of 128 bits exclude each other on value[1]");
  loss = times_sum();
  const auto textbook = loss.textbook.over_dual;
  loss.textbook.over_dual = [=](const Row<Dual>& r) {
    Term<Dual> term = textbook(r);
    term.values[2].slope = term.values[2].slope + Ball100(1);
    return term;
  };
  EXPECT_EQ(disagreement(loss, row).value_or(""),
            "MPFI intervals of 128 bits and dual numbers exclude each other on the derivative with respect to x[0]");
}

/// The square, of which this is said to be known: rows whose x is above `from` have no rational.
Definition square_known_below(double from) {
  Definition loss = made_up::rational("square", Form::elements, {{"input", made_up::real}},
                                      []<class R>(const Row<R>& row, Term<R>& term) {
                                        term = {row.x[0] * row.x[0], {2 * row.x[0]}};
                                      });
  const auto right = loss.exact_value;
  loss.exact_value = [=](const Row<double>& row, std::size_t j) {
    return row.x[0] > from ? std::nullopt : right(row, j);
  };
  return loss;
}

// 17^2 lies midway between 288 and 290 in bf16: its enclosures are points, and so is what they add up to.
TEST(Theorems, DecideWhatEndpointsDoNot) {
  const auto rounded = [](const Definition& loss, Numbers x) {
    Problem p = problem(loss, {f64({std::ssize(x)}, x)}, {Reduction::sum});
    p.value_dtype = DType::bf16;
    // An interval from the square to just above, as of a row whose smallest term MPFR cannot hold.
    Definition wide = loss;
    wide.enclosures.interval = [](const Row<Interval>& row, Wanted, Term<Interval>& term) {
      term.value = row.x[0] * row.x[0];
      mpfr_nextabove(term.value.backend().right_data());
    };
    wide.enclosures.arb = [](const Row<Arb>&, Wanted, Term<Arb>& term) { arb_zero_pm_inf(term.value.get()); };
    wide.enclosures.ball = [](const Row<Ball>&, Wanted, Term<Ball>& term) { term.value = {0, inf}; };
    return Reference(wide, p).rounded(Output::value, 0);
  };
  Definition loss = square_known_below(0);
  EXPECT_EQ(rounded(loss, {17}).value, 290);  // irrational, they say, so above the midpoint
  EXPECT_EQ(rounded(loss, {17, 0}).value, 290);
  // 578 lies midway between 576 and 580; two irrational rows may add up to it, or be known not to.
  EXPECT_FALSE(rounded(loss, {17, 17}).decided);
  loss.theorems.of_sums = [](const Row<double>&) { return true; };
  EXPECT_EQ(rounded(loss, {17, 17}).value, 580);
  loss.theorems.of_sums = [](const Row<double>& row) { return row.x[0] > 17; };
  EXPECT_FALSE(rounded(loss, {17, 17}).decided);
  loss.theorems.of_sums = {};
  loss.theorems.of_values = false;
  EXPECT_FALSE(rounded(loss, {17}).decided);
  EXPECT_EQ(rounded(loss, {-17}).value, 288);  // the rational, a tie
}

}  // namespace
}  // namespace oracles
