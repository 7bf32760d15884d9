// The number of threads may change at any time, from any thread.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "lossproof/losses.h"
#include "problems.h"

namespace lossproof {
namespace {

using testing::Problem;

class Threads : public testing::LossInVectors {};
INSTANTIATE_TEST_SUITE_P(Of, Threads, ::testing::Values(&cross_entropy, &softmax, &softplus),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(Threads, MayBeSetWhileCallsRun) {
  arith::testing::Draw draw(3);
  detail::grain = 64;
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  const std::vector<Problem> problems{testing::draw_problem(draw, *GetParam(), {50, 30}),
                                      testing::draw_problem(draw, *GetParam(), {2, 5000})};
  std::vector<std::string> expected;
  for (const Problem& p : problems) expected.push_back(testing::careful_bytes_of(p));
  std::atomic<int> wrong{0}, running{3};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int call = 0; call < 100; ++call) {
        for (std::size_t k = 0; k < problems.size(); ++k) wrong += testing::bytes_of(problems[k]) != expected[k];
      }
      --running;
    });
  }
  for (int count = 1; running > 0; count = count % 8 + 1) set_threads(count);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace lossproof
