// What is said of all rows of a box holds of each.
#include "oracles/box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "oracles/definitions.h"
#include "oracles/format.h"
#include "oracles/row_oracle.h"
#include "oracles/tests/bits.h"
#include "oracles/tests/draw.h"

namespace oracles {
namespace {

Box box_of(double low, double high, std::vector<double> y = {}) { return {{{low}, y}, {{high}, y}}; }

bool value_rounds_to(const Definition& definition, const Box& box, double result, DType dtype = DType::f32) {
  return rounds_to(definition, Output::value, 0, box, result, format_of(dtype));
}
bool grad_rounds_to(const Definition& definition, const Box& box, double result) {
  return rounds_to(definition, Output::grad, 0, box, result, binary32);
}

TEST(Box, WhereAFunctionIsFlatAllRowsRoundToOneNumber) {
  EXPECT_TRUE(value_rounds_to(sigmoid(), box_of(0x1p-40, 0x1p-39), 0.5));
  EXPECT_TRUE(value_rounds_to(sigmoid(), box_of(-0x1p-39, -0x1p-40), 0.5));
  EXPECT_FALSE(value_rounds_to(sigmoid(), box_of(0x1p-40, 0x1p-39), std::nextafterf(0.5f, 1)));
  EXPECT_FALSE(value_rounds_to(sigmoid(), box_of(0x1p-40, 0x1p-20), 0.5));
  EXPECT_TRUE(value_rounds_to(sigmoid(), box_of(0x1p-40, 0x1p-20), 0.5, DType::bf16));
  EXPECT_TRUE(value_rounds_to(softplus(), box_of(-110, -105), 0.0));
  EXPECT_FALSE(value_rounds_to(softplus(), box_of(-105, -100), 0.0));
}

TEST(Box, ZeroHasASign) {
  EXPECT_TRUE(value_rounds_to(sigmoid(), box_of(-250, -200), 0.0));
  EXPECT_FALSE(value_rounds_to(sigmoid(), box_of(-250, -200), -0.0));
  EXPECT_TRUE(grad_rounds_to(log_sigmoid(), box_of(200, 250), 0.0));
}

TEST(Box, NothingIsSaidOfRowsThatAFormulaTreatsInDifferentWays) {
  EXPECT_FALSE(value_rounds_to(sigmoid(), box_of(-0x1p-40, 0x1p-40), 0.5));
  // log p is clamped below e^-100, some 3.7e-44, where its derivative ends.
  EXPECT_TRUE(grad_rounds_to(binary_cross_entropy(), box_of(0x1p-149, 3e-44, {1}), 0.0));
  EXPECT_FALSE(grad_rounds_to(binary_cross_entropy(), box_of(0x1p-149, 4e-44, {1}), 0.0));
  EXPECT_TRUE(value_rounds_to(binary_cross_entropy(), box_of(0x1p-149, 3e-44, {1}), 100));
  EXPECT_FALSE(value_rounds_to(binary_cross_entropy(), box_of(3e-44, 4e-44, {1}), 100));
  EXPECT_TRUE(value_rounds_to(binary_cross_entropy(), box_of(1, 1, {0}), 100));
  EXPECT_FALSE(value_rounds_to(binary_cross_entropy(), box_of(std::nextafter(1, 0), 1, {0}), 100));
}

TEST(Box, NorOfThoseOfWhichTheContractSpeaks) {
  EXPECT_FALSE(grad_rounds_to(kl_div(), box_of(0.5, 1, {0.25}), -0.25));
  EXPECT_FALSE(grad_rounds_to(nll_loss(), box_of(0.5, 1), -1));
}

class BoxOf : public ::testing::TestWithParam<const Definition*> {};

INSTANTIATE_TEST_SUITE_P(Oracles, BoxOf, ::testing::ValuesIn(definitions()),
                         [](const auto& tested) { return tested.param->name; });

/// Of rows of a narrow box the first is asked; where that is said of the box, others are too.
TEST_P(BoxOf, WhatIsSaidOfItHoldsOfItsRows) {
  const Definition& definition = *GetParam();
  if (definition.form != Form::elements || definition.is_edge) return;
  Draw draw(4);
  int said = 0;
  for (const DType dtype : {DType::f32, DType::f16}) {
    for (const Output output : {Output::value, Output::grad}) {
      RowOracle oracle(definition, output, 0, dtype);
      for (int i = 0; i < 400; ++i) {
        Row<double> row = draw.row(definition);
        row.w.clear(), row.pos_weight.clear();
        const double low = allowed(definition.arguments[0], draw.at(draw.between(-60, 9)));
        const double high = allowed(definition.arguments[0], low * (1 + std::ldexp(1.0, draw.between(-40, 0))));
        Box box{row, row};
        box.low.x[0] = std::min(low, high), box.high.x[0] = std::max(low, high);
        oracle.set(box.low);
        const double rounded = oracle.rounded().value;
        if (!rounds_to(definition, output, 0, box, rounded, format_of(dtype))) continue;
        ++said;
        for (int k = 0; k <= 8; ++k) {
          row.x[0] = std::clamp(box.low.x[0] + (box.high.x[0] - box.low.x[0]) * k / 8, box.low.x[0], box.high.x[0]);
          oracle.set(row);
          ASSERT_TRUE(same(oracle.rounded().value, rounded)) << row.x[0];
        }
      }
    }
  }
  EXPECT_GT(said, 100);
}

}  // namespace
}  // namespace oracles
