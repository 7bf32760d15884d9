// Exhaustive runs in parts, and of several subjects: the records are those of the whole, and of each alone.
#include <gtest/gtest.h>

#include <iterator>
#include <utility>

#include "lossproof/target.h"
#include "reports/tests/exhaust_run.h"

namespace {

using reports::ExhaustPlan;
using reports::ExhaustRecord;
using reports::ExhaustRecords;
using reports::Range;
using tests::bce_bf16;
using tests::bce_f32;
using tests::never;
using tests::nothing;
using tests::run;
using tests::subject;
using tests::Tampered;

TEST(Exhaust, AnInterruptedRunThatGoesOnIsTheWholeRun) {
  const ExhaustPlan plan{
      reports::function_of(bce_f32), {&subject("naive"), &subject("lossproof")}, {0x3f7f1234, 0x3f851234}, 2};
  ExhaustRecords whole = reports::empty_records(plan), parts = reports::empty_records(plan);
  reports::run(plan, whole, never, nothing);
  std::atomic<bool> stop = false;
  reports::run(plan, parts, stop,
               [&](const ExhaustRecords& so_far) { stop = so_far.back().census.ranges.front().size() > 100000; });
  EXPECT_LT(parts[0].census.inputs(), plan.range.size());
  EXPECT_GT(parts[0].census.inputs(), 0);
  reports::run(plan, parts, never, nothing);
  for (std::size_t s = 0; s < whole.size(); ++s) {
    whole[s].context.seconds = parts[s].context.seconds = 0;
    EXPECT_EQ(text(parts[s]), text(whole[s]));
  }
}

TEST(Exhaust, SubjectsTogetherGetTheRecordThatEachGetsAlone) {
  // A large error that is found first, so that this subject's next results, which are the library's, say nothing of the
  // library's own largest error.
  const Tampered liar([](const oracles::Row<double>& row, double result) {
    return row.x[0] == 1 ? 2 * result : row.x[0] == 1.015625 ? -result : result;
  });
  const std::vector<const properties::Subject*> all{&liar, &subject("lossproof"), &subject("naive"),
                                                    &subject("lossproof-" + lossproof::targets().back())};
  const Range range{0x3f800000, 0x3f860000};
  const ExhaustRecords together = run(bce_f32, all, range, 1);
  ASSERT_EQ(together.size(), all.size());
  EXPECT_EQ(together[0].census.misrounded, 2);
  EXPECT_GT(together[1].census.worst().input, 0x3f80ffff);
  for (std::size_t s = 0; s < all.size(); ++s) {
    EXPECT_EQ(text(together[s]), text(run(bce_f32, *all[s], range)));
  }
}

TEST(Exhaust, ErrorsAreToldByBinadeInEveryDtype) {
  for (const auto& [name, binades] : {std::pair{"sigmoid/value/f16", 64}, {"sigmoid/value/bf16", 512}}) {
    const ExhaustRecord record = run(name, subject("lossproof"), {0, 65536});
    ASSERT_EQ(std::ssize(record.census.binades), binades);
    for (const auto& [bits, binade] : record.census.binades) {
      EXPECT_EQ(binade.inputs, 65536 / binades);
      const auto& worst = binade.worst.first();
      if (!worst.empty()) {
        EXPECT_EQ(worst.front().input / binade.inputs, bits);
      }
    }
  }
}

TEST(Exhaust, ShardsAddUpToTheWholeInAnyOrder) {
  for (const char* name : {bce_f32, bce_bf16, "mse_loss/grad/f16", "cross_entropy/target=1/grad_1/bf16"}) {
    const Range range{0x3f7f8000, 0x3f818765};
    const ExhaustRecord whole = run(name, subject("naive"), range);
    std::vector<ExhaustRecord> parts;
    for (int i = 1; i <= 3; ++i) parts.push_back(run(name, subject("naive"), reports::shard(range, i, 3)));
    const std::pair<std::string, std::string> names{"a", "b"};
    EXPECT_EQ(text(merge(merge(parts[2], parts[0], names), parts[1], names)), text(whole));
    EXPECT_EQ(text(merge(parts[0], merge(parts[1], parts[2], names), names)), text(whole));
  }
}

}  // namespace
