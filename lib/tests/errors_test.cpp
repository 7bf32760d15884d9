// Every refusal: its message, and outputs untouched.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "lossproof/catalogue.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

class Refusals : public ::testing::Test {
 protected:
  /// Calls value-and-gradient and expects the message; the outputs keep their sentinel.
  void expect_refused(const Loss& loss, std::vector<TensorView> inputs, const std::string& message,
                      const Options& options = {}) {
    expect_refused(loss, std::move(inputs), message, options, MutableTensorView(value_.data(), {}),
                   MutableTensorView(grad_.data(), {2, 3}), TensorView(grad_output_.data(), {}));
  }

  void expect_refused(const Loss& loss, std::vector<TensorView> inputs, const std::string& message,
                      const Options& options, const MutableTensorView& value, const MutableTensorView& grad,
                      const TensorView& grad_output) {
    value_.fill(sentinel);
    grad_.fill(sentinel);
    try {
      loss.value_and_gradient(inputs, options, grad_output, value, grad);
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), message);
    }
    for (const float v : value_) EXPECT_EQ(v, sentinel);
    for (const float v : grad_) EXPECT_EQ(v, sentinel);
  }

  static constexpr float sentinel = -7.5f;
  std::array<float, 6> x_{1, 2, 3, 4, 5, 6};
  std::array<std::int64_t, 2> t_{0, 2};
  std::array<float, 6> value_{};
  std::array<float, 6> grad_{};
  std::array<float, 6> grad_output_{1, 1, 1, 1, 1, 1};
  TensorView x() const { return TensorView(x_.data(), {2, 3}); }
  TensorView t() const { return TensorView(t_.data(), {2}); }
};

TEST_F(Refusals, OfInputs) {
  const std::string ce = "cross_entropy: ";
  expect_refused(cross_entropy, {x()}, ce + "1 input given; expected 2");
  expect_refused(cross_entropy, {t(), t()}, ce + "logits is i64; expected f16, bf16, f32 or f64");
  expect_refused(nll_loss, {x(), x()}, "nll_loss: target is f32; expected i32 or i64");
  expect_refused(cross_entropy, {TensorView(x_.data(), {}), t()},
                 ce + "logits has shape []; expected [C], [N, C] or [N, C, d1, ...]");
  expect_refused(cross_entropy, {x(), TensorView(t_.data(), {3})},
                 ce + "target has shape [3]; expected [2], for i32 and i64 are class indices");
  expect_refused(cross_entropy, {x(), TensorView(t_.data(), {2, 1})},
                 ce + "target has shape [2, 1]; expected [2], for i32 and i64 are class indices");
  expect_refused(cross_entropy, {TensorView(static_cast<const float*>(nullptr), {2, 3}), t()},
                 ce + "logits of shape [2, 3] is null");
  expect_refused(cross_entropy, {x(), TensorView(static_cast<const std::int64_t*>(nullptr), {2})},
                 ce + "target of shape [2] is null");
  expect_refused(cross_entropy, {TensorView(x_.data(), {2, 3}, {3}), t()},
                 ce + "logits has 1 strides for shape [2, 3]; expected one for each dimension");
  expect_refused(mse_loss, {x(), TensorView(x_.data(), {3, 2})}, "mse_loss: target has shape [3, 2]; expected [2, 3]");
  const std::int64_t huge = std::int64_t{1} << 40;
  expect_refused(mse_loss, {TensorView(x_.data(), {huge, huge}), TensorView(x_.data(), {huge, huge})},
                 "mse_loss: input: shape [1099511627776, 1099511627776] has more than 2^63 - 1 elements");
  const std::array<double, 6> d{};
  expect_refused(mse_loss, {x(), TensorView(d.data(), {2, 3})},
                 "mse_loss: target is f64; expected f32, the dtype of input");
  const std::array<Half, 6> h{};
  const std::array<BFloat16, 6> b{};
  expect_refused(mse_loss, {TensorView(h.data(), {2, 3}), TensorView(b.data(), {2, 3})},
                 "mse_loss: target is bf16; expected f16, the dtype of input");
}

