// Answers about single rows are those of the reference, and errors do not depend on who is asked first.
#include "oracles/row_oracle.h"

#include <gtest/gtest.h>

#include <vector>

#include "oracles/rounding.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/exact.h"
#include "oracles/tests/problems.h"
#include "oracles/tests/row_text.h"
#include "oracles/tests/threads.h"

namespace oracles {
namespace {

class RowOracleOf : public ::testing::TestWithParam<const Definition*> {};

INSTANTIATE_TEST_SUITE_P(Oracles, RowOracleOf, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

/// A row with an infinity or NaN in every eighth case, or with a second number that is an edge of some losses.
Row<double> drawn_row(const Definition& definition, Draw& draw) {
  Row<double> row = draw.row(definition);
  const double specials[] = {inf, -inf, nan, -inf};
  if (draw.below(8) == 0) row.x[draw.below(row.x.size())] = specials[draw.below(4)];
  if (definition.form == Form::classes || definition.arguments.size() < 2 || draw.below(8) != 0) return row;
  const double seconds[] = {inf, -inf, nan, 0, -0.5, 0x1p31};
  row.y[0] = allowed(definition.arguments[1], seconds[draw.below(6)]);
  return row;
}

Problem problem_of(const Definition& definition, const Row<double>& row, DType dtype) {
  const Shape shape = definition.form == Form::classes ? Shape{static_cast<std::int64_t>(row.x.size())} : Shape{};
  std::vector<Tensor> inputs{reals(DType::f64, shape, row.x)};
  if (definition.arguments.size() > 1)
    inputs.push_back(row.has_class() ? indices({}, {row.target}) : reals(DType::f64, shape, row.y));
  Attributes attributes{.reduction = Reduction::none, .parameters = row.parameters};
  if (!row.w.empty()) attributes.weight = reals(DType::f64, shape, row.w);
  if (!row.pos_weight.empty()) attributes.pos_weight = reals(DType::f64, shape, row.pos_weight);
  Problem p = problem(definition, inputs, attributes);
  if (!row.g.empty()) p.grad_output.reals = row.g;
  p.value_dtype = p.grad_dtype = dtype;
  return p;
}

/// The outputs that are functions of a row alone: no gradient that depends on all of a row's grad_output.
std::vector<Output> outputs_of(const Definition& definition) {
  if (definition.maps_rows) return {Output::value};
  std::vector<Output> outputs{Output::value, Output::grad};
  if (definition.arguments.size() > 1 && definition.arguments[1].kind == Argument::Kind::real)
    outputs.push_back(Output::grad_target);
  return outputs;
}

/// Results that an implementation might give: the right one, its neighbours, zeros, what is not finite.
std::vector<double> results_near(double rounded, const Format& format) {
  const double next = quantized(rounded + std::ldexp(rounded, 1 - format.precision), format);
  return {rounded, next, quantized(2 * rounded, format), 0.0, -0.0, inf, nan};
}

TEST_P(RowOracleOf, AgreesWithTheReference) {
  const Definition& definition = *GetParam();
  Draw draw(1);
  for (const DType dtype : real_dtypes) {
    for (const Output output : outputs_of(definition)) {
      RowOracle oracle(definition, output, 0, dtype, Rung::ball);
      for (int i = 0; i < 500; ++i) {
        const Row<double> row = drawn_row(definition, draw);
        const Problem p = problem_of(definition, row, dtype);
        const Reference reference(definition, p, Rung::ball);
        oracle.set(row);
        const Rounded got = oracle.rounded();
        const Rounded expected = reference.rounded(output, 0);
        ASSERT_EQ(got.decided, expected.decided) << definition.name << " " << i;
        EXPECT_TRUE(same(got.value, expected.value)) << definition.name << " " << name(dtype) << " " << i;
        for (const double result : results_near(got.value, format_of(dtype))) {
          const auto found = oracle.exact_error(result);
          ASSERT_TRUE(found) << text(row) << " " << name(dtype) << " " << i << ", result " << result;
          const double error = *found;
          const ErrorRange range = oracle.error_range(result);
          EXPECT_LE(range.least, error);
          EXPECT_GE(range.most, error);
          const double coarse = reference.ulp_error(output, 0, result);
          EXPECT_TRUE(coarse == error || std::fabs(coarse - error) <= std::max(0.01, error * 0x1p-40))
              << coarse << " " << error;
        }
      }
    }
  }
}

TEST_P(RowOracleOf, GivesTheSameErrorsWhicheverRungIsFirst) {
  const Definition& definition = *GetParam();
  Draw draw(2);
  for (const DType dtype : real_dtypes) {
    for (const Output output : outputs_of(definition)) {
      RowOracle from_ball(definition, output, 0, dtype, Rung::ball), from_arb(definition, output, 0, dtype, Rung::arb);
      for (int i = 0; i < 500; ++i) {
        const Row<double> row = drawn_row(definition, draw);
        from_ball.set(row);
        from_arb.set(row);
        const Rounded ball = from_ball.rounded(), arb = from_arb.rounded();
        ASSERT_TRUE(ball.decided && arb.decided);
        EXPECT_TRUE(same(ball.value, arb.value));
        EXPECT_NE(arb.by, Rung::ball);
        for (const double result : results_near(ball.value, format_of(dtype))) {
          const auto one = from_ball.exact_error(result);
          EXPECT_TRUE(one) << text(row) << " " << name(dtype) << ", result " << result;
          EXPECT_EQ(one, from_arb.exact_error(result));
        }
        if (!std::isfinite(ball.value)) continue;
        EXPECT_EQ(from_ball.is_tie(), from_arb.is_tie());
      }
    }
  }
}

TEST_P(RowOracleOf, TellsWhoAnswered) {
  const Definition& definition = *GetParam();
  RowOracle oracle(definition, Output::value, 0, DType::f32, Rung::ball);
  const auto row = [&](double first) {
    const bool is_of_classes = definition.form == Form::classes;
    Row<double> made{is_of_classes ? std::vector{first, 0.5} : std::vector{first}};
    if (definition.arguments.size() > 1 && definition.arguments[1].kind == Argument::Kind::real)
      made.y = is_of_classes ? std::vector{0.25, 0.75} : std::vector{0.25};
    return made;
  };
  oracle.set(row(0.3));
  EXPECT_EQ(oracle.rounded().by, Rung::ball);
  oracle.set(row(nan));
  EXPECT_EQ(oracle.rounded().by, Rung::contract);
  EXPECT_TRUE(std::isnan(oracle.rounded().value));
  EXPECT_EQ(oracle.exact_error(nan), 0);
  EXPECT_EQ(oracle.exact_error(1), inf);
  EXPECT_EQ(oracle.error_range(1).least, inf);
  const Row<double> infinite = row(inf);
  if (allowed(definition.arguments[0], inf) != inf) return;
  const auto limit = definition.limit(infinite);
  ASSERT_TRUE(limit && !limit->left.value);
  const Extended& expected = limit->at(Output::value, 0);
  oracle.set(infinite);
  EXPECT_EQ(oracle.rounded().by, Rung::contract);
  EXPECT_EQ(oracle.rounded().value,
            expected.is_finite() ? static_cast<double>(expected.rational()) : expected.nonfinite());
}

// As exhaustive runs ask: a row oracle per thread, whose rows climb to different rungs.
TEST_P(RowOracleOf, GivesThreadsTheAnswersThatItGivesOne) {
  const Definition& definition = *GetParam();
  const auto answers = [&] {
    std::vector<double> found;
    for (const DType dtype : {DType::bf16, DType::f64}) {
      Draw draw(3);
      RowOracle oracle(definition, Output::grad, 0, dtype);
      for (int i = 0; i < 200; ++i) {
        oracle.set(drawn_row(definition, draw));
        const double value = oracle.rounded().value;
        found.push_back(std::isnan(value) ? 12345 : value);
        found.push_back(oracle.exact_error(1).value_or(-1));
      }
    }
    return found;
  };
  expect_same_in_threads(answers);
}

// t - 1 = -1 + 2^-56992: off from -1 by less than any double tells, and from its neighbour by one spacing and as much less.
TEST(ExactError, OfAResultThatIsAnEndOfEveryEnclosureIsDecided) {
  RowOracle oracle(binary_cross_entropy_with_logits(), Output::grad, 0, DType::f32);
  oracle.set({{-39504.7}, {1}, 0});
  EXPECT_EQ(oracle.rounded().value, -1);
  EXPECT_EQ(oracle.exact_error(-1), 0);
  EXPECT_EQ(oracle.exact_error(-1 + 0x1p-24), 1);
  EXPECT_EQ(oracle.exact_error(-1 - 0x1p-23), 2);
  // p_0 - 1 with p_0 = e^-11130, which is beside a rational.
  RowOracle beside(cross_entropy(), Output::grad, 0, DType::f16);
  beside.set({{149, 0, 11279.8}, {}, 0});
  EXPECT_EQ(beside.rounded().value, -1);
  EXPECT_EQ(beside.exact_error(-1), 0);
  EXPECT_EQ(beside.exact_error(-1 + 0x1p-11), 1);
}

// e^-200 is beside nothing: the error of -1 is that many spacings of 2^-24.
TEST(ExactError, OfAConfidentRowIsItsSmallRest) {
  RowOracle oracle(cross_entropy(), Output::grad, 0, DType::f32);
  oracle.set({{0, 200}, {}, 0});
  EXPECT_EQ(oracle.rounded().value, -1);
  EXPECT_NEAR(oracle.exact_error(-1).value() / (std::exp(-200) * 0x1p24), 1, 0x1p-40);
}

// What is known of numbers beside a rational is on which side of it they lie, and how near.
TEST(Resolved, ANumberBesideARationalIsStrictlyBetweenTheEnds) {
  for (const int side : {-1, 1}) {
    for (const Rational& q : {Rational(0), Rational(-1), Rational(1, 3), Rational(-2, 3)}) {
      const Interval found = resolved({q, side});
      const Precision precision(last_precision);
      const Rational off = (q == 0 ? Rational(1) : Rational(abs(q))) * power(-15'001) * side;
      const Interval number = enclose(Rational(q + off));
      EXPECT_TRUE(mpfr_less_p(lower(found), lower(number)) != 0 && mpfr_less_p(upper(number), upper(found)) != 0) << q;
      EXPECT_LE(static_cast<double>(width(found)), 0x1p-1074);
    }
  }
}

bool is_tie(const Definition& definition, Output output, DType dtype, const Row<double>& row) {
  RowOracle oracle(definition, output, 0, dtype);
  oracle.set(row);
  EXPECT_TRUE(oracle.rounded().decided);
  return oracle.is_tie();
}

TEST(Ties, OfMseAreTheMidpointsAndNothingBesideThem) {
  const auto tie = [](Output output, DType dtype, double x, double y) {
    return is_tie(mse_loss(), output, dtype, {{x}, {y}, 0});
  };
  EXPECT_TRUE(tie(Output::value, DType::bf16, 17, 0));  // 289, between 288 and 290
  EXPECT_FALSE(tie(Output::value, DType::bf16, 17, 0x1p-100));
  EXPECT_FALSE(tie(Output::value, DType::bf16, 17, -0x1p-1074));
  EXPECT_FALSE(tie(Output::value, DType::bf16, 16, 0));
  EXPECT_FALSE(tie(Output::value, DType::f16, 17, 0));
  EXPECT_TRUE(tie(Output::value, DType::f32, 4097, 0));
  EXPECT_FALSE(tie(Output::value, DType::f64, 4097, 0));
  EXPECT_TRUE(tie(Output::value, DType::f64, 94906267, 0));
  EXPECT_FALSE(tie(Output::value, DType::f64, 94906267, 5e-324));
  EXPECT_TRUE(tie(Output::value, DType::f32, 0x1p-75, 0));  // 2^-150, half the smallest number
  EXPECT_FALSE(tie(Output::value, DType::f32, 0x1p-76, 0));
  EXPECT_TRUE(tie(Output::grad, DType::bf16, 1 + 0x1p-8, 0));
  EXPECT_FALSE(tie(Output::grad, DType::bf16, 1 + 0x1p-8, 0x1p-60));
  // An error whose nearest double is 1/2, though it is none: 289 + 2^-95.
  EXPECT_FALSE(tie(Output::value, DType::bf16, 17, -0x1p-60));
}

TEST(Ties, OfOtherLossesAreTheirRationalPoints) {
  const auto& bce = binary_cross_entropy_with_logits();
  EXPECT_FALSE(is_tie(bce, Output::value, DType::bf16, {{0}, {0.5}, 0}));
  EXPECT_FALSE(is_tie(bce, Output::grad, DType::f64, {{0x3p-52}, {0}, 0}));        // 2^-161 below a midpoint
  EXPECT_TRUE(is_tie(bce, Output::grad, DType::bf16, {{0}, {-0.5 - 0x1p-8}, 0}));  // 1 + 2^-8
  EXPECT_FALSE(is_tie(cross_entropy(), Output::value, DType::f32, {{-1, 0x1p24}, {}, 0}));
  EXPECT_FALSE(is_tie(cross_entropy(), Output::grad, DType::f32, {{2, 2, 2}, {}, 1}));
  EXPECT_FALSE(is_tie(cross_entropy(), Output::grad, DType::f32, {{0, -1e30}, {}, 0}));
  // 1/512 - 1, and what is below it.
  std::vector<double> equal(512, 3.5);
  EXPECT_TRUE(is_tie(cross_entropy(), Output::grad, DType::bf16, {equal, {}, 0}));
  equal.push_back(-1e30);
  EXPECT_FALSE(is_tie(cross_entropy(), Output::grad, DType::bf16, {equal, {}, 0}));
  // 1 + 2^-8, the limit of the derivative at x = +inf.
  EXPECT_TRUE(is_tie(bce, Output::grad, DType::bf16, {{inf}, {-0x1p-8}, 0}));
}

}  // namespace
}  // namespace oracles
