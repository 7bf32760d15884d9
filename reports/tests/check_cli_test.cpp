// `lossproof check` as its users meet it.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/tests/support.h"

namespace {

using nlohmann::json;
using tests::Directory;
using tests::expect_bad_input;
using tests::Finished;
using tests::lossproof;
using tests::npy_of;

/// Three rows of two classes: an easy one, a confident one whose loss f32 formulas lose, and one with a NaN.
void write_logits(const tests::fs::path& file, float third = 1, std::int64_t last_target = 0) {
  tests::write_npz(file, {{"logits", npy_of<float>("<f4", "3, 2", {0, 1, 0, -40, third, 2})},
                          {"target", npy_of<std::int64_t>("<i8", "3,", {1, 0, last_target})}});
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
  EXPECT_EQ(naive.at("rows").at("zero_but_not_so"), 1);
  const json& worst = naive.at("rows").at("worst")[0];
  EXPECT_EQ(worst.at("row"), 1);
  EXPECT_TRUE(worst.at("exact").get<std::string>().starts_with("4.24835425529158"));
  EXPECT_EQ(worst.at("got"), 0);
}

TEST(Check, TakesFunctionsOfOneInput) {
  const Directory directory;
  tests::write_npz(directory / "x.npz", {{"input", npy_of<float>("<f4", "3,", {-100, 0, 3})}});
  const Finished run = lossproof("check x.npz --loss softplus --beta 2", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("softplus, f32, shape [3], 3 rows, reduction none, beta 0x1p+1\n"), std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find("lossproof: held (promises 0.5 ulp)"), std::string::npos) << run.out;
  tests::write_npz(directory / "y.npz", {{"input", npy_of<float>("<f4", "3,", {50, 20, -3})}});
  const Finished negative = lossproof("check y.npz --loss log_sigmoid --subject naive", directory.path());
  EXPECT_NE(negative.out.find("exactly 0 where the rounded truth is not: 2"), std::string::npos) << negative.out;
  const auto refused = [&](const std::string& arguments, const std::string& message) {
    expect_bad_input(lossproof("check x.npz " + arguments, directory.path()), message);
  };
  refused("--loss sigmoid --beta 2", "sigmoid: takes no --beta");
  refused("--loss sigmoid --label-smoothing 0", "sigmoid: takes no --label-smoothing");
  refused("--loss sigmoid --temperature 2", "sigmoid: takes no --temperature");
  refused("--loss sigmoid --gamma 2", "sigmoid: takes no --gamma");
  refused("--loss sigmoid --log-target", "sigmoid: takes no --log-target");
  refused("--loss softplus --beta 0", "softplus: beta is 0x0p+0, expected a finite number other than 0");
  refused("--loss sigmoid --reduction mean", "sigmoid: reduction mean, expected none, the only one it takes");
}

TEST(Check, TextAndJsonAgree) {
  const Directory directory;
  write_logits(directory / "a.npz");
  const Finished run = lossproof("check a.npz --loss cross_entropy --rows 1", directory.path());
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.out.find("cross_entropy, f32, shape [3,2], 3 rows, reduction mean, label_smoothing 0x0p+0\n"),
            std::string::npos)
      << run.out;
  EXPECT_NE(run.out.find("exactly 0 where the rounded truth is not: 1"), std::string::npos) << run.out;
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
  const Finished files_last =
      lossproof("check --loss mse_loss --subject naive --map input=x,target=y x.npy y.npy", directory.path());
  EXPECT_EQ(files_last.code, 0) << files_last.err;
}

/// [0, -16] and [0, 0] in bf16, as ml_dtypes saves it.
void write_bf16(const tests::fs::path& file) {
  tests::write_npz(file, {{"logits", npy_of<std::uint16_t>("<V2", "2, 2", {0, 0xc180, 0, 0})},
                          {"target", npy_of<std::int64_t>("<i8", "2,", {0, 1})}});
}

