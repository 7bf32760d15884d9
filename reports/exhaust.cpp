#include "reports/exhaust.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include "reports/context.h"
#include "reports/exhaust_chunk.h"
#include "reports/parallel.h"

namespace reports {
namespace {

/// The parts of the ranges that lie in one chunk each, a sample of them first: what it finds spares most of the others a
/// close look.
std::vector<Range> chunks(const std::vector<Range>& ranges) {
  std::vector<Range> parts;
  for (const Range& range : ranges)
    for (std::int64_t begin = range.begin; begin < range.end;) {
      const std::int64_t end = std::min(range.end, (begin / chunk + 1) * chunk);
      parts.push_back({begin, end});
      begin = end;
    }
  std::ranges::stable_partition(parts, [](const Range& part) { return part.begin / chunk % 256 == 128; });
  return parts;
}

Ranking worst_of(const Census& census, int binade) {
  const auto found = census.binades.find(binade);
  return found == census.binades.end() ? Ranking(1) : found->second.worst;
}

}  // namespace

ExhaustRecord empty_record(const ExhaustPlan& plan) {
  const auto& [function, subject, range, threads] = plan;
  return {function, subject->name(), subject->promise_ulp(*function.loss, function.dtypes.result), this_machine(), {}};
}

void run(const ExhaustPlan& plan, ExhaustRecord& record, const std::atomic<bool>& stop,
         const std::function<void(const ExhaustRecord&)>& note) {
  const std::vector<Range> parts = chunks(without(plan.range, record.census.ranges));
  std::vector<std::unique_ptr<Examiner>> examiners(plan.threads);
  std::mutex recording;
  const double before = record.context.seconds;
  const auto begin = std::chrono::steady_clock::now();
  in_parallel(plan.threads, std::ssize(parts), [&](std::int64_t i, unsigned thread) {
    if (stop) return;
    const Range& part = parts[static_cast<std::size_t>(i)];
    auto& examiner = examiners[thread];
    if (!examiner) examiner = std::make_unique<Examiner>(plan.function, *plan.subject);
    std::unique_lock lock(recording);
    const Ranking worst = worst_of(record.census, examiner->binade(part.begin));
    const Ranking hardest = record.census.hardest;
    lock.unlock();
    const Census census = examiner->examine(part, worst, hardest);
    lock.lock();
    record.census.merge(census);
    record.context.seconds = before + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    note(record);
  });
}

Range shard(const Range& whole, std::int64_t i, std::int64_t n) {
  const auto cut = [&](std::int64_t k) { return whole.begin + whole.size() / n * k + std::min(k, whole.size() % n); };
  return {cut(i - 1), cut(i)};
}

}  // namespace reports