TEST_F(Refusals, OfClassIndices) {
  const std::string range = "; expected a class index from 0 to 2, or ignore_index -100";
  for (const std::int64_t bad : {std::int64_t{3}, std::int64_t{-1}, INT64_MIN, (std::int64_t{1} << 32) + 1}) {
    t_[1] = bad;
    expect_refused(cross_entropy, {x(), t()}, "cross_entropy: target[1] is " + std::to_string(bad) + range);
  }
  t_ = {0, -100};
  expect_refused(cross_entropy, {x(), t()},
                 "cross_entropy: target[1] is -100; expected a class index from 0 to 2, or ignore_index 255",
                 {.ignore_index = 255});
  const std::array<std::int32_t, 2> narrow{7, 0};
  expect_refused(cross_entropy, {x(), TensorView(narrow.data(), {2})}, "cross_entropy: target[0] is 7" + range);
}

TEST_F(Refusals, OfOptions) {
  expect_refused(mse_loss, {x(), x()}, "mse_loss: reduction 9; expected none, per_sample, mean, sum or batchmean",
                 {.reduction = static_cast<Reduction>(9)});
  for (const Loss* loss : {&mse_loss, &binary_cross_entropy_with_logits}) {
    expect_refused(*loss, {x(), x()}, std::string(loss->name()) + ": takes no option ignore_index",
                   {.ignore_index = 0});
  }
  expect_refused(mse_loss, {x(), x()}, "mse_loss: the option dtype is i64; expected f16, bf16, f32 or f64",
                 {.dtype = DType::i64});
  expect_refused(mse_loss, {x(), x()}, "mse_loss: the value is f32; expected bf16, as the option dtype says",
                 {.dtype = DType::bf16});
  try {
    mse_loss({x(), x()}, {.dtype = DType::i32});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "mse_loss: the option dtype is i32; expected f16, bf16, f32 or f64");
  }
}

TEST_F(Refusals, OfStridesBeyondTheAddressSpace) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t stride : {most, -most - 1, most / 4, std::int64_t{1} << 61}) {
    const TensorView far(x_.data(), {2, 3}, {stride, 1});
    const std::string expected = "mse_loss: input of shape [2, 3] has strides [" + std::to_string(stride) +
                                 ", 1], which reach beyond the address space";
    expect_refused(mse_loss, {far, x()}, expected);
    const float* start = x_.data();  // one element, then one that lies before the address space
    expect_refused(mse_loss, {TensorView(start, {2}, {-(std::int64_t{1} << 60)}), TensorView(start, {2})},
                   "mse_loss: input of shape [2] has strides [-1152921504606846976], which reach beyond the address "
                   "space");
    const TensorView never_reached(x_.data(), {1, 3}, {stride, 1});
    EXPECT_NO_THROW(mse_loss({never_reached, TensorView(x_.data(), {1, 3})}));
  }
}

// What has no element is reached nowhere, whatever its strides and other extents are.
TEST_F(Refusals, OfNoTensorWithoutElements) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Options none{.reduction = Reduction::none};
  constexpr std::int64_t large = std::int64_t{1} << 40;
  for (const auto& [shape, strides] : {std::pair<Extents, Extents>{{2, 0}, {-most - 1, 1}},
                                       {{2, 3, 0}, {1, most, 1}},
                                       {{0, large, large}, {0, large, 1}}}) {
    const TensorView empty(x_.data(), shape, strides);
    EXPECT_NO_THROW(mse_loss.value({empty, empty}, none, MutableTensorView(value_.data(), shape, strides)));
  }
}

TEST(Tensors, OfMoreBytesThanMemoryHasAreRefused) {
  try {
    const Tensor t(DType::f32, {(std::int64_t{1} << 62) + 4});
    FAIL() << "made";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "a tensor of shape [4611686018427387908] has more than 2^63 - 1 bytes");
  }
}

