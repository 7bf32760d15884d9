// The program as its users meet it: exit codes, messages, and what it leaves on disk.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
namespace fs = tests::fs;
using tests::Directory;
using tests::Finished;
using tests::lossproof;
using tests::npy_of;

/// Three rows of two classes: an easy one, a confident one whose loss f32 formulas lose, and one with a NaN.
void write_logits(const tests::fs::path& file, float third = 1, std::int64_t last_target = 0) {
  tests::write_npz(file, {{"logits", npy_of<float>("<f4", "3, 2", {0, 1, 0, -40, third, 2})},
                          {"target", npy_of<std::int64_t>("<i8", "3,", {1, 0, last_target})}});
}

void expect_bad_input(const Finished& run, const std::string& message) {
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, "lossproof: " + message + "\n");
  EXPECT_EQ(run.out, "");
}

TEST(Verify, WritesRecordsAndAPageAndExitsByThePromises) {
  const Directory directory;
  const Finished run = lossproof("verify --cases 3 --loss mse_loss --subject naive --dtype f32", directory.path());
  EXPECT_EQ(run.code, 0) << run.err << run.out;
  EXPECT_EQ(run.err, "");
  EXPECT_NE(run.out.find("mse_loss"), std::string::npos);
  EXPECT_TRUE(tests::contents(directory / "out/results.jsonl").starts_with("{\"record\":\"context\",\"schema\":1,"));
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

TEST(Replay, RefusesACaseThatIsNoQuestionToItsLoss) {
  const Directory directory;
  expect_bad_input(lossproof("replay none.json", directory.path()), "none.json: no such file");
  tests::write(directory / "cut.json", "{");
  const Finished cut = lossproof("replay cut.json", directory.path());
  EXPECT_EQ(cut.code, 2);
  EXPECT_TRUE(cut.err.starts_with("lossproof: cut.json: not a case: ")) << cut.err;
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
  expect_bad_input(verify("--loss hinge"),
                   "unknown loss \"hinge\"; known: cross_entropy, binary_cross_entropy_with_logits, mse_loss");
  expect_bad_input(verify("--subject torch"), "unknown subject \"torch\"; known: lossproof, naive");
  expect_bad_input(verify("--dtype f16"), "unknown dtype \"f16\"; known: f32, f64");
  expect_bad_input(verify("--hold naive"), "--hold naive: expected NAME=ULP");
  expect_bad_input(verify("--hold naive=x"), "--hold naive=x: expected NAME=ULP with ULP >= 0.5");
  expect_bad_input(verify("--subject naive --hold lossproof=1"),
                   "--hold lossproof=1: lossproof is not among the subjects of --subject");
  expect_bad_input(verify("--speed 3"), "The following arguments were not expected: 3 --speed");
  expect_bad_input(verify("--cases 0"), "--cases: Value 0 not in range 1 to 1099511627776");
  EXPECT_EQ(tests::contents(directory / "out/results.jsonl"), "kept");
  tests::write(directory / "file", "");
  expect_bad_input(verify("--out file"), "file/corpus: not a directory that can be written to");
}

TEST(Commands, AnUnknownCommandAndNoCommandAreBadInput) {
  EXPECT_EQ(lossproof("").code, 2);
  EXPECT_EQ(lossproof("").err, "lossproof: A subcommand is required\n");
  EXPECT_EQ(lossproof("frobnicate").code, 2);
  EXPECT_EQ(lossproof("--help").code, 0);
}

TEST(List, NamesLossesSubjectsPropertiesAndDtypes) {
  const Finished run = lossproof("list");
  EXPECT_EQ(run.code, 0);
  for (const char* part : {"lossproof\n", "naive\n", "cross_entropy(logits, target), f32, f64", "  accuracy\n"})
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

TEST(Check, ShowsWhatAFormulaInF32LosesAndThatTheLibraryDoesNot) {
  const Directory directory;
  write_logits(directory / "a.npz");
  const Finished run = lossproof("check a.npz --loss cross_entropy --json", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  const json j = json::parse(run.out);
  EXPECT_EQ(j.at("rows"), 3);
  ASSERT_EQ(j.at("subjects").size(), 2U);
  const json& ours = j.at("subjects")[0];
  EXPECT_EQ(ours.at("subject"), "lossproof");
  EXPECT_EQ(ours.at("outcome"), "held");
  EXPECT_EQ(ours.at("rows").at("misrounded"), 0);
  EXPECT_EQ(ours.at("gradient").at("misrounded"), 0);
  const json& naive = j.at("subjects")[1];
  EXPECT_EQ(naive.at("outcome"), "finding");
  EXPECT_EQ(naive.at("rows").at("zero_but_positive"), 1);
  const json& worst = naive.at("rows").at("worst")[0];
  EXPECT_EQ(worst.at("row"), 1);
  EXPECT_TRUE(worst.at("exact").get<std::string>().starts_with("4.24835425529158"));
  EXPECT_EQ(worst.at("got"), 0);
}

TEST(Check, TextAndJsonAgree) {
  const Directory directory;
  write_logits(directory / "a.npz");
  const Finished run = lossproof("check a.npz --loss cross_entropy --rows 1", directory.path());
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.out.find("cross_entropy, f32, shape [3,2], 3 rows, reduction mean\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("exactly 0 where the truth is positive: 1"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("lossproof: held (promises 0.5 ulp)"), std::string::npos) << run.out;
}

TEST(Check, TellsWhichElementANanCameFrom) {
  const Directory directory;
  write_logits(directory / "a.npz", NAN);
  const Finished run = lossproof("check a.npz --loss cross_entropy --json", directory.path());
  EXPECT_EQ(run.code, 0) << run.out;
  const json analysis = json::parse(run.out);
  const json& origin = analysis.at("non_finite_inputs")[0];
  EXPECT_EQ(origin.at("argument"), "logits");
  EXPECT_EQ(origin.at("count"), 1);
  const json expected{{"index", {2, 0}}, {"row", 2}, {"class", 0}, {"value", "nan"}, {"exact_loss", "nan"}};
  EXPECT_EQ(origin.at("first")[0], expected);
  const Finished text = lossproof("check a.npz --loss cross_entropy", directory.path());
  EXPECT_NE(text.out.find("logits[2,0] = nan (row 2, class 0): the exact loss of the row is nan"), std::string::npos)
      << text.out;
}

TEST(Check, TakesArraysOfOtherNamesFilesAndReductions) {
  const Directory directory;
  tests::write(directory / "x.npy", npy_of<double>("<f8", "2,", {0, 3}));
  tests::write(directory / "y.npy", npy_of<double>("<f8", "2,", {1, 1}));
  const Finished run =
      lossproof("check x.npy y.npy --loss mse_loss --map input=x,target=y --reduction sum --json", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out).at("exact_loss"), "5");
  EXPECT_EQ(json::parse(run.out).at("subjects")[0].at("loss").at("got"), 5);
}

TEST(Check, RealLogitsOfAConfidentNetworkWhereTheyAreToBeHad) {
  const tests::fs::path file = LOSSPROOF_SOURCE "/../shared/data/digits_epoch2000.npz";
  if (!tests::fs::exists(file)) return;  // The confident row of the tests above shows the same in small.
  const Finished run = lossproof("check " + file.string() + " --loss cross_entropy --json");
  EXPECT_EQ(run.code, 0) << run.err;
  const json j = json::parse(run.out);
  EXPECT_EQ(j.at("rows"), 1797);
  EXPECT_EQ(j.at("subjects")[0].at("rows").at("misrounded"), 0);
  EXPECT_GT(j.at("subjects")[1].at("rows").at("zero_but_positive"), 898);
}

TEST(Check, BadInputIsOneLineThatSaysWhatAndWhere) {
  const Directory directory;
  const auto check = [&](const std::string& arguments) { return lossproof("check " + arguments, directory.path()); };
  write_logits(directory / "a.npz", 1, 7);
  expect_bad_input(check("a.npz --loss cross_entropy"),
                   "cross_entropy: target[2] (row 2) is 7, expected a class in [0, 2) or ignore_index -100");
  EXPECT_EQ(check("a.npz --loss cross_entropy --ignore-index 7").code, 0);
  expect_bad_input(check("none.npz --loss cross_entropy"), "none.npz: no such file");
  expect_bad_input(check("a.npz --loss hinge"),
                   "unknown loss \"hinge\"; known: cross_entropy, binary_cross_entropy_with_logits, mse_loss");
  expect_bad_input(check("a.npz --loss mse_loss"),
                   "mse_loss: no array \"input\" for the argument input; there are: logits, target");
  expect_bad_input(check("a.npz --loss mse_loss --map input=logits"), "mse_loss: target has dtype i64, expected f32");
  expect_bad_input(check("a.npz --loss mse_loss --map input=logits,goal=target"),
                   "--map goal=target: mse_loss has no argument \"goal\"; it has: input, target");
  expect_bad_input(check("a.npz --loss mse_loss --map input"), "--map input: expected ARGUMENT=ARRAY");
  expect_bad_input(check("a.npz --loss mse_loss --ignore-index 3"), "mse_loss: takes no --ignore-index");
  expect_bad_input(check("a.npz --loss cross_entropy --reduction max"),
                   "unknown reduction \"max\"; known: none, per_sample, mean, sum");
  expect_bad_input(check("a.npz --loss cross_entropy --map logits=target"),
                   "cross_entropy: logits has dtype i64, expected f32 or f64");
  tests::write_npz(directory / "b.npz", {{"logits", npy_of<float>("<f4", "1, 2", {0, 1})},
                                         {"target", npy_of<std::int64_t>("<i8", "2,", {0, 1})}});
  expect_bad_input(check("b.npz --loss cross_entropy"),
                   "cross_entropy: target has shape [2], expected [1] for logits of shape [1, 2]");
  const std::string whole = tests::contents(directory / "a.npz");
  tests::write(directory / "cut.npz", whole.substr(0, whole.size() - 30));
  const Finished cut = check("cut.npz --loss cross_entropy");
  EXPECT_EQ(cut.code, 2);
  EXPECT_TRUE(cut.err.starts_with("lossproof: cut.npz: not a readable .npz (zip) file: ")) << cut.err;
}

}  // namespace
