// Which target runs: the one that the environment, the program or a scope names, and by the names that users know.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/parallel.h"
#include "lossproof/losses.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "simd/target.h"
#include "stretch_of.h"

namespace lossproof {
namespace {

/// What every machine of its kind can run, which AArch64 can do in vectors.
#if defined(__aarch64__)
constexpr const char* narrowest = "neon";
#else
constexpr const char* narrowest = "scalar";
#endif

/// LOSSPROOF_TARGET is read once in a process: each of these tests is the end of one.
class LossproofTargetDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }

  static const Tensor& numbers() {
    static const Tensor t(DType::f32, {8});
    return t;
  }

  /// Says on stderr what ran, or what was refused, and ends the process.
  [[noreturn]] static void tell(const char* name) {
    setenv("LOSSPROOF_TARGET", name, 1);
    float value = 3;
    try {
      mse_loss.value({numbers().view(), numbers().view()}, {}, MutableTensorView(&value, {}));
      std::fprintf(stderr, "ran %s, target %s", simd::take_last_target().c_str(), target().c_str());
    } catch (const Error& e) {
      std::fprintf(stderr, "%s; value %g", e.what(), static_cast<double>(value));
    }
    std::exit(7);
  }
};

TEST_F(LossproofTargetDeathTest, NamesTheOneThatRuns) {
  for (const std::string& name : targets()) {
    EXPECT_EXIT(tell(name.c_str()), ::testing::ExitedWithCode(7), "^ran " + name + ", target " + name + "$");
  }
}

TEST_F(LossproofTargetDeathTest, EmptyMeansTheWidest) {
  EXPECT_EXIT(tell(""), ::testing::ExitedWithCode(7), "^ran " + targets().front() + ", target " + targets().front());
}

TEST_F(LossproofTargetDeathTest, UnknownIsRefusedByTheFirstCallWithTheNamesOfThoseHere) {
  std::string names;
  for (const std::string& name : targets()) names += (names.empty() ? "" : ", ") + name;
  EXPECT_EXIT(tell("avx9"), ::testing::ExitedWithCode(7),
              "^LOSSPROOF_TARGET is \"avx9\"; expected one of the targets here: " + names + "; value 3$");
}

// Which needs no target: an error that depends on the dtype would come as a surprise.
TEST_F(LossproofTargetDeathTest, UnknownIsRefusedByACallInF64Too) {
  const auto call = [] {
    setenv("LOSSPROOF_TARGET", "avx9", 1);
    const double x = 1;
    try {
      mse_loss({{&x, {1}}, {&x, {1}}});
    } catch (const Error& e) {
      std::fprintf(stderr, "%s", e.what());
    }
    std::exit(7);
  };
  EXPECT_EXIT(call(), ::testing::ExitedWithCode(7), "^LOSSPROOF_TARGET is \"avx9\"; expected one of the targets");
}

TEST(TargetNames, AreThoseThatUsersKnow) {
  const std::vector<std::string> known{"avx512_dl", "avx512", "avx2", "sse4", "neon", "scalar"};
  for (const std::string& name : targets()) {
    EXPECT_NE(std::find(known.begin(), known.end(), name), known.end()) << name;
  }
  EXPECT_EQ(targets().back(), narrowest);
}

TEST(TargetNames, OfHighwayOnlyAreRefused) {
  for (const char* name : {"avx3", "AVX2", "emu128", ""}) {
    try {
      const TargetScope scope(name);
      ADD_FAILURE() << "accepted " << name;
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()).rfind("the target is \"" + std::string(name) + "\"; expected one of", 0), 0u);
    }
  }
}

// Nested, in another thread, and in the threads that a call itself makes.
TEST(TargetScope, HoldsForItsThreadAlone) {
  const std::string widest = targets().front();
  {
    const TargetScope outer(narrowest);
    EXPECT_EQ(target(), narrowest);
    {
      const TargetScope inner(widest);
      EXPECT_EQ(target(), widest);
    }
    EXPECT_EQ(target(), narrowest);
    std::string other;
    std::thread([&] { other = target(); }).join();
    EXPECT_EQ(other, widest);
  }
  EXPECT_EQ(target(), widest);
}

TEST(TargetScope, HoldsInTheThreadsOfACall) {
  set_threads(2);
  const TargetScope scope(narrowest);
  std::atomic<int> others{0};
  detail::in_parallel(1000, [&](std::int64_t) { others += target() != narrowest; });
  EXPECT_EQ(others, 0);
  set_threads(1);
}

// The sums of a kernel depend in their last bits on its lanes: were one target's code another's, their results for all of
// these rows would agree.
TEST(TargetScope, EveryTargetRunsCodeOfItsOwn) {
  constexpr std::int64_t classes = 2000;
  std::set<std::vector<double>> seen;
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    std::vector<double> values;
    for (int row = 0; row < 50; ++row) {
      std::vector<float> x;
      for (std::int64_t j = 0; j < classes; ++j) x.push_back(static_cast<float>((j * (row + 7)) % 97) * 0.0937f);
      const std::int64_t target = row;
      x[static_cast<std::size_t>(target)] = 17;  // a small loss, whose last places tell how the others were added up
      const TensorView inputs[] = {TensorView(x.data(), {1, classes}), TensorView(&target, {1})};
      values.push_back(testing::stretch_of(*find_loss("cross_entropy"), inputs).sum.over(1).value);
    }
    seen.insert(values);
  }
  EXPECT_EQ(seen.size(), targets().size());
}

TEST(Targets, TheOneNamedRuns) {
  ASSERT_FALSE(targets().empty());
  for (const std::string& name : targets()) {
    set_target(name);
    EXPECT_EQ(target(), name);
  }
  set_target(targets().front());
}

TEST(Targets, AnUnknownOneIsRefusedWithTheNamesOfThoseHere) {
  try {
    set_target("avx9");
    FAIL() << "accepted";
  } catch (const Error& e) {
    const std::string text = e.what();
    EXPECT_EQ(text.rfind("the target is \"avx9\"; expected one of the targets here: ", 0), 0u) << text;
    EXPECT_NE(text.find(targets().back()), std::string::npos) << text;
  }
}

TEST(Threads, LessThanOneAreRefused) {
  try {
    set_threads(0);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "set_threads: 0 threads; expected at least 1");
  }
}

}  // namespace
}  // namespace lossproof
