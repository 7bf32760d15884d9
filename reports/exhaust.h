// Exhaustive runs: a subject's result at every input of a function, against the truth.
#pragma once

#include <atomic>
#include <functional>

#include "reports/exhaust_record.h"

namespace reports {

struct ExhaustPlan {
  properties::Function function;
  const properties::Subject* subject;
  Range range;
  unsigned threads = 1;
};

/// The record of nothing yet.
ExhaustRecord empty_record(const ExhaustPlan& plan);

/// Adds the inputs of the range that `record` does not have. After each chunk `note` is told what there is by then, one
/// call at a time. When `stop` becomes true, the chunks under way are finished, and no more are begun.
void run(const ExhaustPlan& plan, ExhaustRecord& record, const std::atomic<bool>& stop,
         const std::function<void(const ExhaustRecord&)>& note);

/// Part i of n parts of a range, i from 1 on; sizes differ by at most 1.
Range shard(const Range& whole, std::int64_t i, std::int64_t n);

}  // namespace reports
