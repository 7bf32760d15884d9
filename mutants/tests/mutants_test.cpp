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
/// Most have weights, smoothing or masses, which mutants do not know.
constexpr std::uint64_t cases_for_a_conviction = 4000;
constexpr std::uint64_t cases_for_an_acquittal = 40;

const Property& property_of(const Spec& spec, const std::string& name) {
  return *std::ranges::find(spec.properties, name, &Property::name);
}

const Finding* failure(const std::vector<Finding>& findings) {
  const auto found = std::ranges::find(findings, Outcome::failed, &Finding::outcome);
  return found == findings.end() ? nullptr : &*found;
}

class EveryMutant : public testing::TestWithParam<Mutant> {};

bool is_convicted(const Mutant& mutant, DTypes dtypes) {
  const Spec& spec = *properties::find_spec(mutant.loss);
  const Property& property = property_of(spec, mutant.convicted_by);
  const auto accused = subject(mutant);
  for (std::uint64_t i = 0; i < cases_for_a_conviction; ++i) {
    if (failure(property.check(*accused, properties::draw(spec, dtypes, seed, i))) != nullptr) return true;
  }
  return false;
}

TEST_P(EveryMutant, is_convicted_by_the_property_named_for_it) {
  const Mutant& mutant = GetParam();
  for (const DTypes dtypes : mutant.dtypes) {
    EXPECT_TRUE(is_convicted(mutant, dtypes))
        << mutant << " passed " << mutant.convicted_by << " in " << properties::name(dtypes) << " in "
        << cases_for_a_conviction << " cases";
  }
}

INSTANTIATE_TEST_SUITE_P(mutants, EveryMutant, testing::ValuesIn(mutants()),
                         [](const auto& of) { return of.param.loss + "_" + of.param.name; });

/// The losses that some mutant spoils, and that a right implementation is therefore there of.
std::vector<std::string> spoiled_losses() {
  std::vector<std::string> losses;
  for (const Mutant& mutant : mutants()) losses.push_back(mutant.loss);
  std::ranges::sort(losses);
  losses.erase(std::ranges::unique(losses).begin(), losses.end());
  return losses;
}

class TheRightImplementation : public testing::TestWithParam<std::string> {};

TEST_P(TheRightImplementation, is_convicted_by_no_property) {
  const Spec& spec = *properties::find_spec(GetParam());
  const auto innocent = right(spec.definition->name);
  for (std::uint64_t i = 0; i < cases_for_an_acquittal; ++i) {
    for (const DTypes dtypes : properties::pairs_of(spec)) {
      const Case c = properties::draw(spec, dtypes, seed + 1, i);
      for (const Property& property : spec.properties) {
        const std::vector<Finding> findings = property.check(*innocent, c);
        ASSERT_EQ(failure(findings), nullptr) << property.name << ": " << failure(findings)->message << '\n'
                                              << properties::to_json(c);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(losses, TheRightImplementation, testing::ValuesIn(spoiled_losses()),
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
