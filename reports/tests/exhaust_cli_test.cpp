// exhaust and merge as their users meet them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
namespace fs = tests::fs;
using tests::Directory;
using tests::expect_bad_input;
using tests::Finished;
using tests::lossproof;

const std::string bce = "binary_cross_entropy_with_logits/target=1/value/f32";
const std::string stem = "binary_cross_entropy_with_logits-target=1-value-f32";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json record(const fs::path& file) {
  json j = json::parse(tests::contents(file));
  j["context"].erase("seconds");
  return j;
}

TEST(ExhaustCommand, ListsTheFunctionsOneOnALine) {
  const Finished run = lossproof("exhaust --list");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has("\n" + run.out, "\n" + bce + "\n")) << run.out;
  EXPECT_TRUE(has(run.out, "cross_entropy/target=0/grad_1/f16\n"));
  EXPECT_TRUE(has(run.out, "mse_loss/grad/bf16\n"));
}

TEST(ExhaustCommand, TellsWhatItFoundAndLeavesARecordAndACase) {
  const Directory directory;
  const Finished run = lossproof("exhaust " + bce + " --range 0x3f800000:0x3f820000", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_TRUE(
      has(run.out, bce + ", lossproof: held (promises 0.5 ulp)\n  131,072 of 4,294,967,296 inputs: 0 misrounded"));
  const json found = record(directory / ("out/exhaust/" + stem + "-0x3f800000-0x3f820000.json"));
  EXPECT_EQ(found["schema"], 1);
  EXPECT_EQ(found["inputs"], 131072);
  EXPECT_EQ(found["complete"], false);
  EXPECT_EQ(found["hardest"].size(), 32U);
  EXPECT_EQ(found["hardest"][0], found["worst"]);
  EXPECT_EQ(found["rungs"]["ball"].get<int>() + found["rungs"]["arb"].get<int>(), 131072);
  const std::string hardest = "out/corpus/hardest-" + stem + "-0x3f800000-0x3f820000.json";
  EXPECT_EQ(json::parse(tests::contents(directory / hardest))["inputs"][0]["shape"][0], 32);
  EXPECT_EQ(lossproof("replay " + hardest, directory.path()).code, 0);
  EXPECT_EQ(lossproof("replay " + hardest + " --subject naive --property accuracy", directory.path()).code, 1);
}

TEST(ExhaustCommand, ASubjectWithoutAPromiseCanOnlyGiveFindings) {
  const Directory directory;
  const Finished run = lossproof("exhaust " + bce + " --subject naive --range 0:1000 --shard 2/2", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "naive: "));
  const Finished large =
      lossproof("exhaust " + bce + " --subject naive --range 0x41a00000:0x41a00100", directory.path());
  EXPECT_EQ(large.code, 0);
  EXPECT_TRUE(has(large.out, "finding (no promise)")) << large.out;
  EXPECT_TRUE(has(large.out, "nan_returned: 256"));
  EXPECT_TRUE(has(large.out, "largest error: inf ulp at (0x1.4p+4), input 0x41a00000"));
}

TEST(ExhaustCommand, SeveralSubjectsAreTriedInOneRun) {
  const Directory directory;
  const std::string two = "exhaust " + bce + " --subject naive --subject lossproof --range 0x41a00000:0x41a00100";
  const Finished run = lossproof(two, directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  const std::string at = "out/exhaust/" + stem + "-0x41a00000-0x41a00100";
  for (const std::string whose : {"", "-naive"}) {
    EXPECT_TRUE(has(run.out, "record in " + at + whose + ".json, hardest inputs in out/corpus/hardest-")) << run.out;
    EXPECT_EQ(record(directory / (at + whose + ".json"))["misrounded"], whose.empty() ? 0 : 256);
  }
  expect_bad_input(lossproof(two + " --subject naive", directory.path()), "--subject naive: given twice");
  EXPECT_EQ(lossproof("exhaust --subject naive " + bce + " --range 0:9", directory.path()).code, 0);
  fs::rename(directory / (at + ".json"), directory / (at + ".checkpoint.json"));
  expect_bad_input(lossproof(two + " --resume", directory.path()), at + "-naive.checkpoint.json: no such file");
  lossproof("exhaust " + bce + " --subject naive --range 0x41a00000:0x41a00050", directory.path());
  fs::rename(directory / ("out/exhaust/" + stem + "-0x41a00000-0x41a00050-naive.json"),
             directory / (at + "-naive.checkpoint.json"));
  expect_bad_input(lossproof(two + " --resume", directory.path()),
                   at + "-naive.checkpoint.json and " + at +
                       ".checkpoint.json: not of the same inputs; go on with one subject after the other");
}

TEST(ExhaustCommand, ResultsMayHaveAnotherDtypeThanInputs) {
  const Directory directory;
  const Finished run =
      lossproof("exhaust mse_loss/value/bf16 --result f32 --range 0x3f800000:0x3f810000", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "mse_loss/value/bf16_to_f32, lossproof: held"));
  const Finished same = lossproof("exhaust mse_loss/value/bf16_to_f32 --range 0x3f800000:0x3f810000", directory.path());
  EXPECT_TRUE(has(same.out, "mse_loss/value/bf16_to_f32, lossproof: held"));
}

