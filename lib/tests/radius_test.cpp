// What a kernel in vectors knows is true: for stratified inputs on every target, the value that it gives is no farther
// from the true one than the radius that it gives, and what it decides is right even next to a midpoint.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "arith/round.h"
#include "forms.h"
#include "lossproof/target.h"
#include "mpfr_number.h"
#include "pair_truth.h"
#include "stretch_of.h"

namespace lossproof {
namespace {

using arith::DD;
using arith::testing::Draw;
using testing::distance_from_midpoint;
using testing::elementwise;
using testing::Elementwise;
using testing::Truth;

/// log1p(sum of e^(x_j - x_t)) where that is at most 1, else the gap and log of the rest.
DD cross_entropy(const std::vector<float>& x, std::size_t target) {
  double top = -HUGE_VAL;
  for (std::size_t j = 0; j < x.size(); ++j) top = j == target ? top : std::max(top, static_cast<double>(x[j]));
  DD rest{0};
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (j != target) rest = rest + arith::exp(arith::two_sum(x[j], -top));
  }
  const DD gap = arith::two_sum(top, -static_cast<double>(x[target]));
  if (gap.hi <= 0) return arith::log1p(arith::exp(gap) * rest);
  return gap + arith::log(rest + arith::exp(-gap));
}

/// The sum of m_c (L - x_c), L the logarithm of the sum of e^(x_c), with m_c = ((1 - s) y_c + s / C) w_c.
DD soft_cross_entropy(const std::vector<float>& x, const std::vector<float>& y, const std::vector<float>& w, double s) {
  const double top = *std::max_element(x.begin(), x.end());
  DD rest{0};
  for (const float v : x) rest = rest + arith::exp(arith::two_sum(v, -top));
  const DD log = arith::log(rest);
  DD loss{0};
  for (std::size_t c = 0; c < x.size(); ++c) {
    const DD own = arith::two_sum(1, -s) * DD{y[c]} + DD{s} / DD{static_cast<double>(x.size())};
    loss = loss + own * DD{w[c]} * (arith::two_sum(top, -static_cast<double>(x[c])) + log);
  }
  return loss;
}

struct Element {
  float x;
  float y;
};

/// Logits of every binade, of both signs; near the ends of exp's intervals; where terms cancel. Targets in [0, 1],
/// its ends, and beyond.
Element draw_element(Draw& draw, int i, const Loss& loss) {
  const double ends = (draw.integer(-5000, 5000) + 0.5) * 0x1.62e42fefa39efp-5 * (1 + draw.uniform(-1, 1) * 0x1p-20);
  const double scales[] = {std::ldexp(draw.uniform(-2, 2), i % 275 - 149), draw.uniform(-30, 30), ends};
  const double targets[] = {0, 1, 0.5, draw.uniform(0, 1), draw.uniform(-40, 40), std::ldexp(draw.uniform(1, 2), -80)};
  return {testing::in_domain(loss, 0, static_cast<float>(scales[i / 275 % 3])),
          testing::in_domain(loss, 1, static_cast<float>(targets[i / 825 % 6]))};
}

/// The largest |value - truth| / radius of each target, told; none may be above 1.
class Ratios {
 public:
  /// What is known exactly has a radius of 0. What is next to nothing itself may be off by as much (simd::decay).
  void add(const std::string& target, const arith::Approx<arith::Fast>& got, DD truth) {
    const double error = std::fabs((DD{got.value} - truth).hi) * (1 - 0x1p-50);
    const bool is_next_to_nothing = std::fabs(truth.hi) < 0x1p-700 && error < 0x1p-700;
    const double ratio = error == 0 || is_next_to_nothing ? 0 : error / got.radius;
    largest_[target] = std::max(largest_[target], ratio);
    ++count_;
  }
  void expect_at_most_1(std::size_t count) const {
    EXPECT_GE(count_, count);
    for (const auto& [target, ratio] : largest_) {
      ::testing::Test::RecordProperty(target, "largest error over radius: " + std::to_string(ratio));
      std::printf("%s: largest error over radius %.3f\n", target.c_str(), ratio);
      EXPECT_LE(ratio, 1) << target;
      EXPECT_GT(ratio, 0) << target << ": not what ran";
    }
  }

