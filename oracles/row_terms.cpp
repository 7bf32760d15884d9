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
  scratch.x.clear();
  scratch.x.assign(row.x.begin(), row.x.end());
  scratch.y = R(row.y);
  scratch.target = row.target;
  scratch.parameters = row.parameters;
  return scratch;
}

/// Evaluates what is wanted and not done.
template <class R, class Evaluated>
const Term<R>& complete(Evaluated& evaluated, Wanted wanted, const Formula<R>& formula, const Row<double>& row) {
  const Wanted missing{wanted.value && !evaluated.done.value, wanted.grad && !evaluated.done.grad};
  if (!missing.value && !missing.grad) return evaluated.term;
  formula(over<R>(row), missing, evaluated.term);
  evaluated.done.value |= missing.value;
  evaluated.done.grad |= missing.grad;
  return evaluated.term;
}

Term<Interval> enclose_limit(const Limit& limit) {
  Term<Interval> term{enclose(limit.value), {}};
  for (const Extended& g : limit.grad) term.grad.push_back(enclose(g));
  return term;
}

constexpr Wanted value_only{true, false};
constexpr Wanted grad_only{false, true};

}  // namespace

void RowTerms::set(const Row<double>& row) {
  row_.x.assign(row.x.begin(), row.x.end());
  row_.y = row.y;
  row_.target = row.target;
  row_.parameters = row.parameters;
  ignored_ = false;
  has_nan_ = std::isnan(row.y);
  bool finite = std::isfinite(row.y);
  for (const double x : row.x) {
    has_nan_ |= std::isnan(x);
    finite &= std::isfinite(x);
  }
  limit_.reset();
  if (!finite) {
    if (auto limit = definition_->limit(row_)) limit_ = std::make_unique<Limit>(std::move(*limit));
  }
  ball_.done = {};
  slow_.reset();
}

RowTerms::Slow& RowTerms::slow() {
  if (!slow_) slow_ = std::make_unique<Slow>();
  return *slow_;
}

const Term<Ball>& RowTerms::ball(Wanted wanted) {
  return complete(ball_, wanted, definition_->enclosures.ball, row_);
}

const Term<Arb>& RowTerms::arb(int precision, Wanted wanted) {
  const auto rung = static_cast<std::size_t>(std::ranges::find(arb_precisions, precision) - arb_precisions.begin());
  return complete(slow().arb.at(rung), wanted, definition_->enclosures.arb, row_);
}

const Term<Interval>& RowTerms::interval(int precision, Wanted wanted) {
  const auto rung = static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(precision / first_precision)));
  auto& evaluated = slow().interval.at(rung);
  if (!evaluated) evaluated = std::make_unique<Evaluated<Interval>>();
  if (!limit_) return complete(*evaluated, wanted, definition_->enclosures.interval, row_);
  if (!evaluated->done.value) *evaluated = {{true, true}, enclose_limit(*limit_)};
  return evaluated->term;
}

const Ball& RowTerms::ball_value() { return ball(value_only).value; }
const Ball& RowTerms::ball_grad(std::size_t j) { return ball(grad_only).grad[j]; }
const Arb& RowTerms::arb_value(int precision) { return arb(precision, value_only).value; }
const Arb& RowTerms::arb_grad(std::size_t j, int precision) { return arb(precision, grad_only).grad[j]; }
const Interval& RowTerms::interval_value(int precision) { return interval(precision, value_only).value; }
const Interval& RowTerms::interval_grad(std::size_t j, int precision) {
  return interval(precision, grad_only).grad[j];
}

std::optional<Rational> RowTerms::exact_value() const {
  return limit_ ? limit_->value.rational() : definition_->exact_value(row_);
}

std::optional<Near> RowTerms::exact_gradient(std::size_t j) const {
  return limit_ ? Near{limit_->grad[j].rational()} : definition_->exact_gradient(row_, j);
}

}  // namespace oracles
