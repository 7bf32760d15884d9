// The library's targets as subjects of every command, and the variable that picks one.
#include <gtest/gtest.h>
#include <lossproof/target.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
using tests::Directory;
using tests::Finished;
using tests::lossproof;

/// Subject and dtypes of each tally that a campaign left.
std::set<std::pair<std::string, std::string>> tried(const Directory& directory) {
  std::set<std::pair<std::string, std::string>> all;
  std::istringstream lines(tests::contents(directory / "out/results.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json record = json::parse(line);
    if (record.at("record") == "tally") all.emplace(record.at("subject"), record.at("dtype"));
  }
  return all;
}

TEST(Targets, VerifyTriesEachOnceWhereItHasCodeOfItsOwn) {
  const Directory directory;
  const Finished run = lossproof("verify --cases 30 --loss mse_loss --dtype f32 --result f32", directory.path());
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  std::set<std::pair<std::string, std::string>> expected{{"lossproof", "f32"}, {"naive", "f32"}};
  for (const std::string& target : ::lossproof::targets())
    if (target != ::lossproof::target()) expected.emplace("lossproof-" + target, "f32");
  EXPECT_EQ(tried(directory), expected);
  lossproof("verify --cases 30 --loss mse_loss --dtype f64 --result f64", directory.path());
  expected = {{"lossproof", "f64"}, {"naive", "f64"}};
  EXPECT_EQ(tried(directory), expected);
}

TEST(Targets, OneThatIsNamedIsTriedInEveryDtype) {
  const Directory directory;
  const Finished run =
      lossproof("verify --cases 30 --loss mse_loss --dtype f64 --subject lossproof-scalar", directory.path());
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(tried(directory).count({"lossproof-scalar", "f64"}), 1U);
}

TEST(Targets, AreSubjectsOfExhaustReplayAndCheck) {
  const Directory directory;
  const Finished exhaust = lossproof(
      "exhaust mse_loss/value/bf16 --range 0x3f803f00:0x3f804100 --subject lossproof-scalar", directory.path());
  EXPECT_EQ(exhaust.code, 0) << exhaust.out << exhaust.err;
  EXPECT_NE(exhaust.out.find("lossproof-scalar"), std::string::npos) << exhaust.out;
  const std::string stored = LOSSPROOF_SOURCE "/properties/corpus/hardest-cross_entropy-target=0-value-bf16.json";
  EXPECT_EQ(lossproof("replay '" + stored + "' --subject lossproof-scalar", directory.path()).code, 0);
  tests::write_npz(directory / "a.npz", {{"logits", tests::npy_of<float>("<f4", "1, 2", {0, -40})},
                                         {"target", tests::npy_of<std::int64_t>("<i8", "1,", {0})}});
  const Finished check = lossproof("check a.npz --loss cross_entropy --subject lossproof-scalar", directory.path());
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_NE(check.out.find("lossproof-scalar: held (promises 0.5 ulp)"), std::string::npos) << check.out;
}

TEST(Targets, TheVariableNamesTheOneThatTheLibraryGets) {
  const Directory directory;
  const Finished run =
      tests::run("LOSSPROOF_TARGET=scalar " LOSSPROOF_CLI " verify --cases 30 --loss mse_loss --dtype f16 --result f16",
                 directory.path());
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  const auto all = tried(directory);
  EXPECT_EQ(all.count({"lossproof", "f16"}), 1U);
  EXPECT_EQ(all.count({"lossproof-scalar", "f16"}), 0U) << "tried twice";
  const std::string widest = ::lossproof::targets().front();
  EXPECT_EQ(all.count({"lossproof-" + widest, "f16"}), widest == "scalar" ? 0U : 1U);
}

TEST(Targets, AVariableThatNamesNoneIsRefusedByEveryCommand) {
  const Directory directory;
  std::string names;
  for (const std::string& target : ::lossproof::targets()) names += (names.empty() ? "" : ", ") + target;
  for (const std::string command : {"list", "verify --cases 1", "verify --cases 1 --subject lossproof-scalar",
                                    "exhaust mse_loss/value/bf16 --range 0:1000"})
    tests::expect_bad_input(tests::run("LOSSPROOF_TARGET=avx3 " LOSSPROOF_CLI " " + command, directory.path()),
                            "LOSSPROOF_TARGET is \"avx3\"; expected one of the targets here: " + names);
}

}  // namespace
