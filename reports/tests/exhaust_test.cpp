// The engine of exhaustive runs, against a census that is taken input by input with MPFR.
#include "reports/exhaust.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "oracles/format.h"
#include "properties/arena.h"
#include "properties/floats.h"
#include "reports/exhaust_chunk.h"
#include "reports/tests/exact_bce.h"
#include "reports/tests/exhaust_run.h"

namespace {

using properties::Function;
using reports::Census;
using reports::ExhaustRecord;
using reports::Range;
using reports::Ranked;
using reports::Ranking;
using tests::bce_bf16;
using tests::bce_f32;
using tests::run;
using tests::subject;
using tests::Tampered;

/// What a subject gives at one input.
double result_at(const Function& function, const properties::Subject& subject, std::int64_t input) {
  const auto c = case_of(function, {input}, "a test");
  return properties::run(subject, *function.loss, c, properties::Ask::value).value[0];
}

/// The census of a range, one input after the other; all inputs finite, all results too.
struct Expected {
  std::int64_t misrounded = 0;
  Ranking worst{1}, hardest{Census::kept};
};
Expected expected(const Function& function, const properties::Subject& subject, const Range& range) {
  const oracles::Format format = oracles::format_of(function.dtypes.result);
  Expected sum;
  for (std::int64_t input = range.begin; input < range.end; ++input) {
    const auto row = function.row(input);
    tests::ExactBce exact(row.x[0], row.y[0], format.precision, format.emin, format.emax);
    const double got = result_at(function, subject, input);
    sum.misrounded += !properties::same(got, exact.rounded());
    sum.worst.add({exact.error(got), input});
    sum.hardest.add({exact.error(exact.rounded()), input});
  }
  return sum;
}

void expect_census(const std::string& name, const properties::Subject& subject, const Range& range) {
  const ExhaustRecord record = run(name, subject, range);
  const Expected right = expected(record.function, subject, range);
  EXPECT_EQ(record.census.inputs(), range.size());
  EXPECT_EQ(record.census.misrounded, right.misrounded);
  const auto& worst = right.worst.first();
  EXPECT_EQ(record.census.worst(), worst.empty() ? Ranked{} : worst.front());
  EXPECT_EQ(record.census.hardest.first(), right.hardest.first());
  EXPECT_EQ(record.census.rungs.undecided, 0);
}

class AgainstMpfr : public testing::TestWithParam<std::tuple<const char*, const char*, std::int64_t>> {};

TEST_P(AgainstMpfr, TheCensusIsThatOfEveryInputByItself) {
  const auto& [function, name, begin] = GetParam();
  expect_census(function, subject(name), {begin, begin + 3000});
}

constexpr auto bce_wider = "binary_cross_entropy_with_logits/value/bf16_to_f32";

/// Around 1 and 20; subnormals, where all errors are one f64 number; 2^-25 to 2^-70, where they differ by less than a
/// ball of f64 tells; a chunk's end; and underflow.
INSTANTIATE_TEST_SUITE_P(Ranges, AgainstMpfr,
                         testing::Combine(testing::Values(bce_f32), testing::Values("lossproof", "naive"),
                                          testing::Values(0x3f800000, 0x41a00000, 0, 0x33000000, 0x2e00fa00, 0x2b000000,
                                                          0x25000000, 0x1cff0000, 0x80000000, 0xaeff0000, 0xb2ffff00,
                                                          0x42ceff00, 0xc1fff000, 0xc4800000)));
/// x of 1.5 and tiny and ordinary targets; x of 2^-20 and -3.
INSTANTIATE_TEST_SUITE_P(Pairs, AgainstMpfr,
                         testing::Combine(testing::Values(bce_bf16, bce_wider), testing::Values("lossproof"),
                                          testing::Values(0x3fc00000, 0x3fc03e00, 0x3fc0b000, 0x35803f00, 0xc0403f00)));

TEST(Exhaust, TheLibraryRoundsAllOfTheContractCorrectly) {
  for (const auto& function : properties::functions()) {
    SCOPED_TRACE(function.name());
    const bool is_wide = function.bits() == 32;
    const std::int64_t infinity = is_wide                                        ? 0x7f800000
                                  : function.dtypes.input == oracles::DType::f16 ? 0x7c000000
                                                                                 : 0x7f800000;
    for (const std::int64_t sign : {0LL, 0x80000000LL})
      for (const std::int64_t middle : {std::int64_t{0x10000}, infinity}) {
        const auto record = run(function.name(), subject("lossproof"), {sign + middle - 3000, sign + middle + 3000});
        EXPECT_EQ(outcome(record), "held") << text(record);
      }
  }
}

TEST(Exhaust, EveryKindOfMismatchIsCountedWithItsInputs) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Tampered liar([](const oracles::Row<double>& row, double result) {
    const double x = row.x[0];
    if (x == 0x1p-130) return nan;
    if (x == 1) return inf;
    if (x == 1.5) return static_cast<double>(std::nextafterf(static_cast<float>(result), 9.0f));
    if (x == inf) return -0.0;
    if (std::isnan(x)) return 0.25;
    return result;
  });
  const auto take = [&](const Range& range) { return run(bce_f32, liar, range).census; };
  const auto kind = [](const Census& census, reports::Mismatch wanted) {
    return census.kinds[static_cast<std::size_t>(wanted)];
  };
  const Census subnormals = take({0x80000 - 10, 0x80000 + 10});
  EXPECT_EQ(kind(subnormals, reports::Mismatch::nan_returned), 1);
  ASSERT_EQ(subnormals.first.size(), 1U);
  EXPECT_EQ(subnormals.first[0].input, 0x80000);
  EXPECT_TRUE(std::isnan(subnormals.first[0].got));
  EXPECT_EQ(subnormals.worst(), (Ranked{inf, 0x80000}));
  const Census ones = take({0x3f800000, 0x3fc00001});
  EXPECT_EQ(ones.misrounded, 2);
  EXPECT_EQ(kind(ones, reports::Mismatch::infinity), 1);
  EXPECT_EQ(kind(ones, reports::Mismatch::number), 1);
  EXPECT_EQ(ones.first[1].input, 0x3fc00000);
  const Census edge = take({0x7f800000, 0x7f800000 + 100});
  EXPECT_EQ(kind(edge, reports::Mismatch::zero_sign), 1);
  EXPECT_EQ(kind(edge, reports::Mismatch::nan_expected), 99);
  EXPECT_EQ(edge.first.size(), Census::told);
  EXPECT_EQ(edge.binades.at(0xff).misrounded, 100);
}

