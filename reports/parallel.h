// Work for several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <vector>

namespace reports {

/// Calls `work(i, thread)` for each i below n. The first exception ends the work and is thrown again here.
template <class Work>
void in_parallel(unsigned threads, std::int64_t n, const Work& work) {
  std::atomic<std::int64_t> next = 0;
  std::vector<std::future<void>> pool;
  for (unsigned t = 0; t < threads; ++t)
    pool.push_back(std::async(std::launch::async, [&, t] {
      try {
        for (std::int64_t i = next++; i < n; i = next++) work(i, t);
      } catch (...) {
        next = n;
        throw;
      }
    }));
  for (auto& thread : pool) thread.wait();
  for (auto& thread : pool) thread.get();
}

}  // namespace reports
