// What an answer of one thread must also be in several.
#pragma once

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace oracles {

/// `answers()`, numbers without NaN, are the same in each of four threads at once as in this one alone.
template <class Answers>
void expect_same_in_threads(const Answers& answers) {
  const std::vector<double> expected = answers();
  std::vector<std::vector<double>> got(4);
  std::vector<std::thread> threads;
  for (auto& slot : got) threads.emplace_back([&] { slot = answers(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& slot : got) EXPECT_EQ(slot, expected);
}

}  // namespace oracles
