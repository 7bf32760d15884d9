// Each target is a subject of its own, which runs the kernels of that target and of no other, whatever runs beside it.
#include <gtest/gtest.h>
#include <lossproof/target.h>

#include <array>
#include <thread>

#include "oracles/rows.h"
#include "properties/arena.h"
#include "properties/property.h"
#include "simd/target.h"
#include "subjects/subjects.h"

namespace {

using lossproof::simd::take_last_target;
using oracles::DType;
using properties::Code;

const properties::Subject& subject(const std::string& name) {
  const auto* found = subjects::find_subject(name);
  if (found == nullptr) throw std::invalid_argument("no subject " + name);
  return *found;
}

/// A case of the loss that is laid out as the kernels in vectors take it.
properties::Case dense_case(const properties::Spec& spec, DType dtype) {
  for (std::uint64_t i = 0;; ++i) {
    properties::Case c = properties::draw(spec, dtype, 1, i);
    const auto& shape = c.problem.inputs[0].shape;
    c.layout = properties::Layout::row_major;
    c.problem.attributes.reduction = oracles::Reduction::none;
    c.problem.grad_output.shape = oracles::value_shape(*spec.definition, c.problem.inputs, oracles::Reduction::none);
    c.problem.grad_output.reals.assign(static_cast<std::size_t>(oracles::count(c.problem.grad_output.shape)), 1);
    const auto& arguments = spec.definition->arguments;
    const bool may_have_masses = arguments.size() > 1 && arguments[1].kind == oracles::Argument::Kind::class_target;
    const bool has_masses = may_have_masses && c.problem.has_real_target();
    const auto& attributes = c.problem.attributes;
    const bool is_plain =
        !attributes.weight && !attributes.pos_weight && attributes.parameters == oracles::Parameters{};
    if (is_plain && !has_masses && shape.size() == 2 && shape[0] > 0 && shape[1] > 1) return c;
  }
}

/// The target whose kernel this thread ran for the case.
std::string target_of(const properties::Subject& subject, const properties::Spec& spec, const properties::Case& c) {
  take_last_target();
  properties::run(subject, *spec.definition, c);
  return take_last_target();
}

/// The losses that have code in vectors, as losses.h says.
constexpr std::array in_vectors{
    "cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "sigmoid", "log_sigmoid", "softplus"};

TEST(Targets, EachIsASubjectThatRunsItsKernels) {
  for (const char* loss : in_vectors) {
    const properties::Spec* spec = properties::find_spec(loss);
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32}) {
      const properties::Case c = dense_case(*spec, dtype);
      for (const std::string& target : lossproof::targets()) {
        EXPECT_EQ(target_of(subject("lossproof-" + target), *spec, c), target) << spec->definition->name;
        EXPECT_EQ(target_of(subject("lossproof"), *spec, c), lossproof::target()) << spec->definition->name;
      }
    }
  }
}

TEST(Targets, WhatHasF64RunsNoneOfThem) {
  for (const properties::Spec* spec : properties::specs()) {
    EXPECT_EQ(target_of(subject("lossproof-scalar"), *spec, dense_case(*spec, DType::f64)), "");
  }
}

TEST(Targets, SubjectsInOtherThreadsKeepTheirs) {
  const properties::Spec& spec = *properties::find_spec("mse_loss");
  const properties::Case c = dense_case(spec, DType::f32);
  std::vector<std::thread> threads;
  for (const std::string& target : lossproof::targets()) {
    threads.emplace_back([&, target] {
      const properties::Subject& ours = subject("lossproof-" + target);
      for (int repeat = 0; repeat < 2000; ++repeat) ASSERT_EQ(target_of(ours, spec, c), target);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lossproof::target(), lossproof::targets().front());
}

TEST(Targets, ASubjectOnTheTargetThatUsersGetAnywayIsTheSameCode) {
  const auto all = lossproof::targets();
  EXPECT_EQ(subject("lossproof").code(DType::f32), Code::own);
  EXPECT_EQ(subject("naive").code(DType::f32), Code::own);
  EXPECT_EQ(subject("lossproof-" + all.front()).code(DType::f32), Code::same);
  EXPECT_EQ(subject("lossproof-scalar").code(DType::f32), all.size() > 1 ? Code::variant : Code::same);
  EXPECT_EQ(subject("lossproof-scalar").code(DType::f64), Code::same);
  EXPECT_EQ(subject("lossproof-scalar").code({DType::f32, DType::f64}), Code::same);
}

}  // namespace
