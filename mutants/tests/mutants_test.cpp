// Every mutant is convicted by the property named for it; what they spoil never is.
#include "mutants/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "properties/property.h"

namespace mutants {

using properties::Case;
using properties::DTypes;
using properties::Finding;
using properties::Outcome;
using properties::Property;
using properties::Spec;

std::ostream& operator<<(std::ostream& out, const Mutant& mutant) { return out << mutant.loss << '/' << mutant.name; }

namespace {

constexpr std::uint64_t seed = 20240229;
constexpr std::uint64_t cases_for_a_conviction = 400;
/// Most have weights, smoothing or masses, which right steps do not know.
constexpr std::uint64_t cases_of_steps = 4000;
constexpr std::uint64_t cases_for_an_acquittal = 40;

const Property& property_of(const Spec& spec, const std::string& name) {
  return *std::ranges::find(spec.properties, name, &Property::name);
}

const Finding* failure(const std::vector<Finding>& findings) {
  const auto found = std::ranges::find(findings, Outcome::failed, &Finding::outcome);
  return found == findings.end() ? nullptr : &*found;
}

class EveryMutant : public testing::TestWithParam<Mutant> {};

std::uint64_t most_cases(const Mutant& mutant) {
  return std::holds_alternative<Steps>(mutant.mistake) ? cases_of_steps : cases_for_a_conviction;
}

bool is_convicted(const Mutant& mutant, DTypes dtypes) {
  const Spec& spec = *properties::find_spec(mutant.loss);
  const Property& property = property_of(spec, mutant.convicted_by);
  const auto accused = subject(mutant);
  for (std::uint64_t i = 0; i < most_cases(mutant); ++i) {
    const std::vector<Finding> findings = property.check(*accused, properties::draw(spec, dtypes, seed, i));
    const Finding* found = failure(findings);
    if (found == nullptr) continue;
    EXPECT_EQ(found->message.find(" threw: "), std::string::npos) << found->message << ": no wrong result";
    return true;
  }
  return false;
}

TEST_P(EveryMutant, is_convicted_by_the_property_named_for_it) {
  const Mutant& mutant = GetParam();
  for (const DTypes dtypes : mutant.dtypes) {
    EXPECT_TRUE(is_convicted(mutant, dtypes)) << mutant << " passed " << mutant.convicted_by << " in "
                                              << properties::name(dtypes) << " in " << most_cases(mutant) << " cases";
  }
}

INSTANTIATE_TEST_SUITE_P(mutants, EveryMutant, testing::ValuesIn(mutants()),
                         [](const auto& of) { return of.param.loss + "_" + of.param.name; });

/// The losses that there are right steps of.
std::vector<std::string> losses_in_steps() {
  std::vector<std::string> losses;
  for (const Mutant& mutant : mutants()) {
    if (std::holds_alternative<Steps>(mutant.mistake)) losses.push_back(mutant.loss);
  }
  std::ranges::sort(losses);
  losses.erase(std::ranges::unique(losses).begin(), losses.end());
  return losses;
}

class TheRightImplementation : public testing::TestWithParam<std::string> {};

void expect_acquittal(const Spec& spec, const properties::Subject& innocent, std::uint64_t cases) {
  for (std::uint64_t i = 0; i < cases; ++i) {
    for (const DTypes dtypes : properties::pairs_of(spec)) {
      const Case c = properties::draw(spec, dtypes, seed + 1, i);
      for (const Property& property : spec.properties) {
        const std::vector<Finding> findings = property.check(innocent, c);
        ASSERT_EQ(failure(findings), nullptr) << property.name << ": " << failure(findings)->message << '\n'
                                              << properties::to_json(c);
      }
    }
  }
}

TEST_P(TheRightImplementation, is_convicted_by_no_property) {
  const Spec& spec = *properties::find_spec(GetParam());
  expect_acquittal(spec, *right(spec.definition->name), cases_for_an_acquittal);
}

class NoMistake : public testing::TestWithParam<const Spec*> {};

// All that mutants do besides their mistake: copied inputs, results read and written again.
TEST_P(NoMistake, is_convicted_by_no_property) {
  const auto nothing = [](const properties::Call&, Dense&) {};
  const auto itself = [](const properties::Call&, std::int64_t, double v) { return v; };
  const Spoiling spoiling = [&](const std::string& loss, const properties::Call& call) {
    with_input(0, nothing)(loss, call);
    for (const auto output : {oracles::Output::value, oracles::Output::grad, oracles::Output::grad_target})
      spoil(call, output, itself);
  };
  expect_acquittal(*GetParam(), Spoiled("nobody", GetParam()->definition->name, spoiling), 2);
}

INSTANTIATE_TEST_SUITE_P(losses, NoMistake, testing::ValuesIn(properties::specs()),
                         [](const auto& of) { return of.param->definition->name; });

TEST(Mutants, are_convicted_by_every_property_that_there_is) {
  for (const Spec* spec : properties::specs()) {
    for (const Property& property : spec->properties) {
      EXPECT_TRUE(std::ranges::count(mutants(), property.name, &Mutant::convicted_by))
          << property.name << " of " << spec->definition->name << " convicts no mutant";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(losses, TheRightImplementation, testing::ValuesIn(losses_in_steps()),
                         [](const auto& of) { return of.param; });

TEST(Mutants, name_properties_that_their_losses_have) {
  for (const Mutant& mutant : mutants()) {
    const Spec* spec = properties::find_spec(mutant.loss);
    ASSERT_NE(spec, nullptr) << mutant;
    EXPECT_TRUE(std::ranges::count(spec->properties, mutant.convicted_by, &Property::name)) << mutant;
  }
}

}  // namespace

}  // namespace mutants
