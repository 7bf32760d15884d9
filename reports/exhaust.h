// Exhaustive runs: the results of subjects at every input of a function, against the truth.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "reports/exhaust_record.h"

namespace reports {

struct ExhaustPlan {
  properties::Function function;
  std::vector<const properties::Subject*> subjects;
  Range range;
  unsigned threads = 1;
};

/// Records, one of each subject.
using ExhaustRecords = std::vector<ExhaustRecord>;

/// Those of nothing yet.
ExhaustRecords empty_records(const ExhaustPlan& plan);

/// Adds the inputs of the range that the records, which have the same, do not have: one look of the oracle serves all
/// subjects. After each chunk `note` is told what there is by then, one call at a time. When `stop` becomes true, the
/// chunks under way are finished, and no more are begun.
void run(const ExhaustPlan& plan, ExhaustRecords& records, const std::atomic<bool>& stop,
         const std::function<void(const ExhaustRecords&)>& note);

/// Part i of n parts of a range, i from 1 on; sizes differ by at most 1.
Range shard(const Range& whole, std::int64_t i, std::int64_t n);

}  // namespace reports
