#include <gtest/gtest.h>
#include <lossproof/target.h>

#include <nlohmann/json.hpp>

#include "bench/works.h"
#include "oracles/definitions.h"
#include "reports/bench_record.h"
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
  EXPECT_EQ(document["runs"]["oracle"]["command"], "./lossproof bench --oracle --seconds 0.001");
  EXPECT_EQ(document["rows"].size(), oracles::definitions().size() * oracles::real_dtypes.size() * 2);
  for (const json& row : document["rows"]) {
    const double elements = row["shape"][0].get<double>() * row["shape"][1].get<double>();
    EXPECT_NEAR(row["gelem_s"].get<double>() * row["seconds"].get<double>(), elements * 1e-9, elements * 1e-15);
    EXPECT_GT(row["seconds"].get<double>(), 0) << row;
    EXPECT_EQ(row["peer"], "oracle");
    EXPECT_EQ(row["run"], "oracle");
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
  tests::write(directory / "file", "");
  expect_bad_input(lossproof("bench --oracle --out file", directory.path()),
                   "file: not a directory that can be written to");
  expect_bad_input(lossproof("bench --oracle --seconds 0", directory.path()),
                   "--seconds: Value 0 not in range 0.001000 to 3600.000000");
  expect_bad_input(lossproof("bench --oracle --filter mse", directory.path()), "--filter excludes --oracle");
  expect_bad_input(
      lossproof("bench --filter hinge", directory.path()),
      "--filter 'hinge': no work's name contains it; one is called '" + bench::works("").front().label() + "'");
  expect_bad_input(lossproof("bench --threads 1,0", directory.path()), "--threads: Value 0 not in range 1 to 1024");
  std::string targets;
  for (const std::string& target : lossproof::targets()) targets += (targets.empty() ? "" : ", ") + target;
  expect_bad_input(lossproof("bench --target sse9", directory.path()),
                   "--target sse9: this machine has no such target; it has " + targets);
}

TEST(Bench, LeavesAloneAFileThatIsNotItsOwn) {
  const Directory directory;
  for (const char* text : {"text", "{}", R"({"schema": 1, "runs": {}, "rows": []})",
                           R"({"schema": 2, "runs": {}, "rows": [{"work": "of no run"}]})"}) {
    tests::write(directory / "bench.json", text);
    expect_bad_input(lossproof("bench --out .", directory.path()),
                     "./bench.json: not what lossproof bench writes (schema 2); remove it");
    EXPECT_EQ(tests::contents(directory / "bench.json"), text);
  }
}

TEST(Bench, ARunTakesThePlaceOfTheLastOfItsKindOnly) {
  const Directory directory;
  const bench::Measurement of_oracle{"some work", {2}, oracles::DType::f32, "oracle", 0.5},
      first{"some work", {2}, oracles::DType::f32, "eigen", 0.5},
      second{"other work", {4000, 1000}, {oracles::DType::bf16, oracles::DType::f32}, "lossproof", 0.004, 2, "avx2"};
  auto document = reports::read_bench(directory / "none.json");
  reports::put_run(document, "losses", {}, {first});
  reports::put_run(document, "oracle", {}, {of_oracle});
  reports::Context context;
  context.machine = "a machine";
  reports::put_run(document, "losses", context, {second});
  ASSERT_EQ(document["rows"].size(), 2U);
  EXPECT_EQ(document["rows"][0]["peer"], "oracle");
  const auto expected = json::parse(R"({"run": "losses", "work": "other work", "shape": [4000, 1000], "dtype": "bf16",
    "result_dtype": "f32", "peer": "lossproof", "seconds": 0.004, "gelem_s": 1.0, "threads": 2, "target": "avx2"})");
  EXPECT_EQ(json::parse(document["rows"][1].dump()), expected);
  EXPECT_EQ(document["runs"]["losses"]["machine"], "a machine");
  EXPECT_EQ(document["runs"].size(), 2U);
}

}  // namespace
