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

/// The parts of the ranges that are examined at once, first those where a binade ends and then those where one begins:
/// there are its largest errors if they grow or fall with the input, and what is found spares others a close look.
std::vector<Range> chunks(const std::vector<Range>& ranges, std::int64_t binade) {
  const std::int64_t size = std::min(chunk, binade);
  std::vector<Range> parts;
  for (const Range& range : ranges)
    for (std::int64_t begin = range.begin; begin < range.end;) {
      const std::int64_t end = std::min(range.end, (begin / size + 1) * size);
      parts.push_back({begin, end});
      begin = end;
    }
  std::ranges::stable_sort(parts, {}, [binade](const Range& part) {
    return part.end % binade == 0 ? 0 : part.begin % binade == 0 ? 1 : 2;
  });
  return parts;
}

Ranking worst_of(const Census& census, int binade) {
  const auto found = census.binades.find(binade);
  return found == census.binades.end() ? Ranking(1) : found->second.worst;
}

}  // namespace

ExhaustRecords empty_records(const ExhaustPlan& plan) {
  const properties::Function& function = plan.function;
  ExhaustRecords records;
  for (const auto* subject : plan.subjects)
    records.push_back(
        {function, subject->name(), subject->promise_ulp(*function.loss, function.dtypes.result), this_machine(), {}});
  return records;
}

void run(const ExhaustPlan& plan, ExhaustRecords& records, const std::atomic<bool>& stop,
         const std::function<void(const ExhaustRecords&)>& note) {
  const std::vector<Range> parts =
      chunks(without(plan.range, records.front().census.ranges), inputs_of_a_binade(plan.function));
  std::vector<std::unique_ptr<Examiner>> examiners(plan.threads);
  std::mutex recording;
  const double before = records.front().context.seconds;
  const auto begin = std::chrono::steady_clock::now();
  in_parallel(plan.threads, std::ssize(parts), [&](std::int64_t i, unsigned thread) {
    if (stop) return;
    const Range& part = parts[static_cast<std::size_t>(i)];
    auto& examiner = examiners[thread];
    if (!examiner) examiner = std::make_unique<Examiner>(plan.function, plan.subjects);
    std::unique_lock lock(recording);
    std::vector<Known> known;
    for (const ExhaustRecord& record : records)
      known.push_back({worst_of(record.census, examiner->binade(part.begin)), record.census.hardest});
    lock.unlock();
    const std::vector<Census> found = examiner->examine(part, known);
    lock.lock();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    for (std::size_t s = 0; s < found.size(); ++s) {
      records[s].census.merge(found[s]);
      records[s].context.seconds = before + taken.count();
    }
    note(records);
  });
}

Range shard(const Range& whole, std::int64_t i, std::int64_t n) {
  const auto cut = [&](std::int64_t k) { return whole.begin + whole.size() / n * k + std::min(k, whole.size() % n); };
  return {cut(i - 1), cut(i)};
}

}  // namespace reports
