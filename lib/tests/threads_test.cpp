// The number of threads may change at any time, from any thread; and what is shared with the host's own use of TBB.
#include "lossproof/threads.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "engine/parallel.h"
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

/// The most calls of a task that are open at once on one thread, while each waits for tasks of its own.
int deepest_of_tasks_that_wait() {
  thread_local int open = 0;
  std::atomic<int> deepest{0};
  detail::in_parallel(64, [&](std::int64_t) {
    ++open;
    for (int seen = deepest; open > seen && !deepest.compare_exchange_weak(seen, open);) {
    }
    detail::in_parallel(16, [](std::int64_t) { std::this_thread::sleep_for(std::chrono::microseconds(50)); });
    --open;
  });
  return deepest;
}

TEST(ThreadsOfTbb, WaitWithoutBeginningSomethingElse) {
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  for (const int count : {2, 4, 8}) {
    set_threads(count);
    EXPECT_EQ(deepest_of_tasks_that_wait(), 1) << count << " threads";
  }
  set_threads(1);
}

TEST(ThreadsOfTbb, AreNotKeptFromWhoFinalizesIt) {
  tbb::task_scheduler_handle handle{tbb::attach{}};
  set_threads(2);
  std::thread([] { deepest_of_tasks_that_wait(); }).join();
  deepest_of_tasks_that_wait();
  set_threads(1);
  EXPECT_TRUE(tbb::finalize(handle, std::nothrow));
}

}  // namespace
}  // namespace lossproof
