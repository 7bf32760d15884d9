// The program as its users meet it: exit codes, messages, and what it leaves on disk.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
namespace fs = tests::fs;
using tests::Directory;
using tests::expect_bad_input;
using tests::Finished;
using tests::lossproof;

TEST(Verify, WritesRecordsAndAPageAndExitsByThePromises) {
  const Directory directory;
  const Finished run = lossproof("verify --cases 3 --loss mse_loss --subject naive --dtype f32", directory.path());
  EXPECT_EQ(run.code, 0) << run.err << run.out;
  EXPECT_EQ(run.err, "");
  EXPECT_NE(run.out.find("mse_loss"), std::string::npos);
  EXPECT_TRUE(tests::contents(directory / "out/results.jsonl").starts_with("{\"record\":\"context\",\"schema\":2,"));
  EXPECT_TRUE(tests::contents(directory / "out/report.html").starts_with("<!DOCTYPE html>"));
}

TEST(Verify, ASubjectHeldToAPromiseThatItBreaksExits1AndReplaysAsFailed) {
  const Directory directory;
  const Finished run = lossproof("verify --cases 20 --loss cross_entropy --subject naive --dtype f32 --hold naive=0.5",
                                 directory.path());
  EXPECT_EQ(run.code, 1);
  const std::size_t at = run.out.find("./lossproof replay ");
  ASSERT_NE(at, std::string::npos) << run.out;
  const std::string command = run.out.substr(at + 12, run.out.find('\n', at) - at - 12);
  const Finished replay = lossproof(command, directory.path());
  EXPECT_EQ(replay.code, 1) << replay.err;
  EXPECT_NE(replay.out.find("failed: "), std::string::npos);
  EXPECT_NE(replay.out.find("0x"), std::string::npos);
}

TEST(Verify, StoredCasesAreRunAgainFirst) {
  const Directory directory;
  const std::string naive = "verify --loss cross_entropy --subject naive --dtype f32 --hold naive=0.5";
  lossproof(naive + " --cases 20", directory.path());
  for (const auto& file : fs::directory_iterator(directory / "out/corpus")) {
    const std::string replay = "replay out/corpus/" + file.path().filename().string() + " --property accuracy";
    if (lossproof(replay + " --subject naive", directory.path()).code != 1) continue;
    fs::create_directories(directory / "only/corpus");
    fs::copy(file.path(), directory / "only/corpus");
    break;
  }
  const Finished again = lossproof(naive + " --cases 1 --seed 9 --out only", directory.path());
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.out.find("FAILED again, a stored case: naive fails accuracy of cross_entropy (f32)"),
            std::string::npos)
      << again.out;
  const Finished right =
      lossproof("verify --loss cross_entropy --subject lossproof --cases 40 --out only", directory.path());
  EXPECT_EQ(right.code, 0) << right.out;
}

/// The tallies that a campaign leaves, without what depends on the run.
std::vector<json> tallies_of(const Directory& directory, const std::string& options) {
  const Finished run = lossproof("verify --loss binary_cross_entropy_with_logits " + options, directory.path());
  EXPECT_EQ(run.code, 0) << run.err << run.out;
  std::vector<json> all;
  std::istringstream lines(tests::contents(directory / "out/results.jsonl"));
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  for (json& record : all) record.erase("seconds");
  return all;
}

TEST(Verify, DrawsThePairsOfDtypesThatItIsAskedFor) {
  const Directory directory;
  const auto dtypes = [&](const std::string& options) {
    std::set<std::string> pairs;
    const auto records = tallies_of(directory, "--cases 1 --subject naive " + options);
    for (auto record = records.begin() + 1; record != records.end(); ++record)
      pairs.insert(record->at("dtype").get<std::string>() + ' ' + record->at("result_dtype").get<std::string>());
    return pairs;
  };
  using Pairs = std::set<std::string>;
  EXPECT_EQ(dtypes("--dtype bf16"), (Pairs{"bf16 bf16", "bf16 f32"}));
  EXPECT_EQ(dtypes("--result bf16"), (Pairs{"bf16 bf16", "f32 bf16"}));
  EXPECT_EQ(dtypes("--dtype bf16 --result f64 --result f16"), (Pairs{"bf16 f64", "bf16 f16"}));
  EXPECT_EQ(dtypes("").size(), 9U);
}

TEST(Verify, CertifiedRecordsAreTheSameButForWhoDecided) {
  const Directory first, second;
  const std::string options = "--cases 12 --dtype bf16 --dtype f32";
  std::vector<json> usual = tallies_of(first, options), certified = tallies_of(second, options + " --certify");
  EXPECT_NE(usual[0].at("certificate"), certified[0].at("certificate"));
  EXPECT_EQ(certified[0].at("certificate"), "Arb, MPFI, MPFR and GMP; the identities in oracles/losses");
  EXPECT_EQ(certified[0].at("command"), usual[0].at("command").get<std::string>() + " --certify");
  usual[0].erase("certificate"), usual[0].erase("command");
  certified[0].erase("certificate"), certified[0].erase("command");
  EXPECT_EQ(usual[0], certified[0]);
  ASSERT_EQ(usual.size(), certified.size());
  std::int64_t balls = 0;
  for (std::size_t i = 1; i < usual.size(); ++i) {
    balls += usual[i].at("rungs").at("ball").get<std::int64_t>();
    EXPECT_EQ(certified[i].at("rungs").at("ball"), 0);
    usual[i].erase("rungs"), certified[i].erase("rungs");
    EXPECT_TRUE(usual[i] == certified[i]) << usual[i] << "\n" << certified[i];
  }
  EXPECT_GT(balls, 1000);
}