 private:
  std::map<std::string, double> largest_;
  std::size_t count_ = 0;
};

/// Elements that lie in [begin, end).
std::vector<TensorView> views_of(const Loss& loss, const std::vector<float>& x, const std::vector<float>& y,
                                 std::size_t begin, std::size_t end) {
  const Extents shape{static_cast<std::int64_t>(end - begin)};
  return testing::inputs_of(loss, TensorView(x.data() + begin, shape), TensorView(y.data() + begin, shape));
}

class Radius : public ::testing::TestWithParam<std::pair<const std::string, Elementwise>> {
 protected:
  const Loss& loss() const { return *find_loss(GetParam().first); }
};
INSTANTIATE_TEST_SUITE_P(Of, Radius, ::testing::ValuesIn(elementwise),
                         [](const auto& loss) { return loss.param.first; });

/// What a sum is known to: of losses, for functions are not added up.
class RadiusOfSums : public Radius {
 protected:
  void SetUp() override {
    Draw draw(1);
    for (int i = 0; i < 300'000; ++i) {
      const Element e = draw_element(draw, i, loss());
      x.push_back(e.x);
      y.push_back(e.y);
      truth.push_back(GetParam().second(e.x, e.y));
    }
  }

  std::vector<float> x;
  std::vector<float> y;
  std::vector<Truth> truth;
};

auto losses() {
  auto all = elementwise;
  std::erase_if(all, [](const auto& loss) { return !find_loss(loss.first)->takes().reduction; });
  return all;
}
INSTANTIATE_TEST_SUITE_P(Of, RadiusOfSums, ::testing::ValuesIn(losses()),
                         [](const auto& loss) { return loss.param.first; });

TEST_P(RadiusOfSums, CoversTheErrorOfAnElement) {
  Ratios ratios;
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const detail::Stretch stretch = testing::stretch_of(loss(), views_of(loss(), x, y, i, i + 1));
      if (stretch.left.empty()) ratios.add(name, stretch.sum.over(1), truth[i].value);
    }
  }
  ratios.expect_at_most_1(targets().size() * x.size() * 9 / 10);
}

TEST_P(RadiusOfSums, CoversTheErrorOfASum) {
  Ratios ratios;
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    Draw draw(2);
    for (std::size_t begin = 0, end; begin < x.size(); begin = end) {
      end = std::min(x.size(), begin + static_cast<std::size_t>(draw.integer(2, 5000)));
      const detail::Stretch stretch = testing::stretch_of(loss(), views_of(loss(), x, y, begin, end));
      DD sum{0};
      for (std::size_t i = begin; i < end; ++i) {
        const bool left = std::ranges::binary_search(stretch.left, static_cast<std::int64_t>(i - begin));
        if (!left) sum = sum + truth[i].value;
      }
      ratios.add(name, stretch.sum.over(1), sum);
    }
  }
  ratios.expect_at_most_1(100);
}

// Of what a kernel stores only the results next to a midpoint can be wrong. Each target decides some nearer than 2^-38
// of themselves, so an error of that size would show. A derivative that is a number of the target's dtype is next to none.
TEST_P(Radius, WhatIsDecidedIsRightNextToAMidpoint) {
  const arith::Format f32{24, -149, 128};
  std::vector<float> near_x, near_y;
  std::vector<Truth> near;
  Draw draw(3);
  // In double-double what is e^-64 of itself beside a midpoint is one.
  const auto is_near = [](DD v, float x) {
    const double distance = distance_from_midpoint(v);
    return distance < 0x1p-36 && (distance != 0 || std::fabs(x) < 64);
  };
  const int expected = loss().name() == "kl_div" ? 0 : 200;
  for (int i = 0, values = 0, gradients = 0; values < 200 || gradients < expected; ++i) {
    const Element e = draw_element(draw, i, loss());
    const Truth t = GetParam().second(e.x, e.y);
    const auto usable = [](DD v) { return std::fabs(v.hi) > 0x1p-120 && std::fabs(v.hi) < 0x1p120; };
    if (!usable(t.value) || !usable(t.derivative)) continue;
    const bool of_value = is_near(t.value, e.x) && values < 200;
    const bool of_gradient = is_near(t.derivative, e.x) && gradients < expected;
    if (!of_value && !of_gradient) continue;
    values += of_value ? 1 : 0;
    gradients += of_gradient ? 1 : 0;
    near_x.push_back(e.x);
    near_y.push_back(e.y);
    near.push_back(t);
  }
  for (const std::string& name : targets()) {
    const TargetScope scope(name);
    double closest[] = {1, 1};
    for (std::size_t i = 0; i < near.size(); ++i) {
      float value, grad;
      const detail::Stretch stretch =
          testing::store_rows(loss(), views_of(loss(), near_x, near_y, i, i + 1), MutableTensorView(&value, {1}),
                              MutableTensorView(&grad, {1}));
      if (!stretch.left.empty()) continue;
      ASSERT_EQ(value, arith::nearest(near[i].value, f32)) << std::hexfloat << near_x[i] << ", " << near_y[i];
      ASSERT_EQ(grad, arith::nearest(near[i].derivative, f32)) << std::hexfloat << near_x[i] << ", " << near_y[i];
      closest[0] = std::min(closest[0], distance_from_midpoint(near[i].value));
      closest[1] = std::min(closest[1], distance_from_midpoint(near[i].derivative));
    }
    RecordProperty(name, "decided at 2^" + std::to_string(std::log2(closest[0])) +
                             " of a midpoint, the gradient at 2^" + std::to_string(std::log2(closest[1])));
    EXPECT_LT(closest[0], 0x1p-38) << name;
    EXPECT_LT(expected > 0 ? closest[1] : 0, 0x1p-38) << name;
  }
}

