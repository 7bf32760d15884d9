// Every number in a tensor of a call of every loss that is out of its range: what is said of it.
#include <cmath>
#include <limits>

#include "refused_calls.h"

namespace lossproof {
namespace {

using testing::Part;
using testing::put;
using testing::RefusedCalls;
using testing::Role;
using testing::Subject;
using testing::subjects_where;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr DType reals[] = {DType::f16, DType::bf16, DType::f32, DType::f64};

class RefusedClasses : public RefusedCalls {};
INSTANTIATE_TEST_SUITE_P(Of, RefusedClasses,
                         ::testing::ValuesIn(subjects_where([](const Subject& s) { return !is_real(s.second); })),
                         testing::name_of_subject);

TEST_P(RefusedClasses, OutOfRange) {
  const std::string range = "; expected a class index from 0 to 2, or ignore_index ";
  const bool is_wide = GetParam().second == DType::i64;
  std::vector<std::int64_t> wrong{-1, 3, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max()};
  if (is_wide) wrong.insert(wrong.end(), {(std::int64_t{1} << 32) + 1, std::numeric_limits<std::int64_t>::min()});
  Part& target = part(Role::second);
  for (const std::int64_t t : wrong) {
    for (const auto& [i, position] : {std::pair(1, "[0, 1]"), std::pair(4, "[1, 0]"), std::pair(7, "[1, 3]")}) {
      expect_refused_at(target, i, static_cast<double>(t), 1, position + (" is " + std::to_string(t)) + range + "-100");
    }
  }
  target.view = {target.view.data(), target.view.dtype(), target.view.shape(), {1, 2}};
  expect_refused_at(target, 4, 9, 1, "[0, 2] is 9" + range + "-100");
  options_.ignore_index = 255;
  expect_refused_at(target, 3, -100, 1, "[1, 1] is -100" + range + "255");
  put(target, 3, 255);
  expect_accepted();
}

TEST_P(RefusedClasses, OfOneRow) {
  make({3});
  expect_accepted();
  expect_refused_at(part(Role::second), 0, 3, 1, "[] is 3; expected a class index from 0 to 2, or ignore_index -100");
  make({0});
  expect_refused("target[] is 1; expected no class, but ignore_index -100");
}

bool has_probabilities(const Subject& s) { return std::ranges::any_of(s.loss->arguments(), &Argument::probability); }
class RefusedProbabilities : public RefusedCalls {};
INSTANTIATE_TEST_SUITE_P(Of, RefusedProbabilities, ::testing::ValuesIn(subjects_where(has_probabilities)),
                         testing::name_of_subject);

// What losses.h says in two paragraphs, that each argument says of itself.
TEST(Probabilities, AreAskedForByTwoLosses) {
  std::vector<std::string> arguments;
  for (const Loss* loss : catalogue()) {
    for (const Argument& argument : loss->arguments()) {
      if (argument.probability) arguments.push_back(std::string(loss->name()) + " " + std::string(argument.name));
    }
  }
  EXPECT_EQ(arguments, (std::vector<std::string>{"binary_cross_entropy input", "sigmoid_focal_loss target"}));
}

TEST_P(RefusedProbabilities, OutOfRange) {
  const Role role = loss().arguments()[0].probability ? Role::first : Role::second;
  const std::pair<double, const char*> wrong[] = {{-0.25, "-0.25"}, {1.25, "1.25"}, {inf, "inf"}, {-inf, "-inf"}};
  for (const DType real : reals) {
    make({3, 500}, real);
    Part& probabilities = part(role);
    for (const std::int64_t i : {0, 1, 511, 512, 1499}) {
      for (const auto& [number, text] : wrong) {
        const std::string position = "[" + std::to_string(i / 500) + ", " + std::to_string(i % 500) + "]";
        expect_refused_at(probabilities, i, number, 0.5, position + " is " + text + "; expected a number in [0, 1]");
      }
    }
    for (const auto& [i, number] : {std::pair(500, nan), std::pair(600, 1.0), std::pair(700, -0.0)}) {
      put(probabilities, i, number);
    }
    expect_accepted();
    if (real == DType::f64) {
      const double above = std::nextafter(1.0, 2.0);
      expect_refused_at(probabilities, 0, above, 0.5, "[0, 0] is 1.0000000000000002; expected a number in [0, 1]");
    }
    probabilities.view = {probabilities.view.data(), real, {3, 500}, {1, 3}};
    expect_accepted();
    expect_refused_at(probabilities, 4, 1.25, 0.5, "[1, 1] is 1.25; expected a number in [0, 1]");
  }
}

class RefusedWeights : public RefusedCalls {};
INSTANTIATE_TEST_SUITE_P(Of, RefusedWeights,
                         ::testing::ValuesIn(subjects_where([](const Subject& s) { return s.loss->takes().weight; })),
                         testing::name_of_subject);

TEST_P(RefusedWeights, NotFinite) {
  for (const DType real : reals) {
    make({2, 3, 4}, real);
    for (Part& part : parts_) {
      if (part.role != Role::weight && part.role != Role::pos_weight) continue;
      const bool one_for_each_class = part.view.rank() == 1;
      const std::int64_t i = one_for_each_class ? 2 : 17;
      const std::string position = one_for_each_class ? "[2]" : "[1, 1, 1]";
      for (const auto& [number, text] : {std::pair(nan, "nan"), std::pair(inf, "inf"), std::pair(-inf, "-inf")}) {
        expect_refused_at(part, i, number, 0.5, position + " is " + text + "; expected a finite number");
      }
      for (const double number : {-3.0, 0.0, 1e4}) {
        put(part, i, number);
        expect_accepted();
      }
    }
  }
}

class AcceptedNumbers : public RefusedCalls {
  void TearDown() override {}
};
INSTANTIATE_TEST_SUITE_P(Of, AcceptedNumbers, ::testing::ValuesIn(testing::subjects()), testing::name_of_subject);

TEST_P(AcceptedNumbers, AreAllButThoseRefused) {
  const std::span arguments = loss().arguments();
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    if (arguments[k].probability || !is_real(parts_[k].view.dtype())) continue;
    for (const double number : {-1.0, 2.0, 1e30, inf, -inf, nan}) {
      put(parts_[k], 5, number);
      expect_accepted();
    }
  }
}

}  // namespace
}  // namespace lossproof
