// Cases as text, and what is said of those that are no question.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "properties/floats.h"
#include "properties/tests/fake_subjects.h"

namespace properties {

namespace {

using oracles::DType;

TEST(Json, gives_back_every_drawn_case) {
  for (const Spec* spec : specs()) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Case c = draw(*spec, dtype_pairs[i % dtype_pairs.size()], 5, i);
      const std::string json = to_json(c);
      const Case back = case_from_json(json);
      EXPECT_EQ(to_json(back), json);
      EXPECT_EQ(back.layout, c.layout);
      EXPECT_EQ(back.problem.attributes, c.problem.attributes);
      EXPECT_EQ(back.problem.value_dtype, c.problem.value_dtype);
      EXPECT_EQ(back.problem.grad_dtype, c.problem.grad_dtype);
      EXPECT_EQ(back.problem.grad_output.dtype, c.dtypes().result);
      for (std::size_t k = 0; k < c.problem.inputs.size(); ++k) {
        EXPECT_TRUE(std::ranges::equal(back.problem.inputs[k].reals, c.problem.inputs[k].reals, same));
        EXPECT_EQ(back.problem.inputs[k].indices, c.problem.inputs[k].indices);
        EXPECT_EQ(back.problem.inputs[k].shape, c.problem.inputs[k].shape);
      }
    }
  }
}

std::string json_error(const std::string& from, const std::string& to) {
  std::string json = to_json(squares({1.5, 2}));
  const std::size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  json.replace(at, from.size(), to);
  try {
    case_from_json(json);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Json, without_dtypes_of_results_means_that_of_the_first_input) {
  const Case c = squares({1.5});
  EXPECT_EQ(to_json(c).find("_dtype"), std::string::npos);
  const Case back = case_from_json(to_json(c));
  EXPECT_EQ(back.problem.dtype(oracles::Output::value), DType::f32);
  EXPECT_EQ(back.problem.dtype(oracles::Output::grad), DType::f32);
  EXPECT_EQ(json_error("\"origin\"", "\"value_dtype\": \"i32\", \"origin\""),
            "case: value_dtype: \"i32\" is none of f16, bf16, f32, f64");
  EXPECT_EQ(json_error("\"origin\"", "\"grad_dtype\": 16, \"origin\""), "case: document.grad_dtype: expected a string");
}

TEST(Json, refuses_a_number_that_is_not_exact_in_16_bits) {
  EXPECT_EQ(
      json_error("\"f32\",\"shape\":[2],\"data\":[\"0x1.8p+0\"", "\"bf16\",\"shape\":[2],\"data\":[\"0x1.02p+8\""),
      "no error");
  EXPECT_EQ(
      json_error("\"f32\",\"shape\":[2],\"data\":[\"0x1.8p+0\"", "\"bf16\",\"shape\":[2],\"data\":[\"0x1.01p+8\""),
      "case: inputs[0].data[0]: \"0x1.01p+8\" is not exact in bf16");
}

TEST(Json, says_what_is_wrong_and_where) {
  EXPECT_EQ(json_error("\"0x1.8p+0\"", "\"0x1.8q\""), "case: inputs[0].data[0]: \"0x1.8q\" is not a number");
  EXPECT_EQ(json_error("\"0x1.8p+0\"", "1.5"),
            "case: inputs[0].data[0]: expected a string such as \"0x1.8p+1\", got 1.5");
  EXPECT_EQ(json_error("\"0x1.8p+0\"", "\"0.1\""), "case: inputs[0].data[0]: \"0.1\" is not exact in f32");
  EXPECT_EQ(json_error("\"0x1.8p+0\",", ""), "case: inputs[0].data: 1 elements, its shape has 2");
  EXPECT_EQ(json_error("row_major", "diagonal"),
            "case: layout: \"diagonal\" is none of row_major, transposed, gaps, reversed");
  EXPECT_EQ(json_error("\"ignore_index\"", "\"ignore\""), "case: document: no \"ignore_index\"");
  EXPECT_EQ(json_error("-100", "\"x\""), "case: ignore_index: expected an integer, got \"x\"");
  EXPECT_EQ(json_error("[2]", "[-2]"), "case: inputs[0].shape: a negative extent, -2");
  EXPECT_EQ(json_error("{", "").substr(0, 15), "case: not JSON:");
}

TEST(ProblemError, names_the_argument_and_what_was_expected) {
  Case c = draw(*find_spec("cross_entropy"), DType::f32, 1, 0);
  c.problem.inputs = {{DType::f32, {2, 3}, std::vector<double>(6), {}}, {DType::i64, {2}, {}, {0, 3}}};
  c.problem.attributes = {oracles::Reduction::none, -100};
  c.problem.grad_output = {DType::f32, {2}, {1, 1}, {}};
  const oracles::Definition& loss = *find_spec("cross_entropy")->definition;
  EXPECT_EQ(problem_error(loss, c),
            "cross_entropy: target[1] (row 1) is 3, expected a class in [0, 3) or ignore_index -100");
  c.problem.attributes.ignore_index = 3;
  EXPECT_EQ(problem_error(loss, c), "");
  c.problem.value_dtype = DType::f64;
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: grad_output has dtype f32, expected f64, the value's");
  c.problem.value_dtype = std::nullopt;
  c.problem.inputs[0].dtype = DType::i32;
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: logits has dtype i32, expected f16, bf16, f32 or f64");
  c.problem.inputs[0].dtype = DType::f32;
  c.problem.grad_output.shape = {1, 2};
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: grad_output has shape [1, 2], expected [2]");
  c.problem.inputs[1].shape = {1, 2};
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: target has shape [1, 2], expected [2] for logits of shape [2, 3]");
  c.problem.inputs[1].dtype = DType::f32;
  EXPECT_EQ(problem_error(loss, c),
            "cross_entropy: target has shape [1, 2], expected [2, 3] for logits of shape [2, 3]");
  c.problem.inputs[1].dtype = DType::f64;
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: target has dtype f64, expected f32, i32 or i64");
  c.problem.inputs.pop_back();
  EXPECT_EQ(problem_error(loss, c), "cross_entropy: 1 inputs, expected 2");
}

}  // namespace

}  // namespace properties