TEST(RadiusOfRows, CoversTheErrorOfCrossEntropy) {
  Ratios ratios;
  Draw draw(4);
  std::size_t rows = 0;
  for (const std::int64_t classes : {2, 3, 5, 8, 23, 64, 100, 1000, 2048, 2049, 5000}) {
    for (int repeat = 0; repeat < std::min<std::int64_t>(8000, 100'000 / classes); ++repeat, ++rows) {
      std::vector<float> x;
      // Equal logits: the others' sum is about the target's. Narrow and wide rows of every scale up to 2^8.
      const double scale = repeat % 7 == 0 ? 0 : std::ldexp(1, repeat % 33 - 24);
      const double middle = draw.uniform(-30, 30);
      for (std::int64_t j = 0; j < classes; ++j) x.push_back(static_cast<float>(middle + scale * draw.uniform(-1, 1)));
      std::int64_t target = draw.integer(0, static_cast<int>(classes) - 1);
      const auto largest = std::max_element(x.begin(), x.end()) - x.begin();
      if (repeat % 3 == 0) target = largest;
      if (repeat % 5 == 0)
        x[static_cast<std::size_t>(target)] += static_cast<float>(std::log(static_cast<double>(classes - 1)));
      const DD truth = cross_entropy(x, static_cast<std::size_t>(target));
      const TensorView inputs[] = {TensorView(x.data(), {1, classes}), TensorView(&target, {1})};
      for (const std::string& name : targets()) {
        const TargetScope scope(name);
        const detail::Stretch stretch = testing::stretch_of(*find_loss("cross_entropy"), inputs);
        if (stretch.left.empty()) ratios.add(name, stretch.sum.over(1), truth);
      }
    }
  }
  ratios.expect_at_most_1(targets().size() * rows * 9 / 10);
}

// Of a class or of masses, smoothed and weighted.
TEST(RadiusOfRows, CoversTheErrorOfCrossEntropyWithOptions) {
  Ratios ratios;
  Draw draw(6);
  std::size_t rows = 0;
  for (const std::int64_t classes : {2, 3, 5, 8, 23, 64, 1000, 2049}) {
    const auto n = static_cast<std::size_t>(classes);
    for (int repeat = 0; repeat < std::min<std::int64_t>(4000, 50'000 / classes); ++repeat, ++rows) {
      std::vector<float> x(n), y(n, 0), w(n, 1);
      const double scale = std::ldexp(1, repeat % 13 - 8);
      for (float& v : x) v = static_cast<float>(draw.uniform(-30, 30) * scale);
      const std::int64_t target = draw.integer(0, static_cast<int>(classes) - 1);
      y[static_cast<std::size_t>(target)] = 1;
      const bool has_masses = repeat % 2 == 0;
      if (has_masses) std::ranges::generate(y, [&] { return static_cast<float>(draw.uniform(0, 1)); });
      const double s = repeat % 3 == 0 && has_masses ? 0 : std::ldexp(draw.uniform(0, 1), -repeat % 20);
      if (repeat % 5 > 0) std::ranges::generate(w, [&] { return static_cast<float>(draw.uniform(0.01, 4)); });
      const TensorView masses(y.data(), {1, classes});
      const TensorView index(&target, {1});
      const TensorView inputs[] = {TensorView(x.data(), {1, classes}), has_masses ? masses : index};
      for (const std::string& name : targets()) {
        const TargetScope scope(name);
        const detail::Stretch stretch = testing::stretch_of(*find_loss("cross_entropy"), inputs, {.label_smoothing = s},
                                                            TensorView(w.data(), {1, classes}));
        if (stretch.left.empty()) ratios.add(name, stretch.sum.over(1), soft_cross_entropy(x, y, w, s));
      }
    }
  }
  ratios.expect_at_most_1(targets().size() * rows * 9 / 10);
}

}  // namespace
}  // namespace lossproof
