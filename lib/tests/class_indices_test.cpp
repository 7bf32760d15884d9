// Many class indices: those that are wrong or ignored are seen wherever they are.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "lossproof/error.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

constexpr std::int64_t classes = 5;

class ClassIndices : public ::testing::TestWithParam<std::int64_t> {
 protected:
  /// The number of rows that the mean is taken over: the loss of each is log 5.
  long counted(std::optional<std::int64_t> ignore_index = {}) {
    const auto value = [&](Reduction reduction) {
      float got = -1;
      cross_entropy.value(inputs_, {.reduction = reduction, .ignore_index = ignore_index}, MutableTensorView(&got, {}));
      return got;
    };
    return std::lround(value(Reduction::sum) / value(Reduction::mean));
  }

  std::string refused() {
    try {
      counted();
      return "accepted";
    } catch (const Error& e) {
      return e.what();
    }
  }

  static constexpr std::int64_t rows_ = 200;
  std::vector<float> logits_ = std::vector<float>(rows_ * classes, 0);
  std::vector<std::int64_t> targets_ = std::vector<std::int64_t>(rows_, 4);
  std::vector<TensorView> inputs_{TensorView(logits_.data(), {rows_, classes}), TensorView(targets_.data(), {rows_})};
};
INSTANTIATE_TEST_SUITE_P(At, ClassIndices, ::testing::Values(0, 1, 63, 64, 127, 190, 191, 192, 199));

TEST_P(ClassIndices, BeyondTheClassesAreRefused) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t wrong : {least, least + 4, std::int64_t{-1}, classes, std::int64_t{1} << 32, most}) {
    targets_[static_cast<std::size_t>(GetParam())] = wrong;
    EXPECT_EQ(refused(), "cross_entropy: target[" + std::to_string(GetParam()) + "] is " + std::to_string(wrong) +
                             "; expected a class index from 0 to 4, or ignore_index -100");
  }
}

TEST_P(ClassIndices, ThatAreIgnoredAreNotCounted) {
  EXPECT_EQ(counted(), 200);
  targets_[static_cast<std::size_t>(GetParam())] = -100;
  EXPECT_EQ(counted(), 199);
  targets_[static_cast<std::size_t>(GetParam())] = 2;
  EXPECT_EQ(counted(2), 199);
  EXPECT_EQ(counted(4), 1);
}

}  // namespace
}  // namespace lossproof
