#include <fmt/format.h>

#include "properties/case.h"
#include "reports/exhaust_record.h"
#include "reports/summary.h"

namespace reports {

std::string outcome(const ExhaustRecord& r) {
  const double promise = r.promise_ulp.value_or(0.5);
  const bool broken = promise == 0.5 ? r.census.misrounded > 0 : r.census.worst().error > promise;
  if (broken) return r.promise_ulp ? "failed" : "finding";
  return r.census.rungs.undecided > 0 ? "undecided" : "held";
}

int exit_code(const ExhaustRecord& record) {
  const std::string found = outcome(record);
  return found == "failed" ? 1 : found == "undecided" ? 3 : 0;
}

std::string summary(const ExhaustRecord& r) {
  const Census& census = r.census;
  const std::string promise =
      r.promise_ulp ? fmt::format("promises {} ulp", *r.promise_ulp) : std::string("no promise");
  std::string text = fmt::format("{}, {}: {} ({})\n  {} of {} inputs: {} misrounded, {} undecided\n", r.function.name(),
                                 r.subject, outcome(r), promise, grouped(census.inputs()), grouped(r.function.inputs()),
                                 grouped(census.misrounded), grouped(census.rungs.undecided));
  for (const Mismatch kind : mismatches)
    if (const std::int64_t n = census.kinds[static_cast<std::size_t>(kind)]; n > 0)
      text += fmt::format("    {}: {}\n", name(kind), grouped(n));
  const auto place = [&](std::int64_t input) {
    return fmt::format("({}), input {:#x}", arguments_text(r.function, input), input);
  };
  if (const Ranked worst = census.worst(); worst.error > 0)
    text += fmt::format("  largest error: {} ulp at {}\n", worst.error, place(worst.input));
  if (!census.first.empty()) {
    const Misrounded& m = census.first.front();
    text += fmt::format("  first misrounded: got {}, expected {} at {}\n", properties::hex(m.got),
                        properties::hex(m.expected), place(m.input));
  }
  return text + fmt::format("  decided by: {}\n", reports::text(census.rungs));
}

}  // namespace reports
