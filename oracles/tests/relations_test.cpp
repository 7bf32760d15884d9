// The relations that the specs hold subjects to, between enclosures of 200 bits: what is equal must overlap, and be so
// narrow that overlapping says something.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracles/tests/draw.h"
#include "oracles/tests/problems.h"

namespace oracles {
namespace {

constexpr int bits = 200;
constexpr int rows = 2000;

Term<Arb> evaluated(const Definition& definition, const Row<Arb>& row) {
  Term<Arb> term;
  definition.enclosures.arb(row, {true, true, true}, term);
  return term;
}

Term<Arb> evaluated(const Definition& definition, const Row<double>& row) {
  return evaluated(definition, row_over<Arb>(row));
}

Arb exact_sum(const Arb& a, const Arb& b) {
  Arb sum;
  arb_add(sum.get(), a.get(), b.get(), ARF_PREC_EXACT);
  return sum;
}

Arb scaled(const Arb& x, int exponent) {
  Arb result;
  arb_mul_2exp_si(result.get(), x.get(), exponent);
  return result;
}

/// Tallies comparisons, of which nearly all must be between narrow balls (terms that cancel leave wide ones).
class Relation : public ::testing::Test {
 protected:
  void expect_equal(const Arb& a, const Arb& b) {
    EXPECT_TRUE(arb_overlaps(a.get(), b.get())) << "comparison " << compared_;
    ++compared_;
    narrow_ += is_narrow(a) && is_narrow(b) ? 1 : 0;
  }

  void expect_equal(const Term<Arb>& a, const Term<Arb>& b, int sign = 1) {
    expect_equal(a.value, b.value);
    const auto expect_signed = [&](const Arb& x, const Arb& y) { expect_equal(x, sign < 0 ? -y : y); };
    for (std::size_t j = 0; j < a.grad.size(); ++j) expect_signed(a.grad[j], b.grad[j]);
    for (std::size_t j = 0; j < a.grad_y.size(); ++j) expect_signed(a.grad_y[j], b.grad_y[j]);
  }

  void TearDown() override {
    EXPECT_GE(compared_, rows);
    EXPECT_GE(static_cast<double>(narrow_), 0.98 * static_cast<double>(compared_));
  }

  Draw draw_{1};

 private:
  static bool is_narrow(const Arb& x) {
    return arb_is_exact(x.get()) != 0 || arb_rel_accuracy_bits(x.get()) >= bits / 2;
  }

  ArbPrecision precision_{bits};
  int compared_ = 0;
  int narrow_ = 0;
};

/// At least two classes, and the index of one.
Row<double> drawn_classes(Draw& draw) {
  Row<double> row{draw.logits()};
  if (row.x.size() == 1) row.x.push_back(draw.number());
  row.target = static_cast<std::int64_t>(draw.below(row.x.size()));
  return row;
}

/// Without a weight.
Row<double> drawn_elements(Draw& draw) {
  Row<double> row = draw.row(mse_loss());
  row.w.clear();
  return row;
}

TEST_F(Relation, AShiftOfAllLogitsChangesNothing) {
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_classes(draw_);
    const Arb shift(draw_.number());
    Row<Arb> shifted = row_over<Arb>(row);
    for (Arb& x : shifted.x) x = exact_sum(x, shift);
    expect_equal(evaluated(cross_entropy(), row), evaluated(cross_entropy(), shifted));
  }
}

TEST_F(Relation, APermutationOfClassesPermutesTheGradient) {
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_classes(draw_);
    const auto n = row.x.size();
    const std::size_t by = 1 + draw_.below(n - 1);
    Row<double> rotated = row;
    std::ranges::rotate(rotated.x, rotated.x.begin() + static_cast<std::ptrdiff_t>(by));
    rotated.target = static_cast<std::int64_t>((static_cast<std::size_t>(row.target) + n - by) % n);
    const Term<Arb> before = evaluated(cross_entropy(), row);
    const Term<Arb> after = evaluated(cross_entropy(), rotated);
    expect_equal(after.value, before.value);
    for (std::size_t j = 0; j < n; ++j) expect_equal(after.grad[j], before.grad[(j + by) % n]);
  }
}

