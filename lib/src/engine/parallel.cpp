#include "engine/parallel.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

#include "engine/environment.h"
#include "lossproof/error.h"
#include "lossproof/threads.h"
#include "simd/target.h"

namespace lossproof {
namespace {

std::atomic<int> chosen{0};

}  // namespace

int threads() {
  const int count = chosen;
  return count == 0 ? tbb::this_task_arena::max_concurrency() : count;
}

void set_threads(int count) {
  if (count < 1) throw Error("set_threads: " + std::to_string(count) + " threads; expected at least 1");
  chosen = count;
}

namespace detail {

std::int64_t tasks_for(std::int64_t count, std::int64_t size) {
  size = std::max<std::int64_t>(1, size);
  std::int64_t elements;
  if (!__builtin_mul_overflow(count, size, &elements) && elements < grain) return 1;  // as below, without a division
  const std::int64_t most = threads() == 1 ? 1 : 4 * static_cast<std::int64_t>(threads());
  const std::int64_t items = std::max<std::int64_t>(1, grain / size);  // of one grain
  return std::clamp<std::int64_t>(count / items, 1, most);
}

std::int64_t tasks_for_rows(std::int64_t rows, std::int64_t row_size) {
  const bool cut_up = rows < threads() && tasks_for(row_size, 1) > 1;
  return cut_up ? 1 : tasks_for(rows, row_size);
}

void in_parallel(std::int64_t count, const std::function<void(std::int64_t)>& task) {
  if (count == 1) return task(0);
  // TBB says so on stderr where an arena asks for more than there may be.
  const std::size_t most = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  const int wanted = static_cast<int>(std::min(most, static_cast<std::size_t>(threads())));
  const std::size_t target = simd::target_here();
  std::atomic<std::int64_t> next{0};
  const auto work = [&](std::int64_t) {
    const simd::TargetHere as_the_caller(target);
    const DefaultEnvironment environment;
    for (std::int64_t k; (k = next++) < count;) task(k);
  };
  // Isolated: who waits for the others does not begin something else on top of this.
  const auto run = [&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(std::int64_t{0}, std::min<std::int64_t>(wanted, count), work, tbb::simple_partitioner());
    });
  };
  // To bring the threads of an arena together takes as long as some 10^5 elements do: of the caller's they are there.
  if (wanted <= tbb::this_task_arena::max_concurrency()) return run();
  tbb::task_arena(wanted).execute(run);
}

}  // namespace detail
}  // namespace lossproof
