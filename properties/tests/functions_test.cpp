#include "properties/functions.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

#include "properties/property.h"
#include "properties/storage.h"

namespace {

using oracles::Argument;
using oracles::DType;
using oracles::Form;
using oracles::Output;
using properties::Function;
using properties::functions_of;

oracles::Definition definition(Form form, std::vector<Argument> arguments) {
  oracles::Definition loss;
  loss.name = "made_up";
  loss.form = form;
  loss.arguments = std::move(arguments);
  return loss;
}

std::vector<std::string> names(const std::vector<Function>& functions) {
  std::vector<std::string> result;
  for (const Function& function : functions) result.push_back(function.name());
  return result;
}

constexpr auto real = Argument::Kind::real;
using Names = std::vector<std::string>;

TEST(Functions, OfOneArgumentAreTriedInEveryDtypeOfUpTo32Bits) {
  const auto loss = definition(Form::elements, {{"x", real}});
  EXPECT_EQ(names(functions_of(loss)), (Names{"made_up/value/f16", "made_up/grad/f16", "made_up/value/bf16",
                                              "made_up/grad/bf16", "made_up/value/f32", "made_up/grad/f32"}));
  EXPECT_EQ(functions_of(loss).front().inputs(), 65536);
  EXPECT_EQ(functions_of(loss).back().inputs(), std::int64_t{1} << 32);
}

TEST(Functions, OfTwoArgumentsAreTriedIn16BitsAndWithAFixedTargetInF32) {
  const auto loss = definition(Form::elements, {{"x", real}, {"y", real}});
  EXPECT_EQ(names(functions_of(loss)),
            (Names{"made_up/value/f16", "made_up/grad/f16", "made_up/value/bf16", "made_up/grad/bf16",
                   "made_up/target=0/value/f32", "made_up/target=0/grad/f32", "made_up/target=1/value/f32",
                   "made_up/target=1/grad/f32"}));
  for (const Function& function : functions_of(loss)) EXPECT_EQ(function.inputs(), std::int64_t{1} << 32);
}

TEST(Functions, OverClassesHaveTwoLogitsAndADerivativeForEach) {
  const auto loss = definition(Form::classes, {{"logits", real}, {"target", Argument::Kind::class_index}});
  const Names all = names(functions_of(loss));
  EXPECT_EQ(all.size(), 12U);
  EXPECT_EQ(Names(all.begin() + 6, all.begin() + 9),
            (Names{"made_up/target=0/value/bf16", "made_up/target=0/grad_0/bf16", "made_up/target=0/grad_1/bf16"}));
  EXPECT_EQ(names(functions_of(definition(Form::classes, {{"logits", real}}))),
            (Names{"made_up/value/f16", "made_up/grad_0/f16", "made_up/grad_1/f16", "made_up/value/bf16",
                   "made_up/grad_0/bf16", "made_up/grad_1/bf16"}));
}

TEST(Functions, ALossOfMoreThanXAndATargetHasNone) {
  EXPECT_TRUE(functions_of(definition(Form::elements, {{"x", real}, {"y", real}, {"z", real}})).empty());
  EXPECT_TRUE(functions_of(definition(Form::classes, {{"x", real}, {"y", real}})).empty());
}

TEST(Functions, EveryLossHasSomeAndNoTwoHaveOneName) {
  const Names all = names(properties::functions());
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size());
  for (const auto* spec : properties::specs()) {
    const auto of_loss = functions_of(*spec->definition);
    const auto& arguments = spec->definition->arguments;
    const bool has_two_rows =
        spec->definition->form == Form::classes && arguments.size() > 1 && arguments[1].kind == real;
    EXPECT_EQ(of_loss.empty(), has_two_rows) << spec->definition->name;
  }
}

TEST(Functions, AnInputIsTheBitsOfItsArguments) {
  const auto one = definition(Form::elements, {{"x", real}, {"y", real}});
  const Function f32 = functions_of(one).back();
  for (const std::uint32_t bits : {0U, 1U, 0x3f800000U, 0x7f800000U, 0x80000000U, 0xff7fffffU}) {
    const double x = f32.row(bits).x[0];
    EXPECT_TRUE(x == std::bit_cast<float>(bits) && std::signbit(x) == (bits >> 31 != 0)) << bits;
    EXPECT_EQ(f32.row(bits).y, (std::vector<double>{1}));
  }
  EXPECT_TRUE(std::isnan(f32.row(0x7fc00001).x[0]));
  const Function f16 = functions_of(one).front();
  EXPECT_EQ(f16.row(0x3c00c000).x[0], 1);
  EXPECT_EQ(f16.row(0x3c00c000).y, (std::vector<double>{-2}));
  const auto two = definition(Form::classes, {{"logits", real}, {"target", Argument::Kind::class_index}});
  const Function bf16 = functions_of(two).back();
  EXPECT_EQ(bf16.row(0x3f80'0001).x, (std::vector<double>{1, 0x1p-133}));
  EXPECT_EQ(bf16.row(0).target, 1);
}

TEST(Functions, InputsBecomeACaseThatIsAQuestionToItsLoss) {
  for (Function function : properties::functions()) {
    for (const DType result : oracles::real_dtypes) {
      function.dtypes.result = result;
      const properties::Case c = case_of(function, {0x3f803f80, 0x40004100, 7}, "a test");
      EXPECT_EQ(problem_error(*function.loss, c), "") << function.name();
      EXPECT_EQ(c.dtypes(), function.dtypes);
      EXPECT_EQ(to_json(properties::case_from_json(to_json(c))), to_json(c));
    }
  }
}

}  // namespace
