#include "oracles/row_terms.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace oracles {
namespace {

/// `row` over R, its numbers made anew in memory of the thread's that the next row uses again.
template <class R>
const Row<R>& over(const Row<double>& row) {
  static thread_local Row<R> scratch;
  assign(scratch, row);
  return scratch;
}

/// The number that is asked for, its kind evaluated if it is not done.
template <class R, class Evaluated>
const R& complete(Evaluated& evaluated, Output output, std::size_t j, const Formula<R>& formula,
                  const Row<double>& row) {
  bool& done = evaluated.done[static_cast<std::size_t>(output)];
  if (!done) formula(over<R>(row), only(output), evaluated.term);
  done = true;
  return evaluated.term.at(output, j);
}

Term<Interval> enclose_limit(const Limit& limit) {
  Term<Interval> term{enclose(limit.value), {}};
  for (const Extended& g : limit.grad) term.grad.push_back(enclose(g));
  for (const Extended& g : limit.grad_y) term.grad_y.push_back(enclose(g));
  for (const Extended& v : limit.values) term.values.push_back(enclose(v));
  return term;
}

}  // namespace

void RowTerms::set(const Row<double>& row) {
  row_ = row;
  ignored_ = has_nan_ = false;
  bool finite = true;
  for (const auto* numbers : {&row.x, &row.y}) {
    for (const double v : *numbers) {
      has_nan_ |= std::isnan(v);
      finite &= std::isfinite(v);
    }
  }
  limit_.reset();
  if (!finite || (definition_->is_edge && definition_->is_edge(row_))) {
    if (auto limit = definition_->limit(row_)) limit_ = std::make_unique<Limit>(std::move(*limit));
  }
  ball_.done = {};
  slow_.reset();
}

RowTerms::Slow& RowTerms::slow() {
  if (!slow_) slow_ = std::make_unique<Slow>();
  return *slow_;
}

const Ball& RowTerms::ball(Output output, std::size_t j) {
  return complete(ball_, output, j, definition_->enclosures.ball, row_);
}

const Arb& RowTerms::arb(Output output, std::size_t j, int precision) {
  const auto rung = static_cast<std::size_t>(std::ranges::find(arb_precisions, precision) - arb_precisions.begin());
  return complete(slow().arb.at(rung), output, j, definition_->enclosures.arb, row_);
}

const Interval& RowTerms::interval(Output output, std::size_t j, int precision) {
  const auto rung = static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(precision / first_precision)));
  auto& evaluated = slow().interval.at(rung);
  if (!evaluated) {
    evaluated = std::make_unique<Evaluated<Interval>>();
    if (limit_) {
      const Wanted left = limit_->left;
      *evaluated = {{!left.value, !left.grad, !left.grad_y}, enclose_limit(*limit_)};
    }
  }
  return complete(*evaluated, output, j, definition_->enclosures.interval, row_);
}

Exact RowTerms::exact_value(std::size_t j) const {
  if (const Limit* known = limit(Output::value)) return {Near{known->at(Output::value, j).rational()}};
  const auto value = definition_->exact_value(row_, j);
  if (!value && definition_->value_beside) {
    if (const auto near = definition_->value_beside(row_)) return {near};
  }
  return {value ? std::optional(Near{*value}) : std::nullopt, !value && definition_->theorems.of_values};
}

Exact RowTerms::exact_gradient(Output output, std::size_t j) const {
  if (const Limit* known = limit(output)) return {Near{known->at(output, j).rational()}};
  const auto near = definition_->exact_gradient(row_, output, j);
  return {near, !near && definition_->theorems.of_gradients};
}

bool RowTerms::is_in_theorem_of_sums() const {
  return limit(Output::value) != nullptr || (definition_->theorems.of_sums && definition_->theorems.of_sums(row_));
}

}  // namespace oracles
