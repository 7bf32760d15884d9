// Cases of losses over classes, and the truth about them row by row: every result is the true value rounded once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mpfr_operators.h"
#include "reference.h"

namespace lossproof::testing {

/// A number of the truth.
struct Real : Number {
  Real(double x = 0) : Number(number(x)) {}
  Real(const Number& x) : Number(x) {}
};

/// What belongs to one position.
struct ClassRow {
  std::vector<double> logits;
  std::vector<double> second{};          // soft targets, a teacher's logits
  std::optional<std::int64_t> target{};  // a class
  std::vector<double> weight{};          // one for each class: 1 where none is given
};

/// The truth about a row: its loss, the derivatives, and what the mean counts it as.
struct RowTruth {
  Real value;
  std::vector<Real> first{};
  std::vector<Real> second{};
  double counted = 1;
};

using TruthOfRow = std::function<RowTruth(const ClassRow&)>;

constexpr DType real_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64};

/// Inputs of shape [N, C, D], the second of the logits' shape or [N, D], and weights [C] or of the logits' shape.
struct ClassCase {
  const Loss& loss;
  Tensor logits;
  std::optional<Tensor> second{};
  std::optional<Tensor> weight{};

  std::vector<TensorView> views() const {
    std::vector<TensorView> v{logits.view()};
    if (second) v.push_back(second->view());
    return v;
  }
  std::int64_t classes() const { return logits.shape()[1]; }
  std::int64_t inner() const { return logits.shape()[2]; }
  std::int64_t rows() const { return logits.shape()[0] * inner(); }

  /// The number of element j of a row in row-major order.
  std::size_t at(std::int64_t row, std::int64_t j) const {
    return static_cast<std::size_t>((row / inner() * classes() + j) * inner() + row % inner());
  }

  std::vector<double> along(const std::vector<double>& all, std::int64_t row) const {
    std::vector<double> r;
    for (std::int64_t j = 0; j < classes(); ++j) r.push_back(all[at(row, j)]);
    return r;
  }

  ClassRow row(std::int64_t i) const {
    ClassRow r{.logits = along(numbers(logits), i),
               .weight = std::vector<double>(static_cast<std::size_t>(classes()), 1)};
    if (weight) r.weight = weight->shape().size() == 1 ? numbers(*weight) : along(numbers(*weight), i);
    if (second && is_real(second->dtype())) r.second = along(numbers(*second), i);
    if (second && !is_real(second->dtype())) r.target = static_cast<const std::int64_t*>(second->view().data())[i];
    return r;
  }
};

inline Tensor class_indices(const Extents& shape, const std::vector<std::int64_t>& indices) {
  Tensor t(DType::i64, shape);
  for (std::size_t i = 0; i < indices.size(); ++i) static_cast<std::int64_t*>(t.view().data())[i] = indices[i];
  return t;
}

/// What a sum of rows is divided by, and the group that a row is in.
inline double divisor_of(const std::vector<RowTruth>& truths, Reduction reduction, const ClassCase& c) {
  if (reduction == Reduction::per_sample) return static_cast<double>(c.inner());
  if (reduction == Reduction::batchmean) return static_cast<double>(c.logits.shape()[0]);
  double total = 0;
  for (const RowTruth& t : truths) total += t.counted;
  return reduction == Reduction::mean ? total : 1;
}

inline std::size_t group_of(std::int64_t row, Reduction reduction, const ClassCase& c) {
  if (reduction == Reduction::none) return static_cast<std::size_t>(row);
  return static_cast<std::size_t>(reduction == Reduction::per_sample ? row / c.inner() : 0);
}

/// Value and gradients in `result`, with the first numbers of `factors` as grad_output.
inline void expect_class_loss(const ClassCase& c, Options options, const TruthOfRow& truth, DType result,
                              const std::vector<double>& factors) {
  const Reduction reduction = *options.reduction;
  SCOPED_TRACE(std::string(c.loss.name()) + " of " + std::string(name(c.logits.dtype())) + " in " +
               std::string(name(result)) + ", reduction " + std::to_string(static_cast<int>(reduction)));
  if (c.weight) options.weight = c.weight->view();
  const auto inputs = c.views();
  const Extents shape = c.loss.value_shape(inputs, options);
  const Tensor g = tensor(c.logits.dtype(), shape, {factors.begin(), factors.begin() + count(shape)});
  Tensor value(result, shape);
  Tensor first(result, c.logits.shape());
  Tensor second(result, c.logits.shape());
  const bool has_second = c.second && is_real(c.second->dtype());
  Gradients gradients{.first = first.view()};
  if (has_second) gradients.second = second.view();
  c.loss.value_and_gradient(inputs, options, g.view(), value.view(), gradients);

  std::vector<RowTruth> truths;
  for (std::int64_t i = 0; i < c.rows(); ++i) truths.push_back(truth(c.row(i)));
  const Real divisor = divisor_of(truths, reduction, c);
  std::vector<Real> totals(static_cast<std::size_t>(count(shape)));
  for (std::int64_t i = 0; i < c.rows(); ++i) {
    const RowTruth& t = truths[static_cast<std::size_t>(i)];
    Real& total = totals[group_of(i, reduction, c)];
    total = total + t.value;
    const Real factor = numbers(g)[group_of(i, reduction, c)];
    for (std::int64_t j = 0; j < c.classes(); ++j) {
      const auto k = static_cast<std::size_t>(j);
      expect_promised(numbers(first)[c.at(i, j)], (t.first[k] * factor / divisor), result);
      if (has_second) expect_promised(numbers(second)[c.at(i, j)], (t.second[k] * factor / divisor), result);
    }
  }
  for (std::size_t o = 0; o < totals.size(); ++o) expect_promised(numbers(value)[o], (totals[o] / divisor), result);
}

/// A softmax, by its definition. The same for rows that differ by a constant.
inline std::vector<Real> softmax_of(const std::vector<double>& x, double temperature = 1) {
  std::vector<Real> p;
  Real sum;
  for (const double v : x) {
    p.push_back(exp((Real(v) - Real(x[0])) / Real(temperature)));
    sum = sum + p.back();
  }
  for (Real& v : p) v = v / sum;
  return p;
}

}  // namespace lossproof::testing