TEST(ExhaustCommand, AnInterruptedRunLeavesACheckpointThatGoesOnToTheSameRecord) {
  const Directory directory;
  const std::string run = "exhaust " + bce + " --subject naive --range 0x3f000000:0x40000000";
  const Finished cut =
      tests::run("timeout --preserve-status --signal=INT 1 " LOSSPROOF_CLI " " + run, directory.path());
  const std::string name = "out/exhaust/" + stem + "-0x3f000000-0x40000000-naive";
  ASSERT_EQ(cut.code, 3) << cut.out << cut.err;
  EXPECT_TRUE(has(cut.err, "inputs; go on with: ./lossproof " + run.substr(0, 65)));
  EXPECT_TRUE(cut.err.ends_with(" --resume\n")) << cut.err;
  EXPECT_EQ(std::count(cut.err.begin(), cut.err.end(), '\n'), 1);
  EXPECT_FALSE(fs::exists(directory / (name + ".json")));
  EXPECT_LT(record(directory / (name + ".checkpoint.json"))["inputs"].get<std::int64_t>(), 0x1000000);
  expect_bad_input(lossproof(run, directory.path()),
                   name + ".checkpoint.json: of a run that was interrupted; go on with --resume, or remove it");
  const Finished rest = lossproof(run + " --resume", directory.path());
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_FALSE(fs::exists(directory / (name + ".checkpoint.json")));
  EXPECT_EQ(lossproof(run + " --out whole", directory.path()).code, 0);
  EXPECT_EQ(record(directory / (name + ".json")), record(directory / ("whole" + name.substr(3) + ".json")));
}

class Merge : public testing::Test {
 protected:
  Merge() {
    for (const char* shard : {"1/3", "2/3", "3/3"})
      lossproof("exhaust " + bce + " --subject naive --range 0x3f7f0000:0x3f810003 --shard " + shard, path());
    for (const auto& entry : fs::directory_iterator(directory / "out/exhaust")) parts.push_back(entry.path().string());
    std::sort(parts.begin(), parts.end());
  }
  fs::path path() const { return directory.path(); }

  Directory directory;
  std::vector<std::string> parts;
};

