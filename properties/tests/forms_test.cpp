// Cases of losses of every form, made up: how they are edited, refused and evaluated.
#include <gtest/gtest.h>

#include <cmath>

#include "oracles/tests/made_up.h"
#include "properties/arena.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/functions.h"
#include "properties/judge.h"
#include "properties/tests/fake_subjects.h"
#include "subjects/subjects.h"

namespace properties {

namespace {

using namespace oracles::made_up;
using oracles::Definition;
using oracles::DType;
using oracles::Output;
using oracles::Reduction;
using oracles::Tensor;
using Numbers = std::vector<double>;

/// Two rows of three classes with a real target, weights, and numbers that tell where they are from.
Case product_case() {
  Case c{"weighted_product", {}, Layout::row_major, "a test"};
  c.problem.inputs = {{DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6}, {}}, {DType::f32, {2, 3}, {10, 20, 30, 40, 50, 60}, {}}};
  c.problem.attributes.reduction = Reduction::none;
  c.problem.attributes.weight = Tensor{DType::f32, {3}, {1, 2, 3}, {}};
  c.problem.grad_output = {DType::f32, {2}, {1, 2}, {}};
  return c;
}

TEST(Edits, move_targets_and_weights_with_their_classes) {
  const Case c = product_case();
  const Case taken = take_classes(c, std::vector<std::int64_t>{2, 0});
  EXPECT_EQ(taken.problem.inputs[0].reals, (Numbers{3, 1, 6, 4}));
  EXPECT_EQ(taken.problem.inputs[1].reals, (Numbers{30, 10, 60, 40}));
  EXPECT_EQ(taken.problem.attributes.weight->reals, (Numbers{3, 1}));
  EXPECT_EQ(problem_error(weighted_product(), taken), "");
  const Case longer = append_classes(c, 1, -1);
  EXPECT_EQ(longer.problem.inputs[0].reals, (Numbers{1, 2, 3, -1, 4, 5, 6, -1}));
  EXPECT_EQ(longer.problem.inputs[1].reals, (Numbers{10, 20, 30, 0, 40, 50, 60, 0}));
  EXPECT_EQ(longer.problem.attributes.weight->reals, (Numbers{1, 2, 3, 1}));
  const Case second = take_batch(weighted_product(), c, std::vector<std::int64_t>{1});
  EXPECT_EQ(second.problem.inputs[1].reals, (Numbers{40, 50, 60}));
  EXPECT_EQ(as_rows(weighted_product(), c).problem.inputs[1].reals, c.problem.inputs[1].reals);
}

TEST(Edits, move_grad_output_with_the_classes_of_a_map) {
  Case c = product_case();
  c.problem.inputs.resize(1);
  c.problem.attributes.weight.reset();
  c.problem.grad_output = {DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6}, {}};
  EXPECT_EQ(problem_error(times_sum(), c), "");
  const Case taken = take_classes(c, std::vector<std::int64_t>{2, 0});
  EXPECT_EQ(taken.problem.grad_output.reals, (Numbers{3, 1, 6, 4}));
  EXPECT_EQ(append_classes(c, 1, 9).problem.grad_output.reals, (Numbers{1, 2, 3, 0, 4, 5, 6, 0}));
  EXPECT_EQ(value_elements(times_sum(), c, 1), (std::vector<std::size_t>{3, 4, 5}));
  EXPECT_EQ(value_elements(of_logits(), c, 1), (std::vector<std::size_t>{1}));
}

TEST(Edits, keep_broadcast_weights_with_their_elements) {
  Case c = squares({1, 2, 3, 4, 5, 6});
  for (Tensor& input : c.problem.inputs) input.shape = {3, 2};
  c.problem.grad_output.shape = {3, 2};
  const Definition loss = weighted_difference();
  const auto weight_after = [&](Tensor weight, const auto& edit) {
    c.problem.attributes.weight = std::move(weight);
    const Case edited = edit(c);
    EXPECT_EQ(problem_error(loss, edited), "");
    return edited.problem.attributes.weight->reals;
  };
  const auto last = [&](const Case& of) { return take_batch(loss, of, std::vector<std::int64_t>{2}); };
  const auto rows = [&](const Case& of) { return as_rows(loss, of, std::vector<std::int64_t>{5, 0}); };
  const Tensor by_row{DType::f32, {3, 1}, {1, 2, 3}, {}}, by_column{DType::f32, {2}, {4, 5}, {}};
  EXPECT_EQ(weight_after(by_row, last), (Numbers{3}));
  EXPECT_EQ(weight_after(by_column, last), (Numbers{4, 5}));
  EXPECT_EQ(weight_after(by_row, rows), (Numbers{3, 1}));
  EXPECT_EQ(weight_after(by_column, rows), (Numbers{5, 4}));
}

