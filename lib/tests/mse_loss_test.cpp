// Squares of f32 numbers, which have a kernel of their own: against the careful path, wherever they are stored.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/parallel.h"
#include "engine/streaming.h"
#include "engine/vectors.h"
#include "lossproof/losses.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "reference.h"

namespace lossproof {
namespace {

using arith::testing::Draw;

struct Pairs {
  std::vector<float> x, y;

  void add(float a, float b) { x.push_back(a), y.push_back(b); }
  std::int64_t size() const { return std::ssize(x); }
};

/// Leaves everything as it is by default.
class Squares : public ::testing::TestWithParam<std::string> {
 protected:
  Squares() : scope_(GetParam()) {}
  ~Squares() override {
    detail::streamed_from = 1 << 24;
    detail::without_vectors = false;
    detail::grain = 1 << 16;
    set_threads(1);
  }

  static void store(const Pairs& pairs, float* out) {
    const Extents shape{pairs.size()};
    const TensorView inputs[] = {TensorView(pairs.x.data(), shape), TensorView(pairs.y.data(), shape)};
    mse_loss.value(inputs, {.reduction = Reduction::none}, MutableTensorView(out, shape));
  }

  static std::vector<float> careful(const Pairs& pairs) {
    std::vector<float> squares(pairs.x.size());
    detail::without_vectors = true;
    store(pairs, squares.data());
    detail::without_vectors = false;
    return squares;
  }

  static void expect_same(const Pairs& pairs, const float* got, const std::vector<float>& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(expected[i]))
          << std::hexfloat << pairs.x[i] << " and " << pairs.y[i];
    }
  }

 private:
  TargetScope scope_;
};

INSTANTIATE_TEST_SUITE_P(On, Squares, ::testing::ValuesIn(targets()), [](const auto& target) { return target.param; });

float anywhere(Draw& draw, int least, int most) {
  return static_cast<float>(std::ldexp(draw.uniform(-1, 1), draw.integer(least, most)));
}

/// A pair of one kind, so that blocks of it are not all left because of others.
void add(Draw& draw, int kind, Pairs& pairs) {
  const float x = anywhere(draw, -2, 2);
  const auto steps = static_cast<float>(draw.integer(-8191, 8191));  // 13 bits, 25 of the square: midpoints
  if (kind == 0) return pairs.add(x, anywhere(draw, -2, 2));
  if (kind == 1) return pairs.add(x, x + std::ldexp(steps, -24));                    // a difference of few bits
  if (kind == 2) return pairs.add(std::ldexp(steps, -6), anywhere(draw, -80, -20));  // beside a number of few bits
  if (kind == 3) return pairs.add(anywhere(draw, -34, -27), anywhere(draw, -34, -27));
  if (kind == 4) return pairs.add(anywhere(draw, -149, -70), anywhere(draw, -149, -70));
  if (kind == 5) return pairs.add(anywhere(draw, 60, 66), anywhere(draw, 60, 66));
  if (kind == 6) return pairs.add(anywhere(draw, 100, 128), x);
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float special[] = {0.0f, -0.0f, inf, -inf, nan, 1.0f, std::numeric_limits<float>::max(), 0x1p-149f};
  pairs.add(special[draw.integer(0, 7)], special[draw.integer(0, 7)]);
}

TEST_P(Squares, AreThoseOfTheCarefulPath) {
  Draw draw(1);
  constexpr int kinds = 8;
  for (int kind = 0; kind < kinds; ++kind) {
    Pairs pairs;
    for (int i = 0; i < 100000; ++i) add(draw, kind, pairs);
    std::vector<float> got(pairs.x.size());
    store(pairs, got.data());
    expect_same(pairs, got.data(), careful(pairs));
  }
}

TEST_P(Squares, OneThatIsNotOrdinaryIsSeenAtEveryPlace) {
  Draw draw(2);
  const float least = 0x1p-30f, most = 0x1p63f;
  const std::pair<float, float> odd[] = {{std::nextafter(least, 0.0f), 0x1p-80f},
                                         {most, 0x1p-10f},
                                         {HUGE_VALF, 1.0f},
                                         {-HUGE_VALF, -HUGE_VALF},
                                         {0x1p-75f, -0x1p-110f},
                                         {NAN, 0.0f}};
  for (const auto& [x, y] : odd)
    for (std::size_t place = 0; place < 300; ++place) {
      Pairs pairs;
      for (int i = 0; i < 300; ++i) add(draw, i % 3 == 0 ? 1 : 0, pairs);
      pairs.x[place] = x, pairs.y[place] = y;
      std::vector<float> got(300);
      store(pairs, got.data());
      expect_same(pairs, got.data(), careful(pairs));
    }
}

TEST_P(Squares, ThatGoPastTheCachesAreTheSameWhereverTheyAreStored) {
  detail::streamed_from = 0;
  detail::grain = 64;
  Draw draw(3);
  for (int n = 1; n < 700; n += draw.integer(1, 9)) {
    Pairs pairs;
    for (int i = 0; i < n; ++i) add(draw, draw.integer(0, 200) == 0 ? 7 : 0, pairs);
    const std::vector<float> expected = careful(pairs);
    const auto offset = static_cast<std::size_t>(draw.integer(0, 40));
    std::vector<float> memory(expected.size() + 60, -1.0f);
    set_threads(draw.integer(1, 3));
    store(pairs, &memory[offset]);
    expect_same(pairs, &memory[offset], expected);
    const std::vector<float> before(offset, -1.0f), after(memory.size() - offset - expected.size(), -1.0f);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), memory.begin()));
    ASSERT_TRUE(std::equal(after.rbegin(), after.rend(), memory.rbegin()));
  }
}

TEST(Streaming, BeginsAtTheFirstElementThatIsAligned) {
  alignas(64) const char memory[256] = {};
  const auto before = [&](std::size_t byte, std::int64_t n) {
    return detail::before_aligned(reinterpret_cast<const float*>(memory + byte), 64, n);
  };
  EXPECT_EQ(before(0, 9), 0);
  EXPECT_EQ(before(64, 9), 0);
  EXPECT_EQ(before(60, 9), 1);
  EXPECT_EQ(before(4, 99), 15);
  EXPECT_EQ(before(4, 9), 9);
  EXPECT_EQ(before(2, 99), 99);
}

TEST(Streaming, IsForLargeOutputs) {
  float memory[1];
  EXPECT_FALSE(detail::is_streamed(MutableTensorView(memory, Extents{(1 << 22) - 1})));
  EXPECT_TRUE(detail::is_streamed(MutableTensorView(memory, Extents{1 << 11, 1 << 11})));
}

}  // namespace
}  // namespace lossproof
