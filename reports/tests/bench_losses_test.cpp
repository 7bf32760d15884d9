#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lossproof/target.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/data.h"
#include "bench/measure.h"
#include "bench/native/eigen.h"
#include "properties/property.h"
#include "reports/tests/support.h"

namespace {

using nlohmann::json;
using tests::Directory;
using tests::Finished;
using tests::lossproof;

json rows_of(const Directory& directory) { return json::parse(tests::contents(directory / "out/bench.json"))["rows"]; }

TEST(BenchLosses, EveryLossOfTheCatalogueIsMeasured) {
  for (const auto* spec : properties::specs()) {
    const std::string& loss = spec->definition->name;
    EXPECT_GE(bench::works(loss + " value [").size(), 1U) << loss;
    EXPECT_GE(bench::works(loss + " value+gradient [").size(), 1U) << loss;
  }
}

TEST(BenchLosses, SweepsRowLengthsOfTwoTo131072WithAsManyElementsEach) {
  std::int64_t length = 2;
  for (const bench::Work& work : bench::works("cross_entropy value [")) {
    if (!work.sweep) continue;
    EXPECT_EQ(work.shape, oracles::Shape({(1 << 22) / length, length}));
    length *= 2;
  }
  EXPECT_EQ(length, 2 * 131072);
}

TEST(BenchLosses, WritesARowForEachPeerTargetAndNumberOfThreads) {
  const Directory directory;
  const Finished run =
      lossproof("bench --filter 'value+gradient [64,23]' --seconds 0.001 --threads 2,1,2", directory.path());
  ASSERT_EQ(run.code, 0) << run.err;
  std::multiset<std::string> found, expected;
  for (const json& row : rows_of(directory)) {
    EXPECT_EQ(row["run"], "losses");
    EXPECT_EQ(row["shape"], json({64, 23}));
    EXPECT_EQ(row["dtype"], "f32");
    EXPECT_GT(row["seconds"].get<double>(), 0) << row;
    EXPECT_NEAR(row["gelem_s"].get<double>() * row["seconds"].get<double>(), 64 * 23 * 1e-9, 1e-15);
    found.insert(row["work"].get<std::string>() + ": " + row["peer"].get<std::string>() + " " +
                 row.value("target", "") + " " + row["threads"].dump());
  }
  for (const auto* spec : properties::specs()) {
    if (spec->definition->form != oracles::Form::classes) continue;
    const std::string work = spec->definition->name + " value+gradient: ";
    for (const char* threads : {"2", "1"}) {
      for (const std::string& target : lossproof::targets())
        expected.insert(work + "lossproof " + target + " " + threads);
      for (const char* peer : {"read  ", "copy  "}) expected.insert(work + peer + threads);
    }
    expected.insert(work + "naive  1");
    if (bench::eigen_loss(spec->definition->name) != nullptr) expected.insert(work + "eigen  1");
  }
  EXPECT_EQ(found, expected);
}

TEST(BenchLosses, PrintsHowManyTimesAsFastTheBestTargetIs) {
  const Directory directory;
  const Finished run = lossproof(
      "bench --filter 'cross_entropy value [64,23]' --seconds 0.001 --threads 1 --target scalar", directory.path());
  EXPECT_NE(run.out.find("\ncross_entropy value [64,23] f32\n  lossproof scalar               1 "), std::string::npos);
  for (const json& row : rows_of(directory)) {
    const std::string peer = row["peer"];
    const double ratio = rows_of(directory)[0]["gelem_s"].get<double>() / row["gelem_s"].get<double>();
    const std::string text = fmt::format(" {:.3g}x\n", ratio);
    const auto line = run.out.find("\n  " + peer + " ");
    ASSERT_NE(line, std::string::npos) << peer;
    EXPECT_EQ(run.out.substr(run.out.find('\n', line + 1) + 1 - text.size(), text.size()), text) << run.out;
  }
}

TEST(BenchLosses, AnElementwiseLossWithoutReductionIsOneOfTheWorks) {
  const Directory directory;
  const Finished run = lossproof("bench --filter 'mse_loss value, none' --seconds 0.001 --threads 1", directory.path());
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(rows_of(directory)[0]["work"], "mse_loss value, none");
  EXPECT_EQ(rows_of(directory)[0]["shape"], json({1 << 22}));
}

TEST(BenchLosses, TimersTakeTurnsAndTheMedianCounts) {
  std::string order;
  int calls = 0;
  const double times[] = {5, 1, 4, 2, 3};
  const bench::Timer timers[] = {[&] { return order += 'a', times[calls]; },
                                 [&] { return order += 'b', 10 * times[calls++]; }};
  EXPECT_EQ(bench::medians(timers), std::vector<double>({3, 30}));
  EXPECT_EQ(order, "ababababab");
}

TEST(BenchLosses, InputsAreDrawnAsTheHeaderSays) {
  const bench::Data classes(bench::works("cross_entropy value+gradient [64,23]").front());
  const auto* logits = static_cast<const float*>(classes.call().inputs[0].data);
  const auto* target = static_cast<const std::int64_t*>(classes.call().inputs[1].data);
  double squares = 0;
  for (int i = 0; i < 64 * 23; ++i) squares += static_cast<double>(logits[i]) * static_cast<double>(logits[i]);
  EXPECT_NEAR(squares / (64 * 23), 9, 9 * 5 * std::sqrt(2.0 / (64 * 23)));  // five deviations of the mean of squares
  EXPECT_GE(*std::min_element(target, target + 64), 0);
  EXPECT_LT(*std::max_element(target, target + 64), 23);
  EXPECT_EQ(*static_cast<const float*>(classes.call().grad_output->data), 1);
  EXPECT_EQ(classes.call().grad->shape, oracles::Shape({64, 23}));

  const bench::Data pairs(bench::works("binary_cross_entropy_with_logits value [").front());
  const auto* labels = static_cast<const float*>(pairs.call().inputs[1].data);
  EXPECT_EQ(std::set<float>(labels, labels + 1000), std::set<float>({0, 1}));
}

TEST(BenchLosses, EigenComputesTheLossesThatItIsTimedOn) {
  const float x[] = {0, 1, -2, 3}, y[] = {1, 0, 0, 1};
  const std::int64_t target[] = {1, 0};
  float value = 0, values[4], grad[4];
  bench::eigen_loss("mse_loss")({4, 1, x, y, nullptr, true, &value, grad});
  EXPECT_EQ(value, 2.5f);
  EXPECT_EQ(grad[2], -1.0f);
  bench::eigen_loss("mse_loss")({4, 1, x, y, nullptr, false, values, nullptr});
  EXPECT_EQ(values[3], 4.0f);
  bench::eigen_loss("binary_cross_entropy_with_logits")({4, 1, x, y, nullptr, false, values, nullptr});
  EXPECT_FLOAT_EQ(values[2], std::log1p(std::exp(-2.0f)));
  bench::eigen_loss("binary_cross_entropy_with_logits")({4, 1, x, y, nullptr, true, &value, grad});
  EXPECT_FLOAT_EQ(grad[0], -0.125f);
  bench::eigen_loss("cross_entropy")({2, 2, x, nullptr, target, false, values, nullptr});
  EXPECT_FLOAT_EQ(values[0], std::log1p(std::exp(-1.0f)));
  EXPECT_FLOAT_EQ(values[1], 5 + std::log1p(std::exp(-5.0f)));
  bench::eigen_loss("cross_entropy")({2, 2, x, nullptr, target, true, &value, grad});
  EXPECT_FLOAT_EQ(value, (values[0] + values[1]) / 2);
  EXPECT_FLOAT_EQ(grad[0], 0.5f / (1 + std::exp(1.0f)));
  EXPECT_FLOAT_EQ(grad[2], -0.5f / (1 + std::exp(-5.0f)));
  EXPECT_EQ(bench::eigen_loss("hinge"), nullptr);
}

}  // namespace