TEST(ProblemError, of_weights_parameters_and_domains) {
  const Definition loss = weighted_difference();
  Case c = squares({1, 2, 3, 4, 5, 6});
  for (Tensor& input : c.problem.inputs) input.shape = {3, 2};
  c.problem.grad_output.shape = {3, 2};
  const auto error = [&](const auto& change) {
    Case wrong = c;
    change(wrong.problem);
    return problem_error(loss, wrong);
  };
  const auto of_weight = [&](DType dtype, oracles::Shape shape, Numbers reals) {
    return error([&](oracles::Problem& p) { p.attributes.weight = Tensor{dtype, shape, reals, {}}; });
  };
  EXPECT_EQ(of_weight(DType::f32, {2}, {-1, 0}), "");
  EXPECT_EQ(of_weight(DType::f64, {2}, {1, 1}),
            "weighted_difference: weight has dtype f64, expected f32, the first input's");
  EXPECT_EQ(of_weight(DType::f32, {3}, {1, 1, 1}),
            "weighted_difference: weight has shape [3], expected one that broadcasts to [3, 2]");
  EXPECT_EQ(of_weight(DType::f32, {2}, {1, std::numeric_limits<double>::infinity()}),
            "weighted_difference: weight[1] is inf, expected a finite number");
  EXPECT_EQ(error([](auto& p) { p.inputs[0].reals[3] = 9; }),
            "weighted_difference: input[1, 1] is 0x1.2p+3, expected a number in [-8, 8]");
  EXPECT_EQ(error([](auto& p) { p.inputs[0].reals[3] = std::nan(""); }), "");
  EXPECT_EQ(error([](auto& p) { p.attributes.parameters.temperature = 0; }),
            "weighted_difference: temperature is 0x0p+0, expected a finite number above 0");
  EXPECT_EQ(error([](auto& p) { p.attributes.parameters.gamma = -1; }),
            "weighted_difference: gamma is -0x1p+0, expected a finite number, at least 0");
  EXPECT_EQ(error([](auto& p) { p.attributes.parameters.label_smoothing = 0.5; }),
            "weighted_difference: takes no label_smoothing");
  const Definition& mse_loss = *mse().definition;
  c.problem.attributes.pos_weight = Tensor{DType::f32, {2}, {1, 1}, {}};
  EXPECT_EQ(problem_error(mse_loss, c), "mse_loss: takes no pos_weight");
  c.problem.attributes.pos_weight.reset();
  c.problem.attributes.parameters.log_target = true;
  EXPECT_EQ(problem_error(mse_loss, c), "mse_loss: takes no log_target");
}

TEST(ProblemError, of_targets_that_may_be_indices_or_real) {
  const Definition loss = weighted_product();
  Case c = product_case();
  EXPECT_EQ(problem_error(loss, c), "");
  c.problem.attributes.weight->shape = {3, 1};
  EXPECT_EQ(problem_error(loss, c), "weighted_product: weight has shape [3, 1], expected [3]");
  c.problem.attributes.weight.reset();
  c.problem.inputs[1].shape = {3, 2};
  EXPECT_EQ(problem_error(loss, c),
            "weighted_product: target has shape [3, 2], expected [2, 3] for logits of shape [2, 3]");
  c.problem.inputs[1].dtype = DType::f64;
  EXPECT_EQ(problem_error(loss, c), "weighted_product: target has dtype f64, expected f32, i32 or i64");
  c.problem.inputs[1] = {DType::i64, {2}, {}, {0, 3}};
  EXPECT_EQ(problem_error(loss, c).substr(0, 49), "weighted_product: target[1] (row 1) is 3, expecte");
}

// The naive formula in f64, of numbers in which it rounds nothing.
TEST(TheNaiveFormula, of_every_form) {
  const Subject& naive = *subjects::find_subject("naive");
  Case c = product_case();
  for (const Reduction reduction : oracles::reductions) {
    c = with_reduction(weighted_product(), c, reduction);
    for (const Layout layout : {Layout::row_major, Layout::gaps, Layout::reversed}) {
      c.layout = layout;
      const oracles::Reference truth(weighted_product(), c.problem);
      const Outputs outputs = run(naive, weighted_product(), c);
      EXPECT_EQ(outputs.damage, "");
      for (const Output output : c.problem.outputs()) {
        const Finding found = judge(truth, output, outputs.of(output), -1, 0.5);
        EXPECT_EQ(found.outcome, Outcome::held) << found.message;
      }
    }
  }
  Case map = product_case();
  map.problem.inputs.resize(1);
  map.problem.attributes.weight.reset();
  map.problem.grad_output = {DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6}, {}};
  const Outputs outputs = run(naive, times_sum(), map);
  EXPECT_EQ(outputs.value, (Numbers{6, 12, 18, 60, 75, 90}));
  EXPECT_EQ(outputs.grad, (Numbers{20, 26, 32, 137, 152, 167}));
  Case elements = squares({1, 2, 3, 4});
  for (Tensor& input : elements.problem.inputs) input.shape = {2, 2};
  elements.problem.attributes.weight = Tensor{DType::f32, {2, 1}, {1, -3}, {}};
  elements = with_reduction(weighted_difference(), elements, Reduction::mean);
  EXPECT_EQ(run(naive, weighted_difference(), elements).value, (Numbers{4.5}));  // (1 + 2 - 9 - 12) / (1 + 1 - 3 - 3)
}

TEST(Functions, of_a_map_are_its_values) {
  const Definition loss = times_sum();
  const auto all = functions_of(loss);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].name(), "times_sum/value_1/f16");
  EXPECT_EQ(problem_error(loss, case_of(all[1], {1, 2}, "a test")), "");
  EXPECT_TRUE(functions_of(of_logits()).at(1).name() == "of_logits/grad_0/f16");
}

TEST(Functions, take_an_input_out_of_its_domain_for_nan) {
  const Definition loss = weighted_difference();
  const Function f16 = functions_of(loss).front();
  EXPECT_EQ(f16.row(0x4800'0000).x[0], 8);
  EXPECT_TRUE(std::isnan(f16.row(0x4801'0000).x[0]));
  EXPECT_TRUE(std::isnan(f16.row(0x7c00'0000).x[0]));
  EXPECT_EQ(f16.row(0x4801'4c00).y[0], 16);
  EXPECT_EQ(f16.pattern(0x4801'0000, 0), 0x4801U);
  const Function f32 = functions_of(loss).back();
  EXPECT_EQ(f32.argument(0x41000000, 0), 0x41000000U);
  EXPECT_TRUE(std::isnan(f32.row(0x41000001).x[0]));
  EXPECT_TRUE(std::isnan(f32.row(0xff800000).x[0]));
}

}  // namespace

}  // namespace properties
