// The main job in small: this library holds every property of every loss, the naive formula does not.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <tuple>

#include "properties/arena.h"
#include "properties/corpus.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/property.h"
#include "properties/tests/fake_subjects.h"
#include "subjects/subjects.h"

namespace properties {

/// How RapidCheck prints a case; the failure itself carries it whole, shrunk.
static void showValue(const Case& c, std::ostream& out) { out << c.origin; }

namespace {

using oracles::DType;

struct Question {
  const Spec* spec;
  DTypes dtypes;
  const Property* property;
};

std::ostream& operator<<(std::ostream& out, const Question& q) {
  return out << q.spec->definition->name << '/' << name(q.dtypes) << '/' << q.property->name;
}

std::vector<Question> questions() {
  std::vector<Question> result;
  for (const Spec* spec : specs()) {
    for (const DTypes dtypes : pairs_of(*spec)) {
      for (const Property& property : spec->properties) result.push_back({spec, dtypes, &property});
    }
  }
  return result;
}

std::filesystem::path corpus() { return std::filesystem::path(testing::TempDir()) / "lossproof-corpus"; }

class TheLibrary : public testing::TestWithParam<Question> {};

TEST_P(TheLibrary, holds) {
  const Question& q = GetParam();
  const Subject& subject = *subjects::find_subject("lossproof");
  int held = 0;
  const bool passed = rc::check([&] {
    const Case c = *q.spec->cases(q.dtypes);
    for (const Finding& finding : q.property->check(subject, c)) {
      if (finding.outcome == Outcome::failed) RC_FAIL(report_failure(subject, *q.spec, *q.property, c, corpus()));
      if (finding.outcome == Outcome::undecided) RC_FAIL("undecided: " + finding.message + '\n' + to_json(c));
      RC_ASSERT(finding.outcome != Outcome::not_run);
      held += finding.outcome == Outcome::held ? 1 : 0;
    }
  });
  EXPECT_TRUE(passed);
  EXPECT_GT(held, 20) << "too few cases meet the preconditions";
}

INSTANTIATE_TEST_SUITE_P(of, TheLibrary, testing::ValuesIn(questions()), [](const auto& of) {
  std::string dtypes = name(of.param.dtypes);
  std::ranges::replace(dtypes, ' ', '_');
  return of.param.spec->definition->name + "_" + dtypes + "_" + of.param.property->name;
});

/// A classifier of ten digits that is sure of itself: most rows lead by 10 to 60.
Case digits_like(DType dtype) {
  const oracles::Definition& loss = *find_spec("cross_entropy")->definition;
  Case c{loss.name, {}, Layout::row_major, "ten digits"};
  oracles::Tensor logits{dtype, {200, 10}, {}, {}};
  oracles::Tensor target{DType::i64, {200}, {}, {}};
  for (int row = 0; row < 200; ++row) {
    for (int j = 0; j < 10; ++j) {
      const double x = j == row % 10 ? 10.0 + 0.25 * row : 0.37 * ((row * 7 + j * 3) % 11);
      logits.reals.push_back(to_dtype(dtype == DType::f64 ? DType::f32 : dtype, x));
    }
    target.indices.push_back(row % 10);
  }
  c.problem.inputs = {logits, target};
  c.problem.attributes.reduction = oracles::Reduction::none;
  c.problem.grad_output = {dtype, {200}, std::vector<double>(200, 1.0), {}};
  return c;
}

TEST(TheNaiveFormula, misrounds_more_than_half_of_confident_rows) {
  const Property& accuracy = find_spec("cross_entropy")->properties.front();
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto findings = accuracy.check(*subjects::find_subject("naive"), digits_like(dtype));
    EXPECT_EQ(findings.at(0).outcome, Outcome::failed);
    EXPECT_GT(findings.at(0).misrounded, 100);
  }
}

TEST(TheNaiveFormula, is_convicted_for_every_loss_and_dtype) {
  const Subject& naive = *subjects::find_subject("naive");
  for (const Spec* spec : specs()) {
    for (const DTypes dtypes : pairs_of(*spec)) {
      bool convicted = false;
      for (std::uint64_t i = 0; i < 200 && !convicted; ++i) {
        const auto findings = spec->properties.front().check(naive, draw(*spec, dtypes, 1, i));
        convicted = std::ranges::count(findings, Outcome::failed, &Finding::outcome) > 0;
      }
      EXPECT_TRUE(convicted) << spec->definition->name << ' ' << name(dtypes);
    }
  }
}

// (1/3)^2 of f32 numbers, rounded to f32 and from there to what is asked for.
TEST(TheNaiveFormula, is_evaluated_in_f32_for_16_bits_and_converted_to_the_results_dtype) {
  const Subject& naive = *subjects::find_subject("naive");
  const oracles::Definition& loss = *find_spec("mse_loss")->definition;
  const double x = to_dtype(DType::bf16, 1.0 / 3.0);
  for (const DType result : oracles::real_dtypes) {
    Case c = squares({x});
    for (oracles::Tensor& input : c.problem.inputs) input.dtype = DType::bf16;
    c = with_result_dtypes(c, result, std::nullopt);
    const Outputs outputs = run(naive, loss, c);
    const auto square = static_cast<float>(x) * static_cast<float>(x);
    EXPECT_EQ(outputs.value.at(0), to_dtype(result, square)) << oracles::name(result);
    EXPECT_EQ(outputs.grad.at(0), to_dtype(DType::bf16, 2 * x));
  }
}

TEST(Subjects, are_found_by_name) {
  EXPECT_EQ(subjects::subjects().front()->name(), "lossproof");
  EXPECT_EQ(subjects::find_subject("naive")->name(), "naive");
  EXPECT_EQ(subjects::find_subject("no such subject"), nullptr);
}

}  // namespace

}  // namespace properties
