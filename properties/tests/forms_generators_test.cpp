// Cases of losses of every form, made up: how they are drawn.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "oracles/tests/made_up.h"
#include "properties/cases.h"
#include "properties/floats.h"

namespace properties {

namespace {

using namespace oracles::made_up;
using oracles::Definition;
using oracles::DType;

/// Case number i of a loss over classes, or of elements.
Case drawn(const Definition& loss, std::uint64_t i, DTypes dtypes = DType::f32) {
  const auto gen = loss.form == oracles::Form::classes
                       ? class_cases(loss, dtypes)
                       : element_cases(loss, dtypes, pair_kinds(all_regression_pairs()));
  return gen(rc::Random(mix(11, i)), rc::kNominalSize).value();
}

std::vector<Definition> definitions() { return {of_logits(), weighted_product(), weighted_difference(), times_sum()}; }

TEST(Generators, draw_well_formed_cases_of_every_form) {
  for (const Definition& loss : definitions()) {
    for (std::uint64_t i = 0; i < 400; ++i) {
      const Case c = drawn(loss, i, dtype_pairs[i % dtype_pairs.size()]);
      EXPECT_EQ(problem_error(loss, c), "");
      const Case back = case_from_json(to_json(c));
      EXPECT_EQ(to_json(back), to_json(c));
      EXPECT_EQ(back.problem.attributes, c.problem.attributes);
    }
  }
}

TEST(Generators, draw_every_target_weight_and_parameter) {
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 600; ++i) {
    for (const Definition& loss : {weighted_product(), weighted_difference()}) {
      const Case c = drawn(loss, i);
      const oracles::Attributes& a = c.problem.attributes;
      seen.insert(loss.name + (c.problem.has_real_target() ? " real" : " index"));
      seen.insert(loss.name + (a.weight ? " weight" : " no weight"));
      if (a.pos_weight) seen.insert("pos_weight");
      if (a.weight) seen.insert(loss.name + " of rank " + std::to_string(a.weight->shape.size()));
      if (a.weight && std::ranges::count(a.weight->reals, 0.0) > 0) seen.insert("weight of 0");
      if (a.weight && std::ranges::any_of(a.weight->reals, [](double w) { return w < 0; }))
        seen.insert("negative weight");
      if (a.parameters.log_target) seen.insert("log_target");
      if (a.parameters.temperature == 5e-324) seen.insert("tiny temperature");
      if (a.parameters.alpha < 0) seen.insert("no alpha");
      if (a.parameters.gamma == 0) seen.insert("gamma of 0");
      seen.insert(std::string(oracles::name(a.reduction)));
      if (c.problem.has_real_target() && loss.form == oracles::Form::classes) {
        for (const double q : c.problem.inputs[1].reals) {
          seen.insert(std::isnan(q)   ? "NaN of mass"
                      : std::isinf(q) ? "infinite mass"
                      : q < 0         ? "negative mass"
                      : q == 0        ? "no mass"
                                      : "mass");
        }
      }
    }
  }
  for (const char* wanted : {"weighted_product real",
                             "weighted_product index",
                             "weighted_difference real",
                             "weighted_product weight",
                             "weighted_product no weight",
                             "weighted_difference of rank 0",
                             "weighted_difference of rank 3",
                             "pos_weight",
                             "weight of 0",
                             "negative weight",
                             "log_target",
                             "tiny temperature",
                             "no alpha",
                             "gamma of 0",
                             "batchmean",
                             "sum",
                             "NaN of mass",
                             "infinite mass",
                             "negative mass",
                             "no mass",
                             "mass"}) {
    EXPECT_TRUE(seen.contains(wanted)) << wanted;
  }
}

TEST(Generators, keep_numbers_in_their_argument_s_domain) {
  int ends = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Case c = drawn(weighted_difference(), i);
    for (const double v : c.problem.inputs[0].reals) {
      EXPECT_FALSE(std::fabs(v) > 8);
      ends += std::fabs(v) == 8;
    }
  }
  EXPECT_GT(ends, 100);
}

TEST(Generators, draw_second_logits_that_are_beside_the_first) {
  const Definition loss = weighted_product();
  int equal = 0, near = 0, others = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto gen = class_cases(loss, DType::f32, SecondRows::logits);
    const Case c = gen(rc::Random(mix(12, i)), rc::kNominalSize).value();
    if (!c.problem.has_real_target() || c.problem.inputs[0].reals.empty()) continue;
    const double x = c.problem.inputs[0].reals[0], y = c.problem.inputs[1].reals[0];
    const bool is_near = std::isfinite(x) && std::fabs(x - y) <= 4 * spacing(DType::f32, x);
    ++(same(x, y) ? equal : is_near ? near : others);
  }
  EXPECT_GT(equal, 10);
  EXPECT_GT(near, 10);
  EXPECT_GT(others, 10);
}

}  // namespace

}  // namespace properties
