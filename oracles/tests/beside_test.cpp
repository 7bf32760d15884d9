// What exhaustive runs ask instead of the ladder: of numbers beside a double, of rows without a number, of many rows.
#include "oracles/beside.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "oracles/definitions.h"
#include "oracles/row_oracle.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/draw.h"
#include "oracles/tests/exact.h"
#include "oracles/tests/problems.h"
#include "oracles/tests/row_text.h"

namespace oracles {
namespace {

constexpr DType narrow[] = {DType::f16, DType::bf16, DType::f32};

/// A midpoint of the format or a number of it, or a double up to three steps away; subnormal ones too.
double near_landmark(Draw& draw, const Format& format) {
  const int e = draw.between(format.emin - format.precision, format.emax);
  const int quantum = std::max(e, format.emin) - format.precision;  // half a spacing
  const auto steps = static_cast<double>(draw.below(std::uint64_t{1} << format.precision));
  double x = std::ldexp(1, e) + std::ldexp(steps, quantum);
  if (draw.below(2) == 0) x = std::nextafter(x, draw.below(2) == 0 ? 0 : inf);
  if (draw.below(4) == 0) x = std::nextafter(std::nextafter(x, inf), inf);
  return draw.below(2) == 0 ? x : -x;
}

TEST(Beside, RoundsAsTheNumberDoesHoweverCloseItIs) {
  for (const DType dtype : narrow) {
    const Format format = format_of(dtype);
    Draw draw(1);
    int answered = 0;
    for (int i = 0; i < 30'000; ++i) {
      const double at = near_landmark(draw, format);
      const int side = draw.below(2) == 0 ? 1 : -1;
      const auto answer = round_to(Beside{at, side}, format);
      if (!answer) continue;
      ++answered;
      const Rational off = abs(Rational(at)) * power(-draw.between(61, 2000));
      ASSERT_TRUE(same(*answer, correctly_rounded(Rational(at) + side * off, format)))
          << name(dtype) << std::hexfloat << " " << at << " " << side;
    }
    EXPECT_GE(answered, 20'000) << name(dtype);
  }
}

TEST(Beside, IsNotToldInF64WhoseMidpointsAreNoDoubles) { EXPECT_FALSE(round_to(Beside{1, 1}, binary64)); }

TEST(Beside, IsOfAnExactNumberOtherThanZero) {
  EXPECT_TRUE(beside(Ball(0.75), -1));
  EXPECT_FALSE(beside(Ball(0.75, 0x1p-60), -1));
  EXPECT_FALSE(beside(Ball(0.0), 1));
  EXPECT_FALSE(beside(Ball(inf), 1));
}

/// Far out, where the targets are such that losses are often midpoints.
Row<double> far_row(const Definition& definition, Draw& draw) {
  const double targets[] = {0, 1, 0.5, 0x1p-9, 0.375, 0x1.01p-60, 0x1p-140, 1 - 0x1p-11};
  const double alphas[] = {0.25, -1, 0.3, 0, 1, 0.625}, gammas[] = {2, 1, 0.5, 0, 16, 17};
  const double x = std::ldexp(static_cast<double>(1 + draw.below(1 << 12)), draw.between(-4, 110));
  Row<double> row{{draw.below(2) == 0 ? x : -x}, {targets[draw.below(8)]}};
  if (definition.takes.focus)
    row.parameters.alpha = alphas[draw.below(6)], row.parameters.gamma = gammas[draw.below(6)];
  if (definition.takes.pos_weight && draw.below(8) == 0) row.pos_weight = {3};
  if (definition.takes.weight && draw.below(8) == 0) row.w = {3};
  return row;
}

TEST(Beside, IsWhatTheLadderFindsOut) {
  for (const Definition* definition : definitions()) {
    if (!definition->beside_double) continue;
    Draw draw(2);
    int answered[3] = {};
    for (const DType dtype : narrow) {
      for (const Output output : {Output::value, Output::grad, Output::grad_target}) {
        const RowOracle quick(*definition, output, 0, dtype, Rung::ball);
        RowOracle thorough(*definition, output, 0, dtype, Rung::arb);
        for (int i = 0; i < 6000; ++i) {
          const Row<double> row = far_row(*definition, draw);
          const auto answer = quick.round_beside(row);
          if (!answer) continue;
          ++answered[static_cast<int>(output)];
          thorough.set(row);
          ASSERT_TRUE(same(*answer, thorough.rounded().value)) << definition->name << " " << text(row);
        }
      }
    }
    const bool has_gradients = definition->name == "binary_cross_entropy_with_logits";
    EXPECT_GE(answered[static_cast<int>(Output::value)], 500) << definition->name;
    EXPECT_GE(answered[static_cast<int>(Output::grad)], has_gradients ? 500 : 0) << definition->name;
  }
}

TEST(Beside, IsNotAskedWhereF64IsNotTrusted) {
  const Row<double> row{{1000}, {0}};
  const auto answer = [&](Rung first) {
    return RowOracle(binary_cross_entropy_with_logits(), Output::value, 0, DType::f32, first).round_beside(row);
  };
  EXPECT_EQ(answer(Rung::ball), 1000);
  EXPECT_FALSE(answer(Rung::arb));
}

TEST(Undefined, AreTheRowsWhoseLimitIsNaN) {
  Draw draw(3);
  for (const Definition* definition : definitions()) {
    if (definition->form == Form::classes || definition->arguments.size() < 2) continue;
    int undefined = 0;
    for (int i = 0; i < 2000; ++i) {
      Row<double> row = draw.row(*definition);
      const double seconds[] = {row.y[0], -row.y[0], 0, -0.0, -0.5, -0x1p40};
      row.y[0] = allowed(definition->arguments[1], seconds[draw.below(6)]);
      if (std::isnan(row.x[0]) || std::isnan(row.y[0])) continue;
      const auto limit = definition->is_edge && definition->is_edge(row) ? definition->limit(row) : std::nullopt;
      const bool is_nan = limit && std::isnan(limit->value.nonfinite()) && std::isnan(limit->grad[0].nonfinite());
      EXPECT_EQ(definition->is_undefined && definition->is_undefined(row), is_nan) << definition->name << text(row);
      undefined += is_nan ? 1 : 0;
    }
    EXPECT_EQ(undefined > 0, definition->name == "kl_div") << definition->name;
  }
}

// With a machine's fused multiply-add, and the logarithms of the row before, as without.
TEST(Batches, GiveTheBallsOfTheirRows) {
  for (const Definition* definition : definitions()) {
    if (definition->maps_rows) continue;
    Draw draw(4);
    for (int i = 0; i < 50; ++i) {
      Row<double> row = draw.row(*definition);
      row.w.clear(), row.pos_weight.clear();
      std::vector<double> x, y;
      const std::size_t rows = 40;
      for (std::size_t r = 0; r < rows; ++r) {
        if (draw.below(3) > 0) row.x[0] = allowed(definition->arguments[0], draw.number());
        x.insert(x.end(), row.x.begin(), row.x.end());
        y.insert(y.end(), row.y.begin(), row.y.end());
      }
      const std::size_t width = row.x.size();
      std::vector<Ball> balls(rows);
      definition->enclosures.balls({x, y, width, row.target, row.parameters}, Output::value, 0, balls);
      for (std::size_t r = 0; r < rows; ++r) {
        row.x.assign(&x[r * width], &x[r * width] + width);
        Term<Ball> term;
        definition->enclosures.ball(row_over<Ball>(row), only(Output::value), term);
        EXPECT_TRUE(same(balls[r].mid, term.value.mid) && same(balls[r].radius, term.value.radius))
            << definition->name << " " << text(row);
      }
    }
  }
}

}  // namespace
}  // namespace oracles
