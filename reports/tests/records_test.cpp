#include "reports/records.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "reports/summary.h"

namespace {

using reports::Json;
using reports::Records;
using reports::Tally;

constexpr double inf = std::numeric_limits<double>::infinity();

Tally tally(const std::string& subject, std::int64_t worst_case, double ulp) {
  Tally t;
  t.loss = "mse_loss", t.subject = subject, t.dtype = t.result_dtype = "f32", t.output = "value",
  t.property = "accuracy";
  t.cases = 1, t.elements = 10, t.failed = ulp > 0.5, t.held = ulp <= 0.5, t.misrounded = t.failed;
  t.max_ulp = t.worst_ulp = ulp, t.worst_case = worst_case, t.worst = "case " + std::to_string(worst_case);
  t.message = "m", t.replay = "r";
  t.rungs.decided = {1, 5, 3, 0, 1};
  t.observe(ulp);
  t.seconds = 0.25;
  return t;
}

Records shard(std::vector<Tally> tallies) {
  Records records;
  records.context.seed = 7;
  records.context.promises = {{"lossproof", 0.5}};
  records.tallies = std::move(tallies);
  return records;
}

std::string written(const Records& records) {
  std::ostringstream out;
  write(out, records);
  return out.str();
}

Records read_back(const std::string& lines) {
  std::istringstream in(lines);
  return reports::read(in, "results.jsonl");
}

std::string error_of(const std::string& lines) {
  try {
    read_back(lines);
  } catch (const reports::BadInput& e) {
    return e.what();
  }
  return "no error";
}

TEST(Records, AContextLineIsFollowedByTallyLinesWithTheFixedNames) {
  std::istringstream lines(written(shard({tally("naive", 3, inf)})));
  std::string line;
  std::getline(lines, line);
  const Json context = Json::parse(line);
  EXPECT_EQ(context.at("record"), "context");
  EXPECT_EQ(context.at("schema"), 2);
  for (const char* name : {"machine", "isa", "version", "seed", "command", "certificate"})
    EXPECT_TRUE(context.contains(name)) << name;
  std::getline(lines, line);
  const Json j = Json::parse(line);
  EXPECT_EQ(j.at("record"), "tally");
  for (const char* name :
       {"loss", "subject", "dtype", "result_dtype", "output", "property", "cases", "elements", "held", "failed",
        "undecided", "gave_up", "not_run", "max_ulp", "misrounded", "bound_ulp", "worst", "replay"})
    EXPECT_TRUE(j.contains(name)) << name;
  EXPECT_EQ(j.at("max_ulp"), "inf");
  EXPECT_EQ(j.at("rungs").dump(), R"({"contract":1,"ball":5,"arb":3,"mpfi":0,"exact":1,"undecided":0})");
  EXPECT_TRUE(j.at("bound_ulp").is_null());
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(Records, WhatIsReadIsWhatWasWritten) {
  Tally held = tally("lossproof", 2, 0.25);
  held.bound_ulp = 0.5;
  const std::string lines = written(shard({held, tally("naive", 3, inf)}));
  EXPECT_EQ(written(read_back(lines)), lines);
}

TEST(Records, MergesInAnyOrderAndGroupingAreTheSameBytes) {
  const Records a = shard({tally("lossproof", 4, 0.5), tally("naive", 1, 2)});
  const Records b = shard({tally("naive", 0, 2), tally("naive2", 5, 0)});
  const Records c = shard({tally("naive", 9, inf)});
  const std::string left = written(merge(merge(a, b), c));
  EXPECT_EQ(left, written(merge(a, merge(b, c))));
  EXPECT_EQ(left, written(merge(c, merge(b, a))));
  const Records whole = read_back(left);
  ASSERT_EQ(whole.tallies.size(), 3U);
  EXPECT_EQ(whole.tallies[1].cases, 3);
  EXPECT_EQ(whole.tallies[1].elements, 30);
  EXPECT_EQ(whole.tallies[1].worst, "case 9");
  EXPECT_EQ(whole.tallies[1].rungs.decided, (oracles::RungCounts{3, 15, 9, 0, 3}));
}

TEST(Records, OfOtherResultsAreApart) {
  Tally mixed = tally("naive", 1, 2);
  mixed.result_dtype = "bf16", mixed.rungs.undecided = 2;
  const Records both = read_back(written(merge(shard({tally("naive", 1, 2)}), shard({mixed}))));
  ASSERT_EQ(both.tallies.size(), 2U);
  EXPECT_EQ(both.tallies[0].dtypes(), "f32 to bf16");
  EXPECT_EQ(both.tallies[1].dtypes(), "f32");
  EXPECT_EQ(summarize(both).size(), 2U);
  EXPECT_EQ(reports::text(rungs(both)), "contract 2, ball 10, arb 6, mpfi 0, exact 2; undecided 2");
}

TEST(Records, OfTwoEquallyWrongCasesTheEarlierIsKept) {
  const Records both = merge(shard({tally("naive", 8, 2)}), shard({tally("naive", 5, 2)}));
  EXPECT_EQ(both.tallies[0].worst, "case 5");
}

TEST(Records, AHeldCasesLargerErrorDoesNotRankAFailedOne) {
  Tally held = tally("naive", 1, 5);
  held.failed = held.misrounded = 0, held.held = 1;
  const Records some = shard({held}), mild = shard({tally("naive", 2, 1)}), worse = shard({tally("naive", 3, 2)});
  const Records merged = merge(merge(some, mild), worse);
  EXPECT_EQ(merged.tallies[0].worst, "case 3");
  EXPECT_EQ(merged.tallies[0].max_ulp, 5);
  EXPECT_EQ(written(merged), written(merge(some, merge(worse, mild))));
}

TEST(Records, CampaignsWithOtherSeedsOrOtherCertificatesDoNotMerge) {
  Records seed = shard({}), certificate = shard({});
  seed.context.seed = 8;
  certificate.context.certificate = "another";
  for (const Records& other : {seed, certificate}) {
    try {
      merge(shard({}), other);
      FAIL() << "merged";
    } catch (const reports::BadInput& e) {
      EXPECT_STREQ(e.what(), "records of different campaigns cannot be merged: contexts differ");
    }
  }
}

TEST(Records, AFileThatIsNoRecordsIsRefusedWithItsLine) {
  EXPECT_EQ(error_of(""), "results.jsonl: empty, expected a context line");
  EXPECT_TRUE(error_of("nonsense\n").starts_with("results.jsonl, line 1: ")) << error_of("nonsense\n");
  const std::string good = written(shard({tally("naive", 1, 2)}));
  EXPECT_EQ(error_of(good + good), "results.jsonl, line 3: record \"context\", expected \"tally\"");
  std::string other_schema = good;
  other_schema.replace(other_schema.find("\"schema\":2"), 10, "\"schema\":1");
  EXPECT_EQ(error_of(other_schema), "results.jsonl, line 1: schema 1, expected 2");
  EXPECT_EQ(error_of(good.substr(0, good.find('\n') + 1)), "results.jsonl: 0 tallies, expected 1: truncated");
}

TEST(Records, PercentilesAreUpperEdgesOfTheHistogram) {
  Tally t;
  EXPECT_TRUE(std::isnan(t.percentile(0.5)));
  for (const double ulp : {0.0, 0.3, 0.5, 0.75, 5.0, inf}) t.observe(ulp);
  EXPECT_EQ(t.worst_ulp_histogram, (std::map<double, std::int64_t>{{0, 1}, {0.5, 2}, {1, 1}, {8, 1}, {inf, 1}}));
  EXPECT_EQ(t.percentile(0.5), 0.5);
  EXPECT_EQ(t.percentile(0.8), 8);
  EXPECT_EQ(t.percentile(0.99), inf);
}

TEST(Summary, OnlyABrokenPromiseIsAFailure) {
  Records records = shard({tally("naive", 1, 2)});
  EXPECT_EQ(reports::exit_code(records), 0);
  EXPECT_EQ(summarize(records)[0].outcome, "finding");
  records.tallies[0].bound_ulp = 0.5;
  EXPECT_EQ(reports::exit_code(records), 1);
  EXPECT_EQ(summarize(records)[0].outcome, "failed");
}

TEST(Summary, WhatWasNotDecidedOrNotRunIsNeverAPass) {
  Tally t = tally("lossproof", 1, 0.5);
  t.bound_ulp = 0.5;
  EXPECT_EQ(reports::exit_code(shard({t})), 0);
  Tally open = t;
  open.undecided = 1;
  EXPECT_EQ(reports::exit_code(shard({open})), 3);
  open = t, open.not_run = 1;
  EXPECT_EQ(reports::exit_code(shard({open})), 3);
  open = t, open.held = 0, open.cases = 0;
  EXPECT_EQ(reports::exit_code(shard({open})), 3);
  EXPECT_EQ(reports::exit_code(shard({})), 3);
}

TEST(Summary, ACaseWithTwoOutputsCountsOnce) {
  Tally value = tally("naive", 1, 2), grad = value;
  value.cases = grad.cases = 40, grad.output = "grad";
  const auto rows = summarize(shard({grad, value}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].cases, 40);
  EXPECT_EQ(rows[0].elements, 20);
}

TEST(Summary, NumbersAreReadable) {
  EXPECT_EQ(reports::grouped(0), "0");
  EXPECT_EQ(reports::grouped(999), "999");
  EXPECT_EQ(reports::grouped(-1797), "-1,797");
  EXPECT_EQ(reports::grouped(1234567), "1,234,567");
  EXPECT_EQ(reports::ulps(0.5), "0.50");
  EXPECT_EQ(reports::ulps(12345678), "1.2e+07");
  EXPECT_EQ(reports::ulps(inf), "inf");
}

}  // namespace