TEST_F(Merge, ShardsInAnyOrderAreTheWhole) {
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(lossproof("exhaust " + bce + " --subject naive --range 0x3f7f0000:0x3f810003 --out whole", path()).code, 0);
  const Finished run =
      lossproof("merge " + parts[2] + " " + parts[0] + " " + parts[1] + " --out all.json --corpus c", path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(record(directory / "all.json"),
            record(directory / ("whole/exhaust/" + stem + "-0x3f7f0000-0x3f810003-naive.json")));
  const std::string hardest = "/hardest-" + stem + "-0x3f7f0000-0x3f810003.json";
  EXPECT_EQ(tests::contents(directory / ("c" + hardest)), tests::contents(directory / ("whole/corpus" + hardest)));
}

TEST_F(Merge, RefusesWhatDoesNotBelongTogether) {
  expect_bad_input(lossproof("merge " + parts[0] + " " + parts[0] + " --out all.json", path()),
                   parts[0] + " and " + parts[0] + " cannot be merged: both have the inputs 0x3f7f0000:0x3f7faaac");
  lossproof("exhaust " + bce + " --range 0:100", path());
  const std::string ours = "out/exhaust/" + stem + "-0x0-0x64.json";
  expect_bad_input(
      lossproof("merge " + ours + " " + parts[0] + " --out all.json", path()),
      ours + " and " + parts[0] + " cannot be merged: subject is \"lossproof\" in one, \"naive\" in the other");
  lossproof("exhaust mse_loss/value/f16 --subject naive --range 0:100", path());
  const std::string other = "out/exhaust/mse_loss-value-f16-0x0-0x64-naive.json";
  expect_bad_input(lossproof("merge " + other + " " + parts[0] + " --out all.json", path()),
                   other + " and " + parts[0] + " cannot be merged: function is \"mse_loss/value/f16\" in one, \"" +
                       bce + "\" in the other");
  expect_bad_input(lossproof("merge nothing.json --out all.json", path()), "nothing.json: no such file");
  EXPECT_FALSE(fs::exists(directory / "all.json"));
}

TEST_F(Merge, RefusesRecordsThatWereCutOrEdited) {
  const std::string good = tests::contents(parts[0]);
  const auto refused = [&](const std::string& text, const std::string& why) {
    tests::write(directory / "bad.json", text);
    expect_bad_input(lossproof("merge bad.json --out all.json", path()),
                     "bad.json: no record of an exhaustive run: " + why);
  };
  const auto edited = [&](const auto& edit) {
    auto j = nlohmann::ordered_json::parse(good);
    edit(j);
    return j.dump();
  };
  refused(edited([](auto& j) { j["schema"] = 9; }), "schema 9, expected 1");
  refused(edited([](auto& j) { j["record"] = "tally"; }), "its record is not \"exhaust\"");
  refused(edited([](auto& j) { j["misrounded"] = 1; }), "its misrounded inputs are not those of its parts");
  refused(edited([](auto& j) { j["ranges"][0][1] = 1; }),
          "its ranges are not in order, or beyond the function's inputs");
  refused(edited([](auto& j) { j["ranges"][0][0] = 0; }), "its ranges, binades and rungs do not count the same inputs");
  refused(edited([](auto& j) { j.erase("rungs"); }), "[json.exception.out_of_range.403] key 'rungs' not found");
  tests::write(directory / "bad.json", good.substr(0, good.size() / 2));
  const Finished half = lossproof("merge bad.json --out all.json", path());
  EXPECT_EQ(half.code, 2);
  EXPECT_TRUE(half.err.starts_with("lossproof: bad.json: no record of an exhaustive run: ")) << half.err;
}

TEST(ExhaustCommand, BadInputIsOneLine) {
  const Directory directory;
  const auto exhaust = [&](const std::string& arguments) {
    return lossproof("exhaust " + arguments, directory.path());
  };
  expect_bad_input(exhaust(""), "exhaust: no function; --list tells all");
  expect_bad_input(exhaust("mse_los/value/f16"),
                   "unknown function \"mse_los/value/f16\"; the nearest: mse_loss/value/f16, mse_loss/value/bf16, "
                   "kl_div/value/f16; --list tells all");
  const std::string range = "expected A:B, the inputs from A to below B, with 0 <= A < B <= 0x100000000";
  for (const std::string bad : {"5:5", "7:3", "1", "0:0x100000001", "-1:4", "0x:4", "a:b", "1:2:3"})
    expect_bad_input(exhaust(bce + " --range=" + bad), "--range " + bad + ": " + range);
  for (const std::string bad : {"0/4", "5/4", "1", "1/101", "x/2"})
    expect_bad_input(exhaust(bce + " --range 0:100 --shard " + bad),
                     "--shard " + bad + ": expected I/N, part I of N, with 1 <= I <= N <= 100");
  expect_bad_input(exhaust(bce + " --subject torch"), tests::unknown_subject("torch"));
  expect_bad_input(exhaust(bce + " --range 0:9 --resume"),
                   "out/exhaust/" + stem + "-0x0-0x9.checkpoint.json: no such file");
  tests::write(directory / ("out/exhaust/" + stem + "-0x0-0x9.checkpoint.json"), "{");
  const Finished corrupt = exhaust(bce + " --range 0:9 --resume");
  EXPECT_EQ(corrupt.code, 2);
  EXPECT_TRUE(has(corrupt.err, "-0x0-0x9.checkpoint.json: no record of an exhaustive run: ")) << corrupt.err;
  EXPECT_EQ(std::count(corrupt.err.begin(), corrupt.err.end(), '\n'), 1);
  expect_bad_input(exhaust(bce + " --out ''"), "--out: empty, expected a directory");
}

TEST(ExhaustCommand, ACheckpointOfOtherInputsIsRefused) {
  const Directory directory;
  lossproof("exhaust " + bce + " --range 0:20", directory.path());
  const std::string at = "out/exhaust/" + stem;
  fs::rename(directory / (at + "-0x0-0x14.json"), directory / (at + "-0x0-0x9.checkpoint.json"));
  expect_bad_input(lossproof("exhaust " + bce + " --range 0:9 --resume", directory.path()),
                   at + "-0x0-0x9.checkpoint.json: has the inputs 0x0:0x14, beyond the range of this run");
}

TEST(ExhaustCommand, RunsAreOnThePage) {
  const Directory directory;
  lossproof("exhaust " + bce + " --range 0x3f800000:0x3f801000", directory.path());
  lossproof("verify --cases 1 --loss mse_loss --dtype f32 --subject lossproof", directory.path());
  const std::string html = tests::contents(directory / "out/report.html");
  EXPECT_TRUE(has(html, "<h2>Exhaustive runs</h2>"));
  EXPECT_TRUE(has(html, "<tr><td>" + bce + "</td><td>lossproof</td>"));
  fs::remove_all(directory / "out/exhaust");
  lossproof("report", directory.path());
  EXPECT_FALSE(has(tests::contents(directory / "out/report.html"), "Exhaustive runs"));
  fs::create_directories(directory / "out/exhaust");
  tests::write(directory / "out/exhaust/bad.json", "{}");
  EXPECT_EQ(lossproof("report", directory.path()).code, 2);
}

TEST(Corpus, TheLibraryHoldsOnEveryCaseThatComesWithTheSuite) {
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(LOSSPROOF_SOURCE) / "properties/corpus")) {
    const Finished replay = lossproof("replay " + entry.path().string());
    EXPECT_EQ(replay.code, 0) << entry.path() << replay.err << replay.out;
    ++cases;
  }
  EXPECT_GT(cases, 0U);
}

}  // namespace
