// Every option of every loss that is out of its range or not the loss's: what is said of it.
#include <limits>

#include "refused_calls.h"

namespace lossproof {
namespace {

using testing::RefusedCalls;
using testing::Role;
using testing::seen_as;
using testing::Subject;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Written = std::pair<double, const char*>;

struct Scalar {
  const char* name;
  std::optional<double> Options::*option;
  bool Takes::*taken;
  const char* expected;
  double right;
  std::vector<Written> wrong;
};
const Scalar scalars[] = {
    {"beta", &Options::beta, &Takes::beta, "a finite number other than 0", -1e-300, {{0, "0"}, {-0.0, "-0"}}},
    {"label_smoothing",
     &Options::label_smoothing,
     &Takes::label_smoothing,
     "a number in [0, 1]",
     1,
     {{-0.25, "-0.25"}, {1.0000001, "1.0000001"}}},
    {"temperature",
     &Options::temperature,
     &Takes::temperature,
     "a finite number above 0",
     0.5,
     {{0, "0"}, {-1e-9, "-1e-09"}}},
    {"alpha",
     &Options::alpha,
     &Takes::focus,
     "a number in [0, 1], or a negative one for no weights",
     -inf,
     {{1.5, "1.5"}, {1e30, "1e+30"}}},
    {"gamma", &Options::gamma, &Takes::focus, "a finite number, at least 0", 0, {{-0.5, "-0.5"}}},
};

class RefusedOptions : public RefusedCalls {};
INSTANTIATE_TEST_SUITE_P(Of, RefusedOptions, ::testing::ValuesIn(testing::subjects()), testing::name_of_subject);

TEST_P(RefusedOptions, OutOfRangeOrNotTaken) {
  for (const Scalar& scalar : scalars) {
    std::optional<double>& option = options_.*scalar.option;
    const bool taken = loss().takes().*scalar.taken;
    std::vector<Written> all_wrong{{nan, "nan"}, {inf, "inf"}, {-inf, "-inf"}};
    all_wrong.insert(all_wrong.end(), scalar.wrong.begin(), scalar.wrong.end());
    const std::string not_taken = std::string("takes no option ") + scalar.name;
    for (const auto& [wrong, text] : all_wrong) {
      option = wrong;
      const std::string is = std::string("the option ") + scalar.name + " is " + text;
      if (wrong != scalar.right) expect_refused(taken ? is + "; expected " + scalar.expected : not_taken);
    }
    option = scalar.right;
    taken ? expect_accepted() : expect_refused(not_taken);
    option.reset();
  }
}

TEST_P(RefusedOptions, ThatTheLossDoesNotTake) {
  const Takes takes = loss().takes();
  const TensorView one = seen_as(part(Role::grad_output), {});
  const auto expect = [&](const char* name, bool taken, const Options& options) {
    options_ = options;
    options_.reduction = Reduction::none;
    if (!taken) expect_refused(std::string("takes no option ") + name);
  };
  expect("ignore_index", takes.ignore_index, {.ignore_index = -100});
  expect("log_target", takes.log_target, {.log_target = false});
  expect("weight", takes.weight, {.weight = one});
  expect("pos_weight", takes.pos_weight, {.pos_weight = one});
}

TEST_P(RefusedOptions, OfReductionsThatThereAreNot) {
  for (const int reduction : {5, 9, 255}) {
    options_.reduction = static_cast<Reduction>(reduction);
    expect_refused("reduction " + std::to_string(reduction) + "; expected none" +
                   (loss().takes().reduction ? ", per_sample, mean, sum or batchmean" : ""));
  }
  if (loss().takes().reduction) return;
  for (const Reduction reduction : {Reduction::per_sample, Reduction::mean, Reduction::sum, Reduction::batchmean}) {
    options_.reduction = reduction;
    expect_refused("takes no reduction but none");
  }
}

TEST_P(RefusedOptions, OfDTypesThatTheValueHasNot) {
  for (const DType dtype : {DType::i32, DType::i64}) {
    options_.dtype = dtype;
    expect_refused("the option dtype is " + std::string(name(dtype)) + "; expected f16, bf16, f32 or f64");
  }
  for (const DType dtype : {DType::f16, DType::bf16, DType::f64}) {
    options_.dtype = dtype;
    expect_refused("the value is f32; expected " + std::string(name(dtype)) + ", as the option dtype says",
                   {Role::value});
  }
  options_.dtype = DType::f32;
  expect_accepted();
}

class RefusedIgnoredIndices : public RefusedCalls {};
INSTANTIATE_TEST_SUITE_P(Of, RefusedIgnoredIndices, ::testing::ValuesIn(testing::subjects_where([](const Subject& s) {
                           return s.loss->takes().ignore_index && is_real(s.second);
                         })),
                         testing::name_of_subject);

TEST_P(RefusedIgnoredIndices, AmongNumbers) {
  for (const std::int64_t index : {0, 5}) {
    options_.ignore_index = index;
    expect_refused("the option ignore_index is " + std::to_string(index) +
                   "; expected none, for target is no class index");
  }
  options_.ignore_index = -100;
  expect_accepted();
}

}  // namespace
}  // namespace lossproof
