// What `bench --torch` makes of the process that it asks. Shell scripts stand in for Python.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
using tests::Directory;
using tests::Finished;

/// Runs bench with an interpreter that is this script, on one work.
Finished bench_with(const Directory& directory, const std::string& script,
                    const std::string& work = "cross_entropy value [64,23]") {
  tests::write(directory / "python", "#!/bin/sh\n" + script);
  tests::fs::permissions(directory / "python", tests::fs::perms::owner_all);
  return tests::lossproof("bench --filter '" + work + "' --seconds 0.001 --threads 1,2 --torch ./python",
                          directory.path());
}

void expect_one_line(const Finished& run, const std::string& message) {
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, "lossproof: --torch ./python: " + message + "\n");
}

constexpr auto hello = "echo '{\"library\": \"PyTorch 9.9\"}'\n";
constexpr auto prepared = "read work; echo \"$work\" >work; echo '{\"peers\": [\"torch eager\"]}'\n";

TEST(BenchTorch, ItsTimesBecomeRows) {
  const Directory directory;
  const Finished run = bench_with(directory, std::string("echo \"$1\" >script\n") + hello + prepared +
                                                 "while read ask; do echo \"$ask\" >>asked; "
                                                 "echo '{\"seconds\": 0.25}'; done\n");
  ASSERT_EQ(run.code, 0) << run.err;
  const json document = json::parse(tests::contents(directory / "out/bench.json"));
  int rows = 0;
  for (const json& row : document["rows"]) {
    if (row["peer"] != "torch eager") continue;
    EXPECT_EQ(row["threads"], ++rows);
    EXPECT_EQ(row["seconds"], 0.25);
    EXPECT_EQ(row["work"], "cross_entropy value");
  }
  EXPECT_EQ(rows, 2);
  EXPECT_TRUE(document["runs"]["losses"]["libraries"].get<std::string>().ends_with(", PyTorch 9.9"));
  EXPECT_EQ(json::parse(tests::contents(directory / "work")), json::parse(R"({"loss": "cross_entropy", "inputs":
    [{"shape": [64, 23], "dtype": "f32"}, {"shape": [64], "dtype": "i64"}], "result": "f32", "reduction": "mean",
    "options": {}, "gradient": false})"));
  const std::string asked = tests::contents(directory / "asked");
  EXPECT_EQ(json::parse(asked.substr(0, asked.find('\n'))),
            json::parse(R"({"peer": "torch eager", "threads": 1, "seconds": 0.001})"));
  EXPECT_EQ(std::count(asked.begin(), asked.end(), '\n'), 2 * 5);
  std::string script = tests::contents(directory / "script");
  script.pop_back();
  EXPECT_NE(tests::contents(script).find("import torch"), std::string::npos) << script;
}

TEST(BenchTorch, IsAskedForTheSmoothingThatALossIsTimedWith) {
  const Directory directory;
  const Finished run =
      bench_with(directory, std::string(hello) + prepared + "while read ask; do echo '{\"seconds\": 0.25}'; done\n",
                 "cross_entropy value smoothed [4096,1000]");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(tests::contents(directory / "work"))["options"], json::parse(R"({"label_smoothing": 0.1})"));
}

TEST(BenchTorch, ALossThatItDoesNotHaveIsLeftOut) {
  const Directory directory;
  const Finished run = bench_with(directory, std::string(hello) + "read work; echo '{\"peers\": []}'; read rest\n");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(tests::contents(directory / "out/bench.json").find("torch eager"), std::string::npos);
}

TEST(BenchTorch, SaysTheLastLineOfAnInterpreterThatFails) {
  const Directory directory;
  expect_one_line(bench_with(directory,
                             "printf 'Traceback:\\nModuleNotFoundError: No module named torch\\n\\n' >&2\n"
                             "exit 1\n"),
                  "ended: ModuleNotFoundError: No module named torch");
  expect_one_line(bench_with(directory, "exit 3\n"), "ended: exit code 3, no message");
  expect_one_line(bench_with(directory, std::string(hello) + prepared + "read ask; echo out of memory >&2\n"),
                  "ended: out of memory");
  EXPECT_FALSE(tests::fs::exists(directory / "out/bench.json"));
}

TEST(BenchTorch, RefusesWhatIsNoAnswer) {
  const Directory directory;
  expect_one_line(bench_with(directory, "echo hello\nread rest\n"), "said 'hello', expected JSON with \"library\"");
  expect_one_line(bench_with(directory, std::string(hello) + "read work; echo '{\"peers\": 7}'; exec sleep 600\n"),
                  "said '{\"peers\": 7}', expected JSON with \"peers\"");
  for (const char* seconds : {"{\"seconds\": null}", "{\"seconds\": 0}", "{\"seconds\": -1}", "[]"})
    expect_one_line(
        bench_with(directory, std::string(hello) + prepared + "read ask; echo '" + seconds + "'; read rest\n"),
        std::string("said '") + seconds + "', expected JSON with \"seconds\"");
}

TEST(BenchTorch, SaysWhereThereIsNoInterpreter) {
  const Directory directory;
  for (const char* name : {"./python", "no-such-python"})
    tests::expect_bad_input(tests::lossproof("bench --torch " + std::string(name), directory.path()),
                            std::string("--torch ") + name + ": cannot be run; expected a Python that has torch");
}

}  // namespace