TEST_F(Relation, AnAbsentClassIsTheIdentity) {
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_classes(draw_);
    Row<double> longer = row;
    longer.x.push_back(-inf);
    const Term<Arb> after = evaluated(cross_entropy(), longer);
    expect_equal(evaluated(cross_entropy(), row), after);
    EXPECT_TRUE(arb_is_zero(after.grad.back().get()));
  }
}

// Of derivatives that cancel only a ball around 0 is left, as wide as their balls together.
TEST_F(Relation, TheGradientOfARowSumsToZero) {
  for (int i = 0; i < rows; ++i) {
    Term<Arb> term = evaluated(cross_entropy(), drawn_classes(draw_));
    Arb sum(0), size(0);
    for (Arb& g : term.grad) {
      sum = sum + g;
      arb_abs(g.get(), g.get());
      size = size + g;
    }
    EXPECT_TRUE(arb_contains_zero(sum.get()));
    Arb radius;
    arb_get_rad_arb(radius.get(), sum.get());
    EXPECT_TRUE(arb_le(radius.get(), scaled(size, -bits / 2).get()) || arb_is_zero(size.get()));
    expect_equal(size + sum, size);
  }
}

TEST_F(Relation, BceIsSymmetric) {
  const Definition& bce = binary_cross_entropy_with_logits();
  for (int i = 0; i < 2 * rows; ++i) {
    const Row<double> row = drawn_elements(draw_);
    const Row<Arb> mirrored{{Arb(-row.x[0])}, {exact_sum(1, -Arb(row.y[0]))}, 0};
    expect_equal(evaluated(bce, row), evaluated(bce, mirrored), -1);
  }
}

TEST_F(Relation, BceIsTwoClassCrossEntropy) {
  for (int i = 0; i < 2 * rows; ++i) {
    const double x = draw_.number();
    const std::int64_t target = static_cast<std::int64_t>(draw_.below(2));
    const Term<Arb> binary =
        evaluated(binary_cross_entropy_with_logits(), Row<double>{{x}, {static_cast<double>(target)}, 0});
    const Term<Arb> classes = evaluated(cross_entropy(), Row<double>{{0, x}, {}, target});
    expect_equal(binary.value, classes.value);
    expect_equal(binary.grad[0], classes.grad[1]);
  }
}

TEST_F(Relation, MseIsSymmetricInItsInputs) {
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_elements(draw_);
    expect_equal(evaluated(mse_loss(), row), evaluated(mse_loss(), Row<double>{row.y, row.x, 0}), -1);
  }
}

TEST_F(Relation, MseScalesByPowersOfTwo) {
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_elements(draw_);
    const int e = draw_.between(-900, 900);
    const Row<Arb> larger{{scaled(Arb(row.x[0]), e)}, {scaled(Arb(row.y[0]), e)}, 0};
    const Term<Arb> before = evaluated(mse_loss(), row), after = evaluated(mse_loss(), larger);
    expect_equal(after.value, scaled(before.value, 2 * e));
    expect_equal(after.grad[0], scaled(before.grad[0], e));
    expect_equal(after.grad_y[0], scaled(before.grad_y[0], e));
  }
}

TEST_F(Relation, LossesAreNonnegative) {
  int zeros = 0;
  for (int i = 0; i < rows; ++i) {
    const Row<double> row = drawn_elements(draw_);
    Row<double> probable = row;
    probable.y[0] = std::fabs(draw_.uniform());
    for (const Arb& loss : {evaluated(mse_loss(), row).value, evaluated(cross_entropy(), drawn_classes(draw_)).value,
                            evaluated(binary_cross_entropy_with_logits(), probable).value}) {
      EXPECT_TRUE(arb_is_nonnegative(loss.get()));
      zeros += arb_is_zero(loss.get()) ? 1 : 0;
      expect_equal(loss, loss);
    }
  }
  EXPECT_LT(zeros, rows);
}

