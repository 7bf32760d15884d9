#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "oracles/definitions.h"
#include "reports/tests/support.h"

namespace {

using nlohmann::json;
using tests::Directory;
using tests::expect_bad_input;
using tests::Finished;
using tests::lossproof;

TEST(Bench, WritesHowFastTheOracleDecidesEveryLossInEveryDtype) {
  const Directory directory;
  const Finished run = lossproof("bench --oracle --seconds 0.001", directory.path());
  ASSERT_EQ(run.code, 0) << run.err;
  const json document = json::parse(tests::contents(directory / "out/bench.json"));
  EXPECT_EQ(document["rows"].size(), oracles::definitions().size() * oracles::real_dtypes.size() * 2);
  for (const json& row : document["rows"]) {
    const double elements = row["shape"][0].get<double>() * row["shape"][1].get<double>();
    EXPECT_NEAR(row["gelem_s"].get<double>() * row["seconds"].get<double>(), elements * 1e-9, elements * 1e-15);
    EXPECT_GT(row["seconds"].get<double>(), 0) << row;
    EXPECT_EQ(row["peer"], "oracle");
    EXPECT_NE(run.out.find(row["work"].get<std::string>()), std::string::npos);
  }
}

TEST(Bench, RowsOfCrossEntropyAreDecidedByTheRungThatIsFastEnough) {
  const Directory directory;
  lossproof("bench --oracle --seconds 0.001", directory.path());
  for (const json& row : json::parse(tests::contents(directory / "out/bench.json"))["rows"]) {
    if (row["work"] != "cross_entropy value") continue;
    const char* rung = row["dtype"] == "f64" ? "arb" : "ball";
    EXPECT_EQ(row["rungs"][rung], row["shape"][0]) << row;
  }
}

TEST(Bench, RefusesWhatItCannotMeasureOrWrite) {
  const Directory directory;
  expect_bad_input(lossproof("bench", directory.path()), "bench: nothing to measure; expected --oracle");
  tests::write(directory / "file", "");
  expect_bad_input(lossproof("bench --oracle --out file", directory.path()),
                   "file: not a directory that can be written to");
  expect_bad_input(lossproof("bench --oracle --seconds 0", directory.path()),
                   "--seconds: Value 0 not in range 0.001000 to 3600.000000");
}

}  // namespace
