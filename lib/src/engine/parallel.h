#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>

namespace lossproof::detail {

/// Elements that one task should have at least: some 30 us of work, ten times what it costs to wake a thread. Tests
/// lower it.
inline std::atomic<std::int64_t> grain{1 << 16};

/// The number of tasks to cut `count` items of `size` elements each into: 1 below two grains, at most four per thread.
std::int64_t tasks_for(std::int64_t count, std::int64_t size);

/// Likewise of rows, but 1 where they are few and long: then a kernel in vectors cuts up each.
std::int64_t tasks_for_rows(std::int64_t rows, std::int64_t row_size);

/// The first of `count` items that is of task k.
inline std::int64_t share(std::int64_t count, std::int64_t k, std::int64_t tasks) {
  return count / tasks * k + std::min(k, count % tasks);
}

/// Calls task(k) for k from 0 to count - 1, on as many threads as `threads()` allows; on the caller's where it is one.
void in_parallel(std::int64_t count, const std::function<void(std::int64_t)>& task);

}  // namespace lossproof::detail