TEST(Exhaust, OneEnclosureTellsOfInputsWhereAFunctionIsFlat) {
  const auto of_mpfi = [](const Census& census) {
    return census.rungs.decided[static_cast<std::size_t>(oracles::Rung::mpfi)];
  };
  const Range flat{0x20000000, 0x20000000 + 70000};
  const Census right = run(bce_f32, subject("lossproof"), flat).census;
  EXPECT_EQ(right.misrounded, 0);
  const Tampered above([](const oracles::Row<double>&, double result) {
    return static_cast<double>(std::nextafterf(static_cast<float>(result), 9.0f));
  });
  const Census wrong = run(bce_f32, above, flat).census;
  EXPECT_EQ(of_mpfi(wrong), 0);
  EXPECT_EQ(wrong.misrounded, flat.size());
  // The hardest of them are those that are found row by row, where one result in each chunk is another.
  const Range more{0x32000000, 0x32800000};
  const Tampered odd([](const oracles::Row<double>& row, double result) {
    return std::fmod(row.x[0], 0x1p-34) == 0x1p-50 ? 0.0 : result;
  });
  const Census quick = run(bce_f32, subject("lossproof"), more).census, slow = run(bce_f32, odd, more).census;
  EXPECT_GE(of_mpfi(quick), more.size() - 4 * reports::chunk);  // but where the largest errors were not known yet
  EXPECT_EQ(of_mpfi(slow), 0);
  EXPECT_EQ(slow.misrounded, more.size() / reports::chunk);
  EXPECT_EQ(quick.hardest.first().size(), Census::kept);
  EXPECT_EQ(quick.hardest.first(), slow.hardest.first());
}

TEST(Exhaust, NaNsBesideANumberAreNoFlatPart) {
  const Tampered constant([](const oracles::Row<double>&, double) { return 100.0; });
  const Census census = run("binary_cross_entropy/target=0/value/f32", constant, {0x3f800000, 0x3f800064}).census;
  EXPECT_EQ(census.misrounded, 99);
}

TEST(Exhaust, WhatASubjectDoesNotWriteIsMisrounded) {
  class Silent final : public properties::Subject {
   public:
    std::string name() const override { return "silent"; }
    std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return {}; }
    bool offers(const oracles::Definition&, properties::DTypes) const override { return true; }
    void run(const oracles::Definition&, const properties::Call&) const override {}
  };
  EXPECT_EQ(run(bce_f32, Silent(), {0x3f800000, 0x3f800064}).census.misrounded, 100);
}

TEST(Exhaust, ExactTiesAreNotAmongTheHardest) {
  const auto record = run("mse_loss/value/f16", subject("lossproof"), {0x3c010000, 0x3c030000});
  const auto& hardest = record.census.hardest.first();
  ASSERT_EQ(hardest.size(), Census::kept);
  EXPECT_EQ(record.census.worst().error, 0.5);
  for (const Ranked& ranked : hardest) {
    const auto row = record.function.row(ranked.input);
    const double square = (row.x[0] - row.y[0]) * (row.x[0] - row.y[0]);  // exact in f64
    EXPECT_LT(ranked.error, 0.5) << square;
  }
}

TEST(Exhaust, InputsBesideTiesAreAmongTheHardest) {
  // (1 - y) x = 116.25 is midway between two numbers of bf16, and log(1 + e^-x) is less than its last bit in f64.
  const std::int64_t input = 0x42f03d00;
  const auto record = run(bce_bf16, subject("lossproof"), {input - 5, input + 5});
  EXPECT_EQ(record.function.row(input).x[0], 120);
  EXPECT_EQ(record.function.row(input).y[0], 0x1p-5);
  ASSERT_FALSE(record.census.hardest.first().empty());
  EXPECT_EQ(record.census.hardest.first().front(), (Ranked{0.5, input}));
  EXPECT_EQ(outcome(record), "held");
}

TEST(Exhaust, CertifiedRunsAgreeOnAllButTheRungs) {
  const Range range{0x3f800000, 0x3f800400};
  ExhaustRecord quick = run(bce_f32, subject("naive"), range);
  oracles::set_first_rung(oracles::Rung::arb);
  ExhaustRecord certified = run(bce_f32, subject("naive"), range);
  oracles::set_first_rung(oracles::Rung::ball);
  EXPECT_EQ(certified.census.rungs.decided[1], 0);
  EXPECT_EQ(quick.census.rungs.decided[1], range.size());
  quick.census.rungs = certified.census.rungs = {};
  quick.context = certified.context;
  EXPECT_EQ(text(quick), text(certified));
}

}  // namespace