TEST(Check, TakesBf16AndGivesTheLossInAnotherDtype) {
  const Directory directory;
  write_bf16(directory / "a.npz");
  const std::string check = "check a.npz --loss cross_entropy --reduction sum";
  const Finished narrow = lossproof(check, directory.path());
  EXPECT_EQ(narrow.code, 0) << narrow.err << narrow.out;
  EXPECT_TRUE(
      narrow.out.starts_with("cross_entropy, bf16, shape [2,2], 2 rows, reduction sum, label_smoothing 0x0p+0\n"
                             "exact loss: 0.69314729309"))
      << narrow.out;
  EXPECT_NE(narrow.out.find("  loss: 0.6914, error 0.45 ulp\n"), std::string::npos) << narrow.out;
  const Finished wide = lossproof(check + " --result f32 --certify", directory.path());
  EXPECT_EQ(wide.code, 0) << wide.err << wide.out;
  EXPECT_TRUE(wide.out.starts_with("cross_entropy, bf16 to f32, shape")) << wide.out;
  EXPECT_NE(wide.out.find("  loss: 0.6931473, error "), std::string::npos) << wide.out;
  const json j = json::parse(lossproof(check + " --result f32 --certify --json", directory.path()).out);
  EXPECT_EQ(j.at("result_dtype"), "f32");
  EXPECT_EQ(j.at("certificate"), "Arb, MPFI, MPFR and GMP; the identities in oracles/losses");
  EXPECT_EQ(j.at("subjects")[0].at("outcome"), "held");
  expect_bad_input(lossproof(check + " --result i64", directory.path()),
                   "unknown dtype \"i64\"; known: f16, bf16, f32, f64");
}

TEST(Check, RealLogitsOfAConfidentNetworkWhereTheyAreToBeHad) {
  const tests::fs::path file = LOSSPROOF_SOURCE "/../shared/data/digits_epoch2000.npz";
  if (!tests::fs::exists(file)) return;  // The confident row of the tests above shows the same in small.
  const Finished run = lossproof("check " + file.string() + " --loss cross_entropy --json");
  EXPECT_EQ(run.code, 0) << run.err;
  const json j = json::parse(run.out);
  EXPECT_EQ(j.at("rows"), 1797);
  EXPECT_EQ(j.at("subjects")[0].at("rows").at("misrounded"), 0);
  EXPECT_GT(j.at("subjects")[1].at("rows").at("zero_but_not_so"), 898);
}

TEST(Check, BadInputIsOneLineThatSaysWhatAndWhere) {
  const Directory directory;
  const auto check = [&](const std::string& arguments) { return lossproof("check " + arguments, directory.path()); };
  write_logits(directory / "a.npz", 1, 7);
  expect_bad_input(check("a.npz --loss cross_entropy"),
                   "cross_entropy: target[2] (row 2) is 7, expected a class in [0, 2) or ignore_index -100");
  EXPECT_EQ(check("a.npz --loss cross_entropy --ignore-index 7").code, 0);
  expect_bad_input(check("none.npz --loss cross_entropy"), "none.npz: no such file");
  expect_bad_input(check(". --loss cross_entropy"), ".: a directory");
  tests::write(directory / "text.npy", "0, 1");
  expect_bad_input(check("text.npy --loss cross_entropy"), "text.npy: not a .npy file");
  expect_bad_input(check("a.npz --loss cross_entropy --map logits=logits,logits=target"),
                   "--map logits=target: logits is mapped already, to logits");
  expect_bad_input(check("a.npz --loss cross_entropy --ignore-index 99999999999999999999"),
                   "--ignore-index: 99999999999999999999 is not a whole number from -9223372036854775808 to "
                   "9223372036854775807");
  expect_bad_input(check("a.npz --loss no_such"), tests::unknown_loss("no_such"));
  expect_bad_input(check("a.npz --loss mse_loss"),
                   "mse_loss: no array \"input\" for the argument input; there are: logits, target");
  expect_bad_input(check("a.npz --loss mse_loss --map input=logits"), "mse_loss: target has dtype i64, expected f32");
  expect_bad_input(check("a.npz --loss mse_loss --map input=logits,goal=target"),
                   "--map goal=target: mse_loss has no argument \"goal\"; it has: input, target, weight");
  expect_bad_input(check("a.npz --loss mse_loss --map input"), "--map input: expected ARGUMENT=ARRAY");
  expect_bad_input(check("a.npz --loss mse_loss --ignore-index 3"), "mse_loss: takes no --ignore-index");
  expect_bad_input(check("a.npz --loss cross_entropy --reduction max"),
                   "unknown reduction \"max\"; known: none, per_sample, mean, sum, batchmean");
  expect_bad_input(check("a.npz --loss cross_entropy --map logits=target"),
                   "cross_entropy: logits has dtype i64, expected f16, bf16, f32 or f64");
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
