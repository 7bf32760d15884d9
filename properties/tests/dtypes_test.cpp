// Results of another dtype than the inputs': what judges, compares, shrinks and counts them asks for the right one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/judge.h"
#include "properties/tests/fake_subjects.h"

namespace properties {

namespace {

using oracles::DType;
using oracles::Output;
using subjects::read_real;
using subjects::write_real;

/// The square of x and its derivative, in any dtypes, and then `also`.
FakeSubject any_square(
    std::function<void(const Call&)> also = [](const Call&) {},
    FakeSubject::Promise promise = [](DType) { return 0.5; }) {
  return FakeSubject(
      [also](const Call& call) {
        for (std::int64_t i = 0; i < oracles::count(call.inputs[0].shape); ++i) {
          const double x = read_real(call.inputs[0], i);
          if (call.value) write_real(*call.value, i, to_dtype(call.value->dtype, x * x));
          if (!call.grad) continue;
          write_real(*call.grad, i, to_dtype(call.grad->dtype, 2.0 * x * read_real(*call.grad_output, i)));
        }
        also(call);
      },
      std::move(promise));
}

Case squares_to(DType value, DType grad, std::vector<double> x) {
  return with_result_dtypes(squares(std::move(x)), value, grad);
}

const Property& property(const std::string& loss, const std::string& name) {
  return *std::ranges::find(find_spec(loss)->properties, name, &Property::name);
}

TEST(Accuracy, is_judged_in_the_dtype_of_each_result) {
  for (const DType value : oracles::real_dtypes) {
    for (const DType grad : oracles::real_dtypes) {
      const auto findings = accuracy().check(any_square(), squares_to(value, grad, {1.0f / 3.0f, 300, 0x1p-20, 257}));
      EXPECT_EQ(findings.at(0).outcome, Outcome::held) << findings.at(0).message;
      EXPECT_EQ(findings.at(1).outcome, Outcome::held) << findings.at(1).message;
    }
  }
  const auto findings = accuracy().check(any_square(), squares_to(DType::f16, DType::f32, {300}));
  EXPECT_EQ(findings.at(0).max_ulp, 0.0);  // 90,000 is infinity in f16
}

TEST(Accuracy, holds_each_result_to_the_promise_for_its_dtype) {
  const auto one_up = [](const Call& call) {
    if (call.value) write_real(*call.value, 0, step(call.value->dtype, read_real(*call.value, 0), 1));
    if (call.grad) write_real(*call.grad, 0, step(call.grad->dtype, read_real(*call.grad, 0), 1));
  };
  const FakeSubject rough = any_square(one_up, [](DType dtype) { return dtype == DType::bf16 ? 2.0 : 0.5; });
  const auto findings = accuracy().check(rough, squares_to(DType::bf16, DType::f32, {1.5}));
  EXPECT_EQ(findings.at(0).outcome, Outcome::held);
  EXPECT_EQ(findings.at(0).misrounded, 1);
  EXPECT_EQ(findings.at(1).outcome, Outcome::failed);
  EXPECT_EQ(findings.at(1).message.substr(0, 48), "grad[0]: got 0x1.800002p+1, expected 0x1.8p+1 (t");
}

TEST(Accuracy, counts_who_decided) {
  const Finding grad = accuracy().check(any_square(), squares({1.5, 2, 1.1f, NAN})).at(1);
  EXPECT_EQ(grad.rungs.decided.at(static_cast<std::size_t>(oracles::Rung::contract)), 1);
  EXPECT_EQ(grad.rungs.decided.at(static_cast<std::size_t>(oracles::Rung::ball)), 3);
  EXPECT_EQ(grad.rungs.undecided, 0);
  Rungs twice = grad.rungs;
  twice += grad.rungs;
  EXPECT_EQ(twice.decided.at(static_cast<std::size_t>(oracles::Rung::ball)), 6);
  for (const Finding& finding : property("mse_loss", "layout_independence").check(any_square(), squares({1.5}))) {
    EXPECT_EQ(finding.rungs, Rungs());
  }
}

TEST(Relations, allow_a_promise_of_more_in_the_spacing_of_the_results_dtype) {
  int calls = 0;
  const auto every_second_up = [&](const Call& call) {
    if (call.value && ++calls % 2 == 0)
      write_real(*call.value, 0, step(call.value->dtype, read_real(*call.value, 0), 2));
  };
  const Case c = squares_to(DType::bf16, DType::f32, {1.5});
  const Property& fused = property("mse_loss", "fused_equals_apart");
  const auto promising = [&](double ulp) { return any_square(every_second_up, [=](DType) { return ulp; }); };
  EXPECT_EQ(fused.check(promising(1.0), c).at(0).outcome, Outcome::held);
  EXPECT_EQ(fused.check(promising(0.75), c).at(0).outcome, Outcome::failed);
}

TEST(Relations, between_two_losses_ask_both_for_the_same_dtypes) {
  std::vector<DType> values, grads;
  const FakeSubject looks([&](const Call& call) {
    values.push_back(call.value->dtype);
    grads.push_back(call.grad->dtype);
  });
  Case c = draw(*find_spec("binary_cross_entropy_with_logits"), {DType::bf16, DType::f32}, 1, 0);
  c.problem.grad_dtype = DType::f32;
  property(c.loss, "bce_equals_two_class_cross_entropy").check(looks, c);
  EXPECT_EQ(values, (std::vector{DType::f32, DType::f32}));
  EXPECT_EQ(grads, (std::vector{DType::f32, DType::f32}));
}

// Each row is shifted by one number, which no element's rounding hides.
TEST(Relations, shift_logits_of_16_bits_exactly) {
  const Spec& spec = *find_spec("cross_entropy");
  for (const DType dtype : {DType::f16, DType::bf16}) {
    int shifted_rows = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
      std::vector<std::vector<double>> logits;
      const FakeSubject looks([&](const Call& call) {
        logits.emplace_back();
        for (std::int64_t e = 0; e < oracles::count(call.inputs[0].shape); ++e) {
          logits.back().push_back(read_real(call.inputs[0], e));
        }
      });
      const Case c = draw(spec, dtype, 12, i);
      property(c.loss, "exactly_representable_shift").check(looks, c);
      for (std::int64_t row = 0; row < row_count(*spec.definition, c); ++row) {
        std::vector<double> shifts;
        for (const std::size_t e : row_elements(*spec.definition, c, row)) {
          if (std::isfinite(logits.at(1).at(e))) shifts.push_back(logits[0].at(e) - logits[1].at(e));
        }
        if (shifts.empty()) continue;
        EXPECT_EQ(std::ranges::count(shifts, shifts.front()), std::ssize(shifts)) << to_json(c);
        EXPECT_NE(shifts.front(), 0.0) << to_json(c);
        ++shifted_rows;
      }
    }
    EXPECT_GT(shifted_rows, 500);
  }
}

TEST(TheShrinker, makes_results_of_the_inputs_dtype_where_that_fails_too) {
  const auto spoil = [](const Call& call) {
    if (call.value && oracles::count(call.value->shape) > 0) write_real(*call.value, 0, -1);
  };
  const Case mixed = squares_to(DType::bf16, DType::bf16, {1.5});
  const Case shrunk = shrink(any_square(spoil), mse(), accuracy(), mixed);
  EXPECT_EQ(shrunk.dtypes(), DTypes(DType::f32));
  EXPECT_EQ(shrunk.problem.grad_dtype, std::nullopt);
  EXPECT_EQ(shrunk.problem.grad_output.dtype, DType::f32);

  const auto spoil_mixed = [&](const Call& call) {
    if (call.value && call.value->dtype == DType::bf16) spoil(call);
  };
  const Case kept = shrink(any_square(spoil_mixed), mse(), accuracy(), mixed);
  EXPECT_EQ(kept.dtypes(), DTypes(DType::f32, DType::bf16));
  EXPECT_EQ(kept.problem.grad_dtype, std::nullopt);
}

TEST(Outcomes, of_a_subject_without_the_dtypes) {
  class Only32 final : public Subject {
    std::string name() const override { return "only"; }
    std::optional<double> promise_ulp(const oracles::Definition&, DType) const override { return 0.5; }
    bool offers(const oracles::Definition&, DTypes dtypes) const override { return dtypes == DTypes(DType::f32); }
    void run(const oracles::Definition&, const Call&) const override {}
  };
  const auto findings = accuracy().check(Only32(), squares_to(DType::bf16, DType::f32, {1}));
  EXPECT_EQ(findings.at(0).outcome, Outcome::not_run);
  EXPECT_EQ(findings.at(0).message, "only does not offer mse_loss in f32 to bf16");
}

}  // namespace

}  // namespace properties
