#include "oracles/types.h"

#include <gtest/gtest.h>

namespace oracles {
namespace {

TEST(Types, NamesAreThoseOfMessagesAndRecords) {
  EXPECT_EQ(name(DType::f16), "f16");
  EXPECT_EQ(name(DType::bf16), "bf16");
  EXPECT_EQ(name(DType::f32), "f32");
  EXPECT_EQ(name(DType::f64), "f64");
  EXPECT_EQ(name(DType::i32), "i32");
  EXPECT_EQ(name(DType::i64), "i64");
  EXPECT_EQ(name(Reduction::none), "none");
  EXPECT_EQ(name(Reduction::per_sample), "per_sample");
  EXPECT_EQ(name(Reduction::mean), "mean");
  EXPECT_EQ(name(Reduction::sum), "sum");
}

TEST(Types, FloatsAreRealAndIndicesAreNot) {
  for (const DType dtype : real_dtypes) EXPECT_TRUE(is_real(dtype)) << name(dtype);
  EXPECT_FALSE(is_real(DType::i32));
  EXPECT_FALSE(is_real(DType::i64));
}

TEST(Types, ResultsHaveTheDtypeAskedForOrThatOfTheFirstInput) {
  Problem p{{Tensor{DType::bf16, {}, {0}, {}}}, {}, {}};
  EXPECT_EQ(p.dtype(Output::value), DType::bf16);
  EXPECT_EQ(p.dtype(Output::grad), DType::bf16);
  p.value_dtype = DType::f32;
  p.grad_dtype = DType::f16;
  EXPECT_EQ(p.dtype(Output::value), DType::f32);
  EXPECT_EQ(p.dtype(Output::grad), DType::f16);
  EXPECT_EQ(p.dtype(Output::grad_target), DType::f16);
}

TEST(Types, ARealTargetHasAGradient) {
  Problem p{{Tensor{DType::f32, {}, {0}, {}}}, {}, {}};
  EXPECT_EQ(p.outputs().size(), 2U);
  p.inputs.push_back(Tensor{DType::i64, {}, {}, {0}});
  EXPECT_EQ(p.outputs().size(), 2U);
  p.inputs[1] = p.inputs[0];
  ASSERT_EQ(p.outputs().size(), 3U);
  EXPECT_EQ(name(p.outputs()[2]), "grad_target");
}

TEST(Types, AShapeOfRankZeroHasOneElementAndOneWithAZeroHasNone) {
  EXPECT_EQ(count({}), 1);
  EXPECT_EQ(count({2, 3, 5}), 30);
  EXPECT_EQ(count({2, 0, 5}), 0);
}

}  // namespace
}  // namespace oracles