TEST_F(Refusals, OfOutputs) {
  const MutableTensorView value(value_.data(), {});
  const MutableTensorView grad(grad_.data(), {2, 3});
  const TensorView one(grad_output_.data(), {});
  const auto expect = [&](const std::string& message, const MutableTensorView& v, const MutableTensorView& g,
                          const TensorView& go) {
    expect_refused(mse_loss, {x(), x()}, "mse_loss: " + message, {}, v, g, go);
  };
  expect("the value has shape [1]; expected []", MutableTensorView(value_.data(), {1}), grad, one);
  expect("the gradient has shape [6]; expected [2, 3]", value, MutableTensorView(grad_.data(), {6}), one);
  expect("grad_output has shape [2]; expected []", value, grad, TensorView(grad_output_.data(), {2}));
  expect("the value of shape [] is null", MutableTensorView(static_cast<float*>(nullptr), {}), grad, one);
  expect("grad_output of shape [] is null", value, grad, TensorView(static_cast<const float*>(nullptr), {}));
  std::array<std::int32_t, 6> i{};
  const std::string real = "; expected f16, bf16, f32 or f64";
  expect("the value is i32" + real, MutableTensorView(i.data(), {}), grad, one);
  expect("the gradient is i32" + real, value, MutableTensorView(i.data(), {2, 3}), one);
  expect("grad_output is i32" + real, value, grad, TensorView(i.data(), {}));
  expect("the gradient shares memory with the input input", value, MutableTensorView(x_.data(), {2, 3}), one);
  expect("the value shares memory with grad_output", MutableTensorView(grad_output_.data(), {}), grad, one);
  expect("the value shares memory with the gradient", MutableTensorView(grad_.data() + 5, {}), grad, one);
  expect("the gradient with strides [0, 1] has elements that share memory", value,
         MutableTensorView(grad_.data(), {2, 3}, {0, 1}), one);
}

TEST_F(Refusals, NotOfInterleavedColumns) {
  std::array<float, 12> both{};
  const TensorView columns(both.data(), {2, 3}, {6, 2});
  const MutableTensorView between(both.data() + 1, {2, 3}, {6, 2});
  EXPECT_NO_THROW(mse_loss.value({columns, columns}, {.reduction = Reduction::none}, between));
}

TEST(Items, OfAnotherCountOrOfIntegersAreRefused) {
  try {
    Tensor(DType::f16, {2}).item();
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "item() wants a tensor of one element, this one has shape [2]");
  }
  try {
    Tensor(DType::i32, {}).item();
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "item() wants f16, bf16, f32 or f64, this tensor is i32");
  }
}

TEST(Shapes, OfMoreThanEightDimensionsOrTooManyElementsAreRefused) {
  try {
    Extents({1, 1, 1, 1, 1, 1, 1, 1, 1});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "a tensor has at most 8 dimensions");
  }
  try {
    count({std::int64_t{1} << 32, std::int64_t{1} << 32});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "shape [4294967296, 4294967296] has more than 2^63 - 1 elements");
  }
  try {
    count({2, -1});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "shape [2, -1] has a negative extent");
  }
}

TEST(Catalogue, HasEveryLossThatIsDeclaredAndNoOther) {
  std::ifstream header(LOSSPROOF_LOSSES_H);
  const std::string text{std::istreambuf_iterator<char>(header), {}};
  const std::regex declaration(R"(extern const Loss (\w+);)");
  std::vector<std::string> declared;
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it)
    declared.push_back((*it)[1]);
  std::vector<std::string> listed;
  for (const Loss* loss : catalogue()) listed.emplace_back(loss->name());
  EXPECT_FALSE(listed.empty());
  std::ranges::sort(listed);
  std::ranges::sort(declared);
  EXPECT_EQ(listed, declared);
}

TEST(Catalogue, FindsEachLossUnderItsOwnName) {
#define LOSSPROOF_EXPECT_FOUND(loss) EXPECT_EQ(find_loss(#loss), &loss);
  LOSSPROOF_CATALOGUE(LOSSPROOF_EXPECT_FOUND)
#undef LOSSPROOF_EXPECT_FOUND
  EXPECT_EQ(find_loss("no such loss"), nullptr);
}

}  // namespace
}  // namespace lossproof
