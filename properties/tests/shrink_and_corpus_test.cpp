// What becomes of a failure: shrunk, told, stored.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "properties/corpus.h"
#include "properties/floats.h"
#include "properties/judge.h"
#include "properties/shrink.h"
#include "properties/tests/fake_subjects.h"

namespace properties {

namespace {

using oracles::DType;
using subjects::element;

TEST(TheShrinker, reaches_one_row_of_one_simple_number) {
  // Fails exactly where some |x| exceeds 3, so the simplest failure is a single 4.
  const FakeSubject wrong = square([](const Call& call) {
    for (std::int64_t i = 0; call.value && i < oracles::count(call.inputs[0].shape); ++i) {
      if (std::fabs(element<float>(call.inputs[0], i)) > 3.0f) element<float>(*call.value, i) = -1.0f;
    }
  });
  const Case shrunk = shrink(wrong, mse(), accuracy(), squares({1.1f, 7.3f, -200.7f, 0.1f, 5.5f, 9.25f}, Layout::gaps));
  EXPECT_EQ(shrunk.problem.inputs[0].reals, (std::vector<double>{4.0}));
  EXPECT_EQ(shrunk.layout, Layout::row_major);
  EXPECT_EQ(accuracy().check(wrong, shrunk).at(0).outcome, Outcome::failed);
}

TEST(TheShrinker, tries_only_simpler_numbers) {
  Draws draws(3);
  for (int i = 0; i < 2000; ++i) {
    const double v = draw_float(DType::f64, false, draws);
    for (const double simpler : simpler_numbers(v)) EXPECT_LT(complexity(simpler), complexity(v)) << hex(v);
  }
  EXPECT_TRUE(simpler_numbers(0.0).empty());
}

TEST(AFailure, is_told_with_the_shrunk_case_and_the_command_that_replays_it) {
  const FakeSubject wrong = square([](const Call& call) {
    if (call.value && oracles::count(call.value->shape) > 0) element<float>(*call.value, 0) = -1.0f;
  });
  const std::filesystem::path directory = std::filesystem::path(testing::TempDir()) / "lossproof-corpus-test";
  std::filesystem::remove_all(directory);
  const std::string message = report_failure(wrong, mse(), accuracy(), squares({1.5, 2}), directory);
  EXPECT_NE(message.find("fake fails accuracy of mse_loss (f32)\nvalue[0]: got -0x1p+0, expected 0x0p+0"),
            std::string::npos)
      << message;
  const auto entry = std::filesystem::directory_iterator(directory)->path();
  EXPECT_NE(message.find("replay: ./lossproof replay " + entry.string() + " --subject fake --property accuracy\n"),
            std::string::npos)
      << message;
  std::ostringstream stored;
  stored << std::ifstream(entry).rdbuf();
  EXPECT_EQ(case_from_json(stored.str()).problem.inputs[0].reals, (std::vector<double>{0.0}));
}

TEST(TheCorpus, takes_one_case_from_several_threads_at_a_time) {
  const std::filesystem::path directory = std::filesystem::path(testing::TempDir()) / "corpus_of_threads";
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 300; ++repeat) {
        try {
          save(squares({1}), directory);
        } catch (const std::runtime_error&) {
          ++failed;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1);
}

TEST(TheCorpus, says_which_file_cannot_be_written) {
  try {
    save(squares({1}), "/proc/no-such-directory");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 40), "cannot write /proc/no-such-directory/mse");
  }
}

}  // namespace

}  // namespace properties