/// A second number that is no edge of the loss.
double second(Draw& draw, const Definition& loss) {
  for (;;) {
    const double y = draw.number();
    if (!loss.is_edge || !loss.is_edge({{0}, {y}})) return y;
  }
}

Problem drawn_rows(Draw& draw, const Definition& loss, Reduction reduction, int n) {
  std::vector<double> x, y;
  std::vector<std::int64_t> targets;
  const std::int64_t width = loss.form == Form::classes ? 3 : 1;
  const Shape shape = loss.form == Form::classes ? Shape{n, width} : Shape{n};
  for (int i = 0; i < n * width; ++i) x.push_back(draw.number());
  for (int i = 0; i < n * width; ++i) y.push_back(second(draw, loss));
  for (int i = 0; i < n; ++i) targets.push_back(static_cast<std::int64_t>(draw.below(3)));
  const auto inputs = inputs_of(loss, reals(DType::f64, shape, x), reals(DType::f64, shape, y), indices({n}, targets));
  return problem(loss, inputs, {reduction});
}

bool overlapping(const Interval& a, const Interval& b) {
  return mpfr_lessequal_p(lower(a), upper(b)) != 0 && mpfr_lessequal_p(lower(b), upper(a)) != 0;
}

TEST(Reductions, AreSumsAndMeansOfRowsAndOfParts) {
  Draw draw(2);
  for (const Definition* loss : definitions()) {
    if (!loss->takes.reduction) continue;
    for (int i = 0; i < 300; ++i) {
      Problem p = drawn_rows(draw, *loss, Reduction::none, 4);
      const Reference rows_apart(*loss, p);
      std::vector<Interval> row;
      for (int r = 0; r < 4; ++r) row.push_back(rows_apart.enclosure(Output::value, r, 256));
      p.attributes.reduction = Reduction::sum;
      p.grad_output = reals(DType::f64, {}, {1});
      const Interval sum = Reference(*loss, p).enclosure(Output::value, 0, 256);
      p.attributes.reduction = Reduction::mean;
      const Interval mean = Reference(*loss, p).enclosure(Output::value, 0, 256);
      const Precision precision(256);
      EXPECT_TRUE(overlapping(sum, (row[0] + row[1]) + (row[2] + row[3]))) << loss->name << " " << i;
      EXPECT_TRUE(overlapping(mean, (row[3] + row[2] + row[1] + row[0]) / 4L)) << loss->name << " " << i;
      EXPECT_FALSE(overlapping(mean, sum) && mpfr_cmp_d(lower(sum), 1e-300) > 0) << loss->name << " " << i;
    }
  }
}

TEST(Reductions, IgnoredRowsAreAsDeletedOnes) {
  Draw draw(3);
  for (int i = 0; i < 500; ++i) {
    for (const Reduction reduction : {Reduction::mean, Reduction::sum}) {
      Problem with = drawn_rows(draw, cross_entropy(), reduction, 4);
      Problem without = with;
      with.inputs[1].indices[3] = with.attributes.ignore_index;
      for (std::size_t j = 9; j < 12; ++j) with.inputs[0].reals[j] = j % 2 == 0 ? nan : inf;
      without.inputs[0].shape = {3, 3};
      without.inputs[0].reals.resize(9);
      without.inputs[1].shape = {3};
      without.inputs[1].indices.resize(3);
      const Reference ignoring(cross_entropy(), with), deleted(cross_entropy(), without);
      EXPECT_EQ(ignoring.rounded(Output::value, 0).value, deleted.rounded(Output::value, 0).value) << i;
      for (int k = 0; k < 9; ++k) {
        EXPECT_EQ(ignoring.rounded(Output::grad, k).value, deleted.rounded(Output::grad, k).value) << i << " " << k;
      }
      for (int k = 9; k < 12; ++k) EXPECT_EQ(ignoring.rounded(Output::grad, k).value, 0) << i << " " << k;
    }
  }
}

}  // namespace
}  // namespace oracles
