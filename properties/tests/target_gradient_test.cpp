// The gradient with respect to a real target: who is asked for it, and that what is wrong with it is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "properties/arena.h"
#include "properties/floats.h"
#include "properties/judge.h"
#include "properties/tests/fake_subjects.h"
#include "subjects/subjects.h"

namespace properties {

namespace {

using oracles::Output;
using subjects::read_real;
using subjects::write_real;

/// The right squared error but for its gradient of the target, which is what `of` makes of the right one.
class Squares final : public Subject {
 public:
  explicit Squares(std::function<double(const Call&, double)> of) : of_(std::move(of)) {}

  std::string name() const override { return "squares"; }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return 0.5; }
  bool offers(const oracles::Definition&, DTypes) const override { return true; }
  void run(const oracles::Definition&, const Call& call) const override {
    for (std::int64_t i = 0; i < oracles::count(call.inputs[0].shape); ++i) {
      const double difference = read_real(call.inputs[0], i) - read_real(call.inputs[1], i);
      const auto put = [&](const View& out, double v) { write_real(out, i, to_dtype(out.dtype, v)); };
      if (call.value) put(*call.value, difference * difference);
      if (call.grad) put(*call.grad, 2 * difference * read_real(*call.grad_output, i));
      if (call.grad_target) put(*call.grad_target, of_(call, -2 * difference * read_real(*call.grad_output, i)));
    }
  }

 private:
  std::function<double(const Call&, double)> of_;
};

const Squares& right() {
  static const Squares subject([](const Call&, double g) { return g + 0.0; });
  return subject;
}

const Property& property(const std::string& name) {
  return *std::ranges::find(mse().properties, name, &Property::name);
}

TEST(TheTargetGradient, is_judged_as_the_gradient_is) {
  const auto held = accuracy().check(right(), squares({1.5, 2, 3}));
  ASSERT_EQ(held.size(), 3u);
  EXPECT_EQ(held[2].output, Output::grad_target);
  EXPECT_EQ(held[2].outcome, Outcome::held) << held[2].message;
  EXPECT_EQ(held[2].elements, 3);
  const Squares wrong_sign([](const Call&, double g) { return -g; });
  const auto failed = accuracy().check(wrong_sign, squares({1.5, 2, 3}));
  EXPECT_EQ(failed.at(1).outcome, Outcome::held);
  EXPECT_EQ(failed.at(2).outcome, Outcome::failed);
  EXPECT_EQ(failed.at(2).message.substr(0, 50), "grad_target[0]: got 0x1.8p+1, expected -0x1.8p+1 (");
}

TEST(TheTargetGradient, is_compared_by_relations) {
  const Case c = squares({1.5, 2, 3, 4});
  const auto third = [&](const Subject& subject, const std::string& name) {
    const auto findings = property(name).check(subject, c);
    const auto found = std::ranges::find(findings, Output::grad_target, &Finding::output);
    return found == findings.end() ? Outcome::gave_up : found->outcome;
  };
  const auto wrong_where = [](std::function<bool(const Call&)> where) {
    return Squares([where = std::move(where)](const Call& call, double g) { return where(call) ? g + 1 : g + 0.0; });
  };
  const auto alone = wrong_where([](const Call& call) { return !call.value; });
  const auto strided =
      wrong_where([](const Call& call) { return call.inputs[0].strides != std::vector<std::int64_t>{1}; });
  const auto first = wrong_where([](const Call& call) { return read_real(call.inputs[0], 0) == 1.5; });
  const Squares swallows_nan([](const Call&, double g) { return std::isnan(g) ? 0 : g + 0.0; });
  const auto always = wrong_where([](const Call&) { return true; });
  for (const auto& [wrong, name] : {std::pair(&alone, "fused_equals_apart"),
                                    {&strided, "layout_independence"},
                                    {&first, "batch_permutation"},
                                    {&first, "batch_splitting"},
                                    {&swallows_nan, "nan_stays_in_its_row"},
                                    {&always, "gradient_is_linear_in_grad_output"},
                                    {&always, "symmetry_in_inputs"},
                                    {&always, "mse_scales_by_powers_of_two"}}) {
    EXPECT_EQ(third(*wrong, name), Outcome::failed) << name;
    EXPECT_EQ(third(right(), name), Outcome::held) << name;
  }
}

TEST(TheTargetGradient, is_seen_where_it_is_not_written) {
  class Forgets final : public Subject {
    std::string name() const override { return "forgets"; }
    std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return 0.5; }
    bool offers(const oracles::Definition&, DTypes) const override { return true; }
    void run(const oracles::Definition& loss, const Call& call) const override {
      Call shorter = call;
      shorter.grad_target.reset();
      right().run(loss, shorter);
    }
  };
  const Case c = squares({1.5, 2});
  EXPECT_EQ(run(Forgets(), *mse().definition, c).damage, "grad_target[0]: not written");
  EXPECT_EQ(accuracy().check(Forgets(), c).at(2).message, "grad_target[0]: not written");
  EXPECT_EQ(property("inputs_unchanged_and_outputs_written").check(Forgets(), c).at(2).message,
            "grad_target[0]: grad_target[0]: not written");
}

TEST(TheTargetGradient, is_asked_for_of_real_targets_and_of_those_who_offer_it_alone) {
  const auto number_of_outputs = [](const std::string& loss, const Subject& subject) {
    return outputs_of(subject, draw(*find_spec(loss), oracles::DType::f32, 1, 0)).size();
  };
  const Subject& naive = *subjects::find_subject("naive");
  EXPECT_EQ(number_of_outputs("mse_loss", naive), 3u);
  EXPECT_EQ(number_of_outputs("mse_loss", square()), 2u);
  EXPECT_EQ(number_of_outputs("nll_loss", naive), 2u);
  EXPECT_EQ(number_of_outputs("softplus", naive), 2u);
}

TEST(TheTargetGradient, of_the_naive_formula_is_that_of_the_textbook) {
  Case c = squares({3, 0.5});
  c.problem.inputs[1].reals = {1, 2};
  EXPECT_EQ(run(*subjects::find_subject("naive"), *mse().definition, c, Ask::grad_target).grad_target,
            (std::vector<double>{-4, 3}));
}

}  // namespace

}  // namespace properties
