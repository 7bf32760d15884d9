// What is counted of an exhaustive run, and which part of it is whose.
#include "reports/exhaust_census.h"

#include <gtest/gtest.h>

#include "reports/exhaust.h"

namespace {

using reports::Census;
using reports::Range;
using reports::Ranked;
using reports::Ranking;

TEST(Exhaust, ShardsPartitionARange) {
  for (const std::int64_t n : {1, 3, 7, 10}) {
    std::int64_t next = 5;
    for (std::int64_t i = 1; i <= n; ++i) {
      const Range part = reports::shard({5, 15}, i, n);
      EXPECT_EQ(part.begin, next);
      next = part.end;
    }
    EXPECT_EQ(next, 15);
  }
}

TEST(Census, CoversWhatIsCountedAndKnowsTheRest) {
  Census census;
  census.cover({20, 30});
  census.cover({0, 10});
  EXPECT_EQ(census.ranges, (std::vector<Range>{{0, 10}, {20, 30}}));
  EXPECT_EQ(without({5, 40}, census.ranges), (std::vector<Range>{{10, 20}, {30, 40}}));
  EXPECT_EQ(without({0, 30}, census.ranges), (std::vector<Range>{{10, 20}}));
  census.cover({10, 20});
  EXPECT_EQ(census.ranges, (std::vector<Range>{{0, 30}}));
  EXPECT_TRUE(without({3, 30}, census.ranges).empty());
}

TEST(Census, ARankingKeepsTheLargestErrorsAndOfEqualOnesTheEarlier) {
  Ranking ranking(2);
  for (const Ranked ranked : {Ranked{0.25, 9}, {0.5, 8}, {0.5, 3}, {Ranking::nothing, 1}, {0.5, 3}, {0.5, 4}})
    ranking.add(ranked);
  EXPECT_EQ(ranking.first(), (std::vector<Ranked>{{0.5, 3}, {0.5, 4}}));
  EXPECT_TRUE(ranking.admits(0.5, 2));
  EXPECT_FALSE(ranking.admits(0.5, 5));
  EXPECT_FALSE(Ranking(2).admits(Ranking::nothing, 5));
  EXPECT_EQ(ranking.floor(), 0.5);
  EXPECT_EQ(Ranking(2).floor(), Ranking::nothing);
}

}  // namespace
