// The arena and the judge, tried on what they must catch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "properties/arena.h"
#include "properties/judge.h"
#include "properties/tests/fake_subjects.h"

namespace properties {

namespace {

using subjects::element;

const std::vector<Layout> layouts{Layout::row_major, Layout::transposed, Layout::gaps, Layout::reversed};

TEST(TheArena, finds_no_damage_where_there_is_none_in_every_layout) {
  for (const Layout layout : layouts) {
    const Outputs outputs = run(square(), *mse().definition, squares({1, 2, 3, 4, 5}, layout));
    EXPECT_EQ(outputs.damage, "");
    EXPECT_EQ(outputs.value, (std::vector<double>{1, 4, 9, 16, 25}));
    EXPECT_EQ(outputs.grad, (std::vector<double>{2, 4, 6, 8, 10}));
  }
}

std::string damage_of(std::function<void(const Call&)> also, Layout layout) {
  return run(square(std::move(also)), *mse().definition, squares({1, 2, 3}, layout)).damage;
}

TEST(TheArena, sees_a_changed_input) {
  for (const Layout layout : layouts) {
    EXPECT_EQ(damage_of([](const Call& call) { element<float>(call.inputs[1], 2) = 7.0f; }, layout),
              "target: changed by the call");
    EXPECT_EQ(damage_of([](const Call& call) { element<float>(*call.grad_output, 0) = 7.0f; }, layout),
              "grad_output: changed by the call");
  }
}

TEST(TheArena, sees_a_write_beside_a_tensor) {
  const auto one_before = [](const View& view) { static_cast<float*>(view.data)[view.strides[0] > 0 ? -1 : 1] = 0.0f; };
  for (const Layout layout : layouts) {
    EXPECT_EQ(damage_of([=](const Call& call) { one_before(*call.grad); }, layout),
              "grad: memory around it was written");
    EXPECT_EQ(damage_of([=](const Call& call) { one_before(call.inputs[0]); }, layout),
              "input: memory around it was written");
  }
}

TEST(TheArena, sees_an_element_that_was_not_written) {
  const FakeSubject lazy([](const Call& call) {
    for (const std::int64_t i : {0, 2}) element<float>(*call.value, i) = 0.0f;
  });
  for (const Layout layout : layouts) {
    const Outputs outputs = run(lazy, *mse().definition, squares({1, 2, 3}, layout), Ask::value);
    EXPECT_EQ(outputs.damage, "value[1]: not written");
    EXPECT_EQ(outputs.unwritten[0], 1);
  }
}

TEST(TheArena, expands_a_uniform_grad_output_with_strides_of_0) {
  std::vector<std::int64_t> strides;
  const FakeSubject looks([&](const Call& call) { strides = call.grad_output->strides; });
  run(looks, *mse().definition, squares({1, 2, 3}, Layout::gaps));
  EXPECT_EQ(strides, (std::vector<std::int64_t>{0}));
  run(looks, *mse().definition, squares({1, 2, 3}, Layout::row_major));
  EXPECT_EQ(strides, (std::vector<std::int64_t>{1}));
}

Outcome value_outcome(const Subject& subject, const Case& c) { return accuracy().check(subject, c).at(0).outcome; }

TEST(Accuracy, holds_a_right_subject) {
  const auto findings = accuracy().check(square(), squares({1.5, 2, 3}));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].outcome, Outcome::held);
  EXPECT_EQ(findings[0].elements, 3);
  EXPECT_EQ(findings[0].misrounded, 0);
  EXPECT_EQ(findings[0].message, "");
}

TEST(Accuracy, tells_the_worst_element) {
  const auto spoil = [](const Call& call) {
    if (!call.value) return;
    element<float>(*call.value, 1) = std::nextafter(element<float>(*call.value, 1), 100.0f);
    element<float>(*call.value, 2) = -9.0f;
  };
  const Finding finding = accuracy().check(square(spoil), squares({1.5, 2, 3})).at(0);
  EXPECT_EQ(finding.outcome, Outcome::failed);
  EXPECT_EQ(finding.misrounded, 2);
  EXPECT_EQ(finding.worst, 2);
  EXPECT_NE(finding.message.find("value[2]: got -0x1.2p+3, expected 0x1.2p+3"), std::string::npos) << finding.message;
}

TEST(Accuracy, holds_a_subject_to_its_own_promise) {
  const auto one_ulp_up = [](const Call& call) {
    if (call.value) element<float>(*call.value, 0) = std::nextafter(element<float>(*call.value, 0), 100.0f);
  };
  EXPECT_EQ(value_outcome(square(one_ulp_up, 1.0), squares({1.5})), Outcome::held);
  EXPECT_EQ(accuracy().check(square(one_ulp_up, 1.0), squares({1.5})).at(0).misrounded, 1);
  EXPECT_EQ(value_outcome(square(one_ulp_up, 0.9), squares({1.5})), Outcome::failed);
  EXPECT_EQ(value_outcome(square(one_ulp_up), squares({1.5})), Outcome::failed);
}

TEST(Accuracy, fails_a_nan_and_a_result_that_was_never_written) {
  const auto nan = [](const Call& call) {
    if (call.value) element<float>(*call.value, 0) = std::numeric_limits<float>::quiet_NaN();
  };
  EXPECT_EQ(value_outcome(square(nan), squares({1.5})), Outcome::failed);
  const FakeSubject idle([](const Call&) {});
  const double inf = std::numeric_limits<double>::infinity();
  Case c = squares({inf});
  c.problem.inputs[1].reals = {inf};  // the true value is NaN, and so is the poison
  EXPECT_EQ(accuracy().check(idle, c).at(0).message, "value[0]: not written");
}

TEST(Outcomes, of_a_subject_that_throws_or_refuses) {
  const FakeSubject throws([](const Call&) { throw std::invalid_argument("no such thing"); });
  const FakeSubject refuses([](const Call&) { throw Unsupported("not on this machine"); });
  const auto failed = accuracy().check(throws, squares({1}));
  EXPECT_EQ(failed.at(0).outcome, Outcome::failed);
  EXPECT_EQ(failed.at(0).message, "fake threw: no such thing");
  const auto refused = accuracy().check(refuses, squares({1}));
  EXPECT_EQ(refused.at(1).outcome, Outcome::not_run);
  EXPECT_EQ(refused.at(1).message, "not on this machine");
}

TEST(Outcomes, a_relation_without_its_precondition_gives_up) {
  const Property splitting = *std::ranges::find(mse().properties, "batch_splitting", &Property::name);
  const auto findings = splitting.check(square(), squares({1}));
  EXPECT_EQ(findings.at(0).outcome, Outcome::gave_up);
  EXPECT_EQ(findings.at(0).message, "fewer than two rows");
}

}  // namespace

}  // namespace properties
