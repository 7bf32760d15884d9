// The formulas of a loss, over any real-number type: of a row, what its term is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "oracles/arb.h"
#include "oracles/ball.h"
#include "oracles/dual.h"
#include "oracles/real.h"
#include "oracles/types.h"

namespace oracles {

/// One row. `x` are the elements of the first input that belong to it (C logits, or one element), `y` those of the second
/// input where that is real (as many), `target` the class where it is an index. `w` are the weights of the classes, or of
/// the element; none where there are none: a factor of 1 would widen a ball. So is `pos_weight`. `g` is the row's
/// grad_output where the function maps rows.
template <class R>
struct Row {
  std::vector<R> x;
  std::vector<R> y{};
  std::int64_t target = 0;
  Parameters parameters{};
  std::vector<R> w{};
  std::vector<R> pos_weight{};
  std::vector<R> g{};

  bool has_class() const { return y.empty(); }
};

/// `x` times weight j of the row.
template <class R>
R weighted(const Row<R>& row, const R& x, std::size_t j = 0) {
  return row.w.empty() ? x : R(x * row.w[j]);
}

/// Makes `to`, whose memory is used again, the same row over another type; its numbers must be exact there.
template <class R>
void assign(Row<R>& to, const Row<double>& row) {
  const auto copy = [](std::vector<R>& numbers, const std::vector<double>& from) {
    numbers.clear();
    numbers.assign(from.begin(), from.end());
  };
  copy(to.x, row.x), copy(to.y, row.y), copy(to.w, row.w), copy(to.pos_weight, row.pos_weight), copy(to.g, row.g);
  to.target = row.target;
  to.parameters = row.parameters;
}

template <class R>
Row<R> row_over(const Row<double>& row) {
  Row<R> result;
  assign(result, row);
  return result;
}

/// The loss of a row and its derivative with respect to each x, and each y. Of a function that maps rows: its `values`, as
/// many as x, and the derivative of the sum of g[k] values[k].
template <class R>
struct Term {
  R value;
  std::vector<R> grad;
  std::vector<R> grad_y{};
  std::vector<R> values{};

  const R& at(Output output, std::size_t j) const {
    if (output == Output::value) return values.empty() ? value : values[j];
    return (output == Output::grad ? grad : grad_y)[j];
  }
};

/// What is asked of a formula.
struct Wanted {
  bool value = false;
  bool grad = false;
  bool grad_y = false;

  bool has(Output output) const { return output == Output::value ? value : output == Output::grad ? grad : grad_y; }
  bool anything() const { return value || grad || grad_y; }
};

constexpr Wanted only(Output output) {
  return {output == Output::value, output == Output::grad, output == Output::grad_target};
}

/// A formula over R: writes what is wanted to `term`, whose memory it uses again.
template <class R>
using Formula = std::function<void(const Row<R>& row, Wanted wanted, Term<R>& term)>;

/// Rows that lie one after the other: `width` elements of x each, as many of y or none, and one class index and
/// parameters for all.
struct Batch {
  std::span<const double> x;
  std::span<const double> y;
  std::size_t width = 1;
  std::int64_t target = 0;
  Parameters parameters{};
};

/// The formula over the balls of each row of a batch: its value, or its derivative with respect to x[j] or y[j].
using BatchFormula = std::function<void(const Batch& rows, Output output, std::size_t j, std::span<Ball> results)>;

/// A formula over each rung of the ladder; `balls` is `ball` on many rows, for speed.
struct Enclosures {
  Formula<Ball> ball;
  Formula<Arb> arb;
  Formula<Interval> interval;
  BatchFormula balls;
};

/// A formula over floats (the naive subject), over balls of cpp_bin_float_100 and dual numbers of those.
struct Textbook {
  std::function<Term<float>(const Row<float>&)> over_f32;
  std::function<Term<double>(const Row<double>&)> over_f64;
  std::function<Term<Ball100>(const Row<Ball100>&)> over_bin100;
  std::function<Term<Dual>(const Row<Dual>&)> over_dual;
};

template <class F>
void evaluate(const F& formula, const Batch& rows, Output output, std::size_t j, std::span<Ball> results) {
  Row<Ball> row;
  Term<Ball> term;
  row.x.resize(rows.width);
  row.y.resize(rows.y.empty() ? 0 : rows.width);
  row.target = rows.target;
  row.parameters = rows.parameters;
  for (std::size_t r = 0; r < results.size(); ++r) {
    for (std::size_t k = 0; k < rows.width; ++k) row.x[k] = rows.x[r * rows.width + k];
    for (std::size_t k = 0; k < row.y.size(); ++k) row.y[k] = rows.y[r * rows.width + k];
    formula(row, only(output), term);
    results[r] = term.at(output, j);
  }
}

/// The formula on batches, with the machine's fused multiply-add where it has one: std::fma is one instruction then, and
/// a call into the C library otherwise. The numbers are the same.
template <class F>
BatchFormula over_batches(const F& formula) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__FMA__)
  if (__builtin_cpu_supports("fma")) {
    return [formula](const Batch& rows, Output output, std::size_t j, std::span<Ball> results)
        __attribute__((flatten, target("fma"))) {
      evaluate(formula, rows, output, j, results);
    };
  }
#endif
  return [formula](const Batch& rows, Output output, std::size_t j, std::span<Ball> results) {
    evaluate(formula, rows, output, j, results);
  };
}

/// One generic function, taken at every type.
template <class F>
Enclosures enclosures(F formula) {
  return {formula, formula, formula, over_batches(formula)};
}

template <class F>
Textbook textbook(F formula) {
  return {formula, formula, formula, formula};
}

}  // namespace oracles
