// The softmax: Bishop, Pattern Recognition and Machine Learning, eq. 4.62, with the derivative of eq. 4.106:
// dp_k / dx_j = p_k ((1 if k is j, else 0) - p_j), so that the sum of g_k p_k has p_j (g_j - sum of p_k g_k).
#include <cmath>
#include <limits>

#include "oracles/definitions.h"
#include "oracles/shares.h"

namespace oracles {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class R>
Term<R> definition(const Row<R>& row) {
  const std::vector<R> p = shares::Softmax<R>(row.x).p;
  if (row.g.empty()) return {0, {}, {}, p};
  R mean = 0;
  for (std::size_t j = 0; j < p.size(); ++j) mean = mean + p[j] * row.g[j];
  std::vector<R> grad(p.size());
  R value = 0;
  for (std::size_t j = 0; j < p.size(); ++j) {
    grad[j] = p[j] * (row.g[j] - mean);
    value = value + p[j] * row.g[j];
  }
  return {value, grad, {}, p};
}

template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const shares::Exponentials<R> p(row.x);
  if (wanted.value) {
    term.values = p.e;
    for (R& v : term.values) v = v / p.total;
  }
  if (!wanted.grad) return;
  std::vector<R> above_top = row.g;
  for (R& g : above_top) g = g - row.g[p.top];
  term.grad = shares::share_of_difference(p, above_top);
}

// One logit of +inf takes all of the softmax, whose derivatives tend to 0.
std::optional<Limit> limit(const Row<double>& row) {
  const auto& x = row.x;
  const std::vector<Extended> none(x.size(), nan);
  Limit result{{nan, none, {}, none}, std::vector<bool>(x.size(), false)};
  if (shares::has_nan(x)) return result;
  const shares::Presence presence(x);
  if (presence.is_undefined()) return result;
  if (!presence.is_one_hot()) return std::nullopt;
  result.grad.assign(x.size(), 0);
  for (std::size_t j = 0; j < x.size(); ++j) result.values[j] = x[j] == infinity ? 1 : 0;
  return result;
}

// The g of an absent class, whose p_j is 0, has no part in it. (Some other number than 0, which would be one more zero.)
void replace_unused(Row<double>& row) {
  for (std::size_t j = 0; j < row.g.size(); ++j) {
    if (shares::is_absent(row.x[j]) && std::isinf(row.g[j])) row.g[j] = 1;
  }
}

std::optional<Rational> exact_value(const Row<double>& row, std::size_t j) {
  const auto p = shares::share(row.x, j);
  return p && p->side == 0 ? std::optional(p->at) : std::nullopt;
}

std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t j) {
  return shares::share_of_difference_beside(row.x, {row.g.begin(), row.g.end()}, j);
}

std::vector<Extended> gradient_at_infinite_g(const Row<double>& row) {
  const std::vector<double> limits = shares::limits_of_share_of_difference(row.x, row.g);
  return {limits.begin(), limits.end()};
}

}  // namespace

const Definition& softmax() {
  static const Definition loss{
      .name = "softmax",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}},
      .takes = {.reduction = false},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .replace_unused = replace_unused,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .maps_rows = true,
      .gradient_at_infinite_g = gradient_at_infinite_g,
  };
  return loss;
}

}  // namespace oracles
