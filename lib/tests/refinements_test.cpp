// A kernel in vectors leaves as many results undecided as its radius predicts: results whose radius is r lie within r
// of a midpoint once in ulp / (2 r).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "forms.h"
#include "lossproof/target.h"
#include "mpfr_number.h"
#include "pair_truth.h"
#include "stretch_of.h"

namespace lossproof {
namespace {

using arith::testing::Draw;

constexpr std::int64_t count_of_rows = 1 << 19;

double ulp(double v) { return std::ldexp(1.0, std::ilogb(v) - 23); }

/// Losses whose truth is known element by element, and cross entropy.
std::vector<const Loss*> losses() {
  std::vector<const Loss*> all{find_loss("cross_entropy")};
  for (const auto& [name, truth] : testing::elementwise) all.push_back(find_loss(name));
  return all;
}

/// Inputs of two classes, or of one element, that differ in every pass. Gaps of logits are below 2^5: beyond, losses
/// are gaps and so often next to ties. Of what is compared with the logarithm of a target nothing is negative, so that
/// nothing cancels: a radius is then that of all.
class Rates : public ::testing::TestWithParam<const Loss*> {
 protected:
  void SetUp() override {
    Draw draw(1);
    for (std::int64_t i = 0; i < count_of_rows * width(); ++i)
      first.push_back(is_divergence() ? draw.uniform(0, 8) : draw.uniform(-8, 8));
    x.resize(first.size());
    y.resize(first.size());
    value.resize(count_of_rows);
  }

  bool of_classes() const { return testing::is_of_classes(*GetParam()); }
  /// Whose products of inputs are of few places where the target is of few bits.
  bool is_divergence() const { return GetParam()->name() == "kl_div"; }
  std::int64_t width() const { return of_classes() ? 2 : 1; }

  void fill(int pass) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double moved = first[i] * (1 + pass % 1000 * 0x1p-11 + pass / 1000 * 0x1p-20);
      x[i] = testing::in_domain(*GetParam(), 0, static_cast<float>(moved));
      y[i] = static_cast<float>(pass + 1) * (is_divergence() ? 0x1.f1a2b6p-11f : 0x1p-10f);
    }
  }

  /// Rows from `begin` on.
  std::vector<TensorView> inputs(std::int64_t begin, std::int64_t rows) const {
    if (of_classes()) return {TensorView(x.data() + 2 * begin, {rows, 2}), TensorView(targets.data() + begin, {rows})};
    return testing::inputs_of(*GetParam(), TensorView(x.data() + begin, {rows}), TensorView(y.data() + begin, {rows}));
  }

  /// The mean of 2 r / ulp over some of the rows; the radius r is that of a sum of one term.
  double rate_of_radius() const {
    double total = 0;
    int usable = 0;
    for (std::int64_t i = 0; i < count_of_rows; i += 4099) {
      const detail::Stretch stretch = testing::stretch_of(*GetParam(), inputs(i, 1));
      if (!stretch.left.empty()) continue;
      const auto sum = stretch.sum.over(1);
      total += 2 * sum.radius / ulp(sum.value);
      ++usable;
    }
    return total / usable;
  }

  /// A sum has another radius than its terms: that of an element is taken from the farthest from a midpoint of those
  /// left. One takes its vector with it, so of neighbours the nearest counts. Returns how many there were.
  double note_distances(const std::vector<std::int64_t>& left, testing::Elementwise truth) {
    double count = 0;
    for (std::size_t i = 0; i < left.size();) {
      double nearest = HUGE_VAL;
      const std::int64_t vector = left[i] / lanes;
      for (; i < left.size() && left[i] / lanes == vector; ++i) {
        const auto at = static_cast<std::size_t>(left[i]);
        nearest = std::min(nearest, testing::distance_from_midpoint(truth(x[at], y[at]).value));
      }
      radius = std::max(radius, nearest);
      ++count;
    }
    return count;
  }

  /// The sum of the values' sizes in ulp, from one in 61.
  double sizes() const {
    double total = 0;
    for (std::size_t i = 0; i < value.size(); i += 61) total += 61 * std::fabs(value[i] / ulp(value[i]));
    return total;
  }

  double radius = 0;  // relative
  std::int64_t lanes = 8;
  std::vector<double> first;
  std::vector<float> x, y, value;
  std::vector<std::int64_t> targets = std::vector<std::int64_t>(count_of_rows, 1);
};
INSTANTIATE_TEST_SUITE_P(Of, Rates, ::testing::ValuesIn(losses()),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(Rates, AreWhatTheRadiusPredicts) {
  double predicted = 0, left = 0, size = 0;
  const auto truth = testing::elementwise.find(std::string(GetParam()->name()));
  const int passes = of_classes() ? 40 : GetParam()->takes().reduction ? 1000 : 250;
  for (int pass = 0; pass < passes; ++pass) {
    fill(pass);
    const MutableTensorView out(value.data(), {count_of_rows});
    const detail::Stretch stretch = testing::store_rows(*GetParam(), inputs(0, count_of_rows), out, {});
    if (of_classes()) {
      left += static_cast<double>(stretch.left.size());
      predicted += rate_of_radius() * static_cast<double>(count_of_rows);
    } else {
      left += note_distances(stretch.left, truth->second);
      size += sizes();
    }
  }
  if (!of_classes()) predicted = 2 * radius * size;
  const std::string told = std::to_string(left) + " left, " + std::to_string(predicted) + " predicted";
  RecordProperty("rate", told);
  std::printf("%s\n", told.c_str());
  if (GetParam() == find_loss("mse_loss")) {
    EXPECT_EQ(left, 0) << "what is stored of a difference without an error is exact";
    return;
  }
  EXPECT_LE(left, 4 * predicted);
  EXPECT_GE(left, predicted / 4);
  EXPECT_GE(left, 16) << "too few to tell";
}

}  // namespace
}  // namespace lossproof
