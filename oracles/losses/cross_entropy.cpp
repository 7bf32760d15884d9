// Cross entropy of a class index: Bishop, Pattern Recognition and Machine Learning, eq. 4.108 for one row, with the
// softmax of eq. 4.104 and the derivative of eq. 4.109.
#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/definitions.h"

namespace oracles {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class R>
std::size_t target_of(const Row<R>& row) {
  return static_cast<std::size_t>(row.target);
}

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  std::vector<R> p(row.x.size());
  R sum = 0;
  for (std::size_t j = 0; j < p.size(); ++j) sum = sum + (p[j] = exp(row.x[j]));
  for (R& p_j : p) p_j = p_j / sum;
  const R value = -log(p[target_of(row)]);
  p[target_of(row)] = p[target_of(row)] - 1;
  return {value, p};
}

/// The position of a largest logit; the target's where it is one of them.
template <class R>
std::size_t largest(const Row<R>& row) {
  std::size_t k = target_of(row);
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (is_greater(row.x[j], row.x[k])) k = j;
  }
  return k;
}

// With k a largest logit, e_j = exp(x_j - x_k) and r the sum of e_j over j != k (at least 0, and small on a confident
// row):
//   L = (x_k - x_t) + log(1 + r),   p_j = e_j / (1 + r),   p_k - 1 = -r / (1 + r).
// Nothing cancels: where k is not t, p_t <= 1/2. An e_j that is too small for MPFR ([0, 2^-2^30]) leaves enclosures
// with one end exact.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const std::size_t t = target_of(row);
  const std::size_t k = largest(row);
  if (wanted.grad) term.grad.resize(row.x.size());
  R rest = 0;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (j == k) continue;
    R e = exp_enclosure(row.x[j] - row.x[k]);
    rest = rest + e;
    if (wanted.grad) term.grad[j] = std::move(e);
  }
  if (wanted.value) {
    const R log_sum = log1p_enclosure(rest);
    term.value = k == t ? log_sum : R(row.x[k] - row.x[t] + log_sum);
  }
  if (!wanted.grad) return;
  const R sum = 1 + rest;
  term.grad[k] = 1;
  for (R& g : term.grad) g = g / sum;
  term.grad[t] = k == t ? R(-(rest / sum)) : R(term.grad[t] - 1);
}

// One logit of +inf takes all of the softmax. Its derivatives are zeros and ones in the limit only, but those of
// classes that are absent (-inf), and of the only class there is.
std::optional<Limit> limit(const Row<double>& row) {
  const auto& x = row.x;
  const auto infinities = std::count(x.begin(), x.end(), infinity);
  const bool has_nan = std::any_of(x.begin(), x.end(), [](double v) { return std::isnan(v); });
  const bool absent = std::all_of(x.begin(), x.end(), [](double v) { return v == -infinity; });
  if (infinities == 0 && !has_nan && !absent) return std::nullopt;
  Limit result{{nan, std::vector<Extended>(x.size(), nan)}, std::vector<bool>(x.size(), false)};
  if (has_nan || absent || infinities > 1) return result;
  const std::size_t t = target_of(row);
  const bool alone = std::count(x.begin(), x.end(), -infinity) + 1 == std::ssize(x);
  result.value = x[t] == infinity ? 0 : infinity;
  for (std::size_t j = 0; j < x.size(); ++j) {
    result.grad[j] = (x[j] == infinity ? 1 : 0) - (j == t ? 1 : 0);
    result.zero_is_limit[j] = x[j] != -infinity && !alone;
  }
  return result;
}

// For rational logits, L = log(sum of e^(x_j - x_t)) is irrational as soon as two classes are present: otherwise
// e^L equals a sum of exponentials of rationals with positive integer coefficients of sum >= 2, which by the
// Lindemann-Weierstrass theorem needs them all to be e^L, that is a coefficient of 1. A sum over rows is the same with
// the product of those sums.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  const auto absent = static_cast<std::size_t>(std::count(row.x.begin(), row.x.end(), -infinity));
  if (row.x.size() - absent > 1) return std::nullopt;
  return Rational(0);
}

/// A logit so far below another that e^-gap, times any number of classes, is below 2^-15000.
constexpr double far_below = 11'000;

// p_j of a class that is present is rational only if all classes present have the same logit, by the same theorem: p_j
// = r is the relation (1 - r) e^(x_j) = r (sum of the others), which has nonzero coefficients where exponents differ.
// It is then one over their number. Where c classes have the largest logit and the others, whose e^(x_j - x_k) sum to s
// > 0, are far below, p_j = 1 / (c + s) lies below 1 / c for those c, and p_t - 1 above -1 for a target among the
// others.
std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t j) {
  const Rational one_hot(j == target_of(row) ? 1 : 0);
  if (row.x[j] == -infinity) return Near{Rational(0) - one_hot};
  const double top = *std::max_element(row.x.begin(), row.x.end());
  long largest = 0;
  bool others = false;
  for (const double x : row.x) {
    if (x == top) ++largest;
    if (x == top || x == -infinity) continue;
    if (top - x < far_below) return std::nullopt;
    others = true;
  }
  if (row.x[j] == top) return Near{Rational(1, largest) - one_hot, others ? -1 : 0};
  return Near{Rational(0) - one_hot, 1};
}

}  // namespace

const Definition& cross_entropy() {
  static const Definition loss{
      .name = "cross_entropy",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::class_index}},
      .takes = {.ignore_index = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .theorems = {.of_sums = [](const Row<double>&) { return true; }},
  };
  return loss;
}

}  // namespace oracles
