// What is drawn: every special class, every attribute, every size; always well formed, and the same from the same seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/property.h"

namespace properties {

namespace {

using oracles::DType;

constexpr std::uint64_t cases = 1500;

/// Which special class a number is in, as a reader of the case would say.
std::string class_of(const Format& f, double v) {
  const double a = std::fabs(v);
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "+inf" : "-inf";
  if (v == 0.0) return std::signbit(v) ? "-0" : "+0";
  if (a < f.min_normal) return "subnormal";
  if (a == f.min_normal) return "smallest normal";
  if (a == f.max) return "largest";
  const auto beside = [&](double threshold) {
    return std::fabs(a - threshold) <= std::ldexp(2.0, std::ilogb(threshold) - f.precision + 1);
  };
  if (beside(f.log_max)) return "exp overflows";
  if (beside(-f.log_min)) return "exp turns subnormal";
  if (beside(-f.log_zero)) return "exp turns 0";
  return "other";
}

TEST(Generators, produce_every_special_class_in_every_real_input) {
  for (const Spec* spec : specs()) {
    for (const DType dtype : spec->dtypes) {
      std::map<std::string, int> seen;
      for (std::uint64_t i = 0; i < cases; ++i) {
        const Case c = draw(*spec, dtype, 1, i);
        for (const double v : c.problem.inputs[0].reals) ++seen[class_of(format(dtype), v)];
      }
      for (const char* name : {"nan", "+inf", "-inf", "+0", "-0", "subnormal", "smallest normal", "largest",
                               "exp overflows", "exp turns subnormal", "exp turns 0", "other"}) {
        const bool is_of_probabilities = spec->definition->arguments[0].domain.has_value();
        const std::string_view kind = name;
        const bool is_beyond_one = kind.ends_with("inf") || kind == "largest" || kind.starts_with("exp");
        if (is_of_probabilities && is_beyond_one) continue;
        EXPECT_GE(seen[name], 10) << spec->definition->name << ' ' << oracles::name(dtype) << ' ' << name;
      }
    }
  }
}

TEST(Generators, produce_confident_rows_at_gaps_from_1_to_800) {
  const Spec& spec = *find_spec("cross_entropy");
  std::set<int> gaps;
  for (std::uint64_t i = 0; i < 4 * cases; ++i) {
    const Case c = draw(spec, DType::f64, 2, i);
    for (std::int64_t row = 0; row < row_count(*spec.definition, c); ++row) {
      std::vector<double> x = gather(c.problem.inputs[0].reals, row_elements(*spec.definition, c, row));
      if (x.size() < 2) continue;
      std::ranges::sort(x, std::greater());
      if (x[0] - x[1] > 0.5 && x[0] - x[1] < 800.5) gaps.insert(static_cast<int>(std::round(x[0] - x[1])));
    }
  }
  EXPECT_GE(gaps.size(), 780u);
}

TEST(Generators, produce_every_attribute_and_shape) {
  const Spec& spec = *find_spec("cross_entropy");
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < cases; ++i) {
    const Case c = draw(spec, DType::f32, 3, i);
    const oracles::Shape& shape = c.problem.inputs[0].shape;
    const ClassAxes axes = class_axes(shape);
    seen.insert("rank " + std::to_string(shape.size()));
    seen.insert("C " + std::to_string(axes.classes));
    if (shape.size() > 1 && shape[0] == 0) seen.insert("N 0");
    if (shape.size() > 2 && axes.inner == 0) seen.insert("d 0");
    seen.insert(std::string(oracles::name(c.problem.attributes.reduction)));
    seen.insert(std::string(name(c.layout)));
    seen.insert(std::string(oracles::name(c.problem.inputs[1].dtype)));
    for (std::int64_t row = 0; row < axes.rows(); ++row) {
      if (!is_ignored(*spec.definition, c, row)) continue;
      seen.insert(c.problem.attributes.ignore_index < axes.classes && c.problem.attributes.ignore_index >= 0
                      ? "ignored in range"
                      : "ignored beyond");
      for (const std::size_t at : row_elements(*spec.definition, c, row)) {
        if (std::isnan(c.problem.inputs[0].reals[at])) seen.insert("ignored NaN");
      }
    }
  }
  for (const char* wanted : {"rank 1",
                             "rank 2",
                             "rank 3",
                             "rank 4",
                             "C 1",
                             "C 2",
                             "C 3",
                             "C 127",
                             "C 128",
                             "C 129",
                             "N 0",
                             "d 0",
                             "none",
                             "per_sample",
                             "mean",
                             "sum",
                             "row_major",
                             "transposed",
                             "gaps",
                             "reversed",
                             "i32",
                             "i64",
                             "ignored in range",
                             "ignored beyond",
                             "ignored NaN"}) {
    EXPECT_TRUE(seen.contains(wanted)) << wanted;
  }
}

TEST(Generators, produce_well_formed_cases_that_fit_their_dtype) {
  for (const Spec* spec : specs()) {
    for (const DTypes dtypes : pairs_of(*spec)) {
      std::int64_t elements = 0;
      for (std::uint64_t i = 0; i < cases; ++i) {
        const Case c = draw(*spec, dtypes, 4, i);
        EXPECT_EQ(problem_error(*spec->definition, c), "");
        EXPECT_EQ(c.dtypes(), dtypes);
        for (const oracles::Tensor& input : c.problem.inputs) {
          for (const double v : input.reals) EXPECT_TRUE(same(v, to_dtype(dtypes.input, v)));
        }
        for (const double v : c.problem.grad_output.reals) EXPECT_TRUE(same(v, to_dtype(dtypes.result, v)));
        elements += static_cast<std::int64_t>(c.problem.inputs[0].reals.size());
      }
      EXPECT_LT(elements / static_cast<std::int64_t>(cases), 300);
    }
  }
}

TEST(Generators, draw_the_same_case_from_the_same_seed_and_others_from_others) {
  for (const Spec* spec : specs()) {
    EXPECT_EQ(to_json(draw(*spec, DType::f32, 7, 3)), to_json(draw(*spec, DType::f32, 7, 3)));
    EXPECT_NE(to_json(draw(*spec, DType::f32, 7, 3)), to_json(draw(*spec, DType::f32, 7, 4)));
    EXPECT_NE(to_json(draw(*spec, DType::f32, 7, 3)), to_json(draw(*spec, DType::f32, 8, 3)));
  }
}

TEST(Generators, draw_gradients_of_the_inputs_dtype_and_of_the_values) {
  for (const Spec* spec : specs()) {
    std::map<DType, int> seen;
    for (std::uint64_t i = 0; i < 100; ++i) {
      ++seen[draw(*spec, {DType::bf16, DType::f32}, 9, i).problem.dtype(oracles::Output::grad)];
    }
    EXPECT_GT(seen[DType::bf16], 20) << spec->definition->name;
    EXPECT_GT(seen[DType::f32], 20) << spec->definition->name;
  }
}

TEST(Generators, produce_results_that_are_subnormal_infinite_and_ties_in_the_results_dtype) {
  for (const DTypes dtypes : {DTypes(DType::f16), DTypes(DType::bf16), DTypes(DType::f64, DType::f32)}) {
    std::map<oracles::Form, std::map<std::string, int>> seen;
    for (const Spec* spec : specs()) {
      auto& of_form = seen[spec->definition->form];
      for (std::uint64_t i = 0; i < 300; ++i) {
        const Case c = draw(*spec, dtypes, 6, i);
        const oracles::Reference truth(*spec->definition, c.problem);
        for (std::int64_t e = 0; e < oracles::count(truth.shape(oracles::Output::value)); ++e) {
          const double v = truth.rounded(oracles::Output::value, e).value;
          ++of_form[class_of(format(dtypes.result), v)];
          if (std::isfinite(v) && truth.ulp_error(oracles::Output::value, e, v) == 0.5) ++of_form["tie"];
        }
      }
    }
    for (auto& [form, of_form] : seen)
      for (const char* name : {"subnormal", "+inf", "tie"})
        EXPECT_GE(of_form[name], 3) << static_cast<int>(form) << ' ' << properties::name(dtypes) << ' ' << name;
  }
}

}  // namespace

}  // namespace properties