TEST(Replay, RefusesACaseThatIsNoQuestionToItsLoss) {
  const Directory directory;
  tests::write(directory / "target.json", R"({"loss": "cross_entropy", "reduction": "none", "ignore_index": -100,
    "layout": "row_major", "origin": "by hand", "inputs": [
    {"dtype":"f32","shape":[1,2],"data":["0x0p+0","0x0p+0"]}, {"dtype":"i64","shape":[1],"data":[2]}],
    "grad_output": {"dtype":"f32","shape":[1],"data":["0x1p+0"]}})");
  expect_bad_input(
      lossproof("replay target.json", directory.path()),
      "target.json: cross_entropy: target[0] (row 0) is 2, expected a class in [0, 2) or ignore_index -100");
}

TEST(Verify, RecordsDependOnTheSeedAndNotOnTheRun) {
  const Directory directory;
  const auto tallies = [&](const std::string& seed) {
    lossproof("verify --cases 5 --loss mse_loss --seed " + seed, directory.path());
    json all;
    std::istringstream lines(tests::contents(directory / "out/results.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      all.push_back(json::parse(line));
      all.back().erase("seconds");
    }
    return all;
  };
  const json first = tallies("1");
  EXPECT_EQ(first, tallies("1"));
  EXPECT_NE(first, tallies("2"));
}

TEST(Verify, AnInterruptedCampaignLeavesValidRecordsThatAreNoPass) {
  const Directory directory;
  const Finished run = tests::run("timeout --preserve-status --signal=INT 2 " LOSSPROOF_CLI
                                  " verify --cases 1000000 --loss mse_loss --subject naive",
                                  directory.path());
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_NE(run.out.find("Interrupted"), std::string::npos);
  const Finished report = lossproof("report", directory.path());
  EXPECT_EQ(report.code, 0) << report.err;
}

TEST(Verify, BadOptionsAreNamedAndLeaveOutputsUntouched) {
  const Directory directory;
  tests::fs::create_directory(directory / "out");
  tests::write(directory / "out/results.jsonl", "kept");
  const auto verify = [&](const std::string& options) {
    return lossproof("verify --cases 1 " + options, directory.path());
  };
  expect_bad_input(verify("--loss no_such"), tests::unknown_loss("no_such"));
  expect_bad_input(verify("--subject torch"), tests::unknown_subject("torch"));
  expect_bad_input(verify("--dtype f8"), "unknown dtype \"f8\"; known: f16, bf16, f32, f64");
  expect_bad_input(verify("--result i32"), "unknown dtype \"i32\"; known: f16, bf16, f32, f64");
  expect_bad_input(verify("--hold naive"), "--hold naive: expected NAME=ULP");
  expect_bad_input(verify("--hold naive=x"), "--hold naive=x: expected NAME=ULP with ULP >= 0.5");
  expect_bad_input(verify("--subject naive --hold lossproof=1"),
                   "--hold lossproof=1: lossproof is not among the subjects of --subject, or is held already");
  expect_bad_input(verify("--hold naive=1 --hold naive=2"),
                   "--hold naive=2: naive is not among the subjects of --subject, or is held already");
  expect_bad_input(verify("--seed -1"), "--seed: -1 is not a whole number from 0 to 18446744073709551615");
  expect_bad_input(verify("--out ''"), "--out: empty, expected a directory");
  expect_bad_input(verify("--speed 3"), "The following arguments were not expected: 3 --speed");
  expect_bad_input(verify("--cases 0"), "--cases: Value 0 not in range 1 to 1099511627776");
  EXPECT_EQ(tests::contents(directory / "out/results.jsonl"), "kept");
  tests::write(directory / "file", "");
  expect_bad_input(verify("--out file"), "file: not a directory that can be written to");
  tests::fs::create_directories(directory / "taken/results.jsonl");
  expect_bad_input(verify("--out taken"), "taken/results.jsonl: not a file that can be replaced");
}

TEST(Commands, AnUnknownCommandAndNoCommandAreBadInput) {
  EXPECT_EQ(lossproof("").code, 2);
  EXPECT_EQ(lossproof("").err, "lossproof: A subcommand is required\n");
  expect_bad_input(lossproof("frobnicate --fast"),
                   "unknown command \"frobnicate\"; known: verify, check, replay, report, bench, exhaust, merge, list");
  EXPECT_EQ(lossproof("list > /dev/full").code, 2);
  EXPECT_EQ(lossproof("--help").code, 0);
}

TEST(List, NamesLossesSubjectsPropertiesAndDtypes) {
  const Finished run = lossproof("list");
  EXPECT_EQ(run.code, 0);
  for (const char* part :
       {"lossproof\n", "naive\n", "cross_entropy(logits, target), f16, bf16, f32, f64, f16 to f32, bf16 to f32, ",
        "  accuracy\n"})
    EXPECT_NE(run.out.find(part), std::string::npos) << part;
}

TEST(Report, WithoutRecordsSaysWhoWritesThem) {
  const Directory directory;
  expect_bad_input(lossproof("report", directory.path()),
                   "out/results.jsonl: no such file; lossproof verify writes it");
}

TEST(Replay, AFileThatIsNoCaseIsRefused) {
  const Directory directory;
  expect_bad_input(lossproof("replay none.json", directory.path()), "none.json: no such file");
  tests::write(directory / "x.json", "{}");
  const Finished run = lossproof("replay x.json", directory.path());
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(run.err.starts_with("lossproof: x.json: not a case: ")) << run.err;
}

}  // namespace
