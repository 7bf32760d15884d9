// The logistic sigmoid: Bishop, Pattern Recognition and Machine Learning, eq. 4.59, and its derivative of eq. 4.88.
#include <cmath>
#include <limits>

#include "oracles/definitions.h"

namespace oracles {
namespace {

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  const R s = 1 / (1 + exp(-row.x[0]));
  return {s, {s * (1 - s)}};
}

// With t = exp(-|x|) in (0, 1]: s = t / (1 + t) for x <= 0 and 1 - t / (1 + t) for others, where t is the smaller of the
// two; s (1 - s) = t / (1 + t)^2 on either side.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const bool positive = is_positive(x);
  const R t = exp_enclosure(positive ? R(-x) : x);
  const R smaller = t / (1 + t);
  if (wanted.value) term.value = positive ? R(1 - smaller) : smaller;
  if (wanted.grad) term.grad.assign(1, smaller / (1 + t));
}

std::optional<Limit> limit(const Row<double>& row) {
  const double x = row.x[0];
  if (std::isnan(x)) return Limit{{x, {x}}, {false}};
  if (std::isfinite(x)) return std::nullopt;
  return Limit{{x > 0 ? 1 : 0, {0}}, {true}};
}

// s is rational only if e^-x is, that is at x = 0 (Lindemann). Elsewhere s is transcendental, and so is s (1 - s).
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  return row.x[0] == 0 ? std::optional(Rational(0.5)) : std::nullopt;
}

std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t) {
  return row.x[0] == 0 ? std::optional(Near{Rational(0.25)}) : std::nullopt;
}

}  // namespace

const Definition& sigmoid() {
  static const Definition loss{
      .name = "sigmoid",
      .form = Form::elements,
      .arguments = {{"input", Argument::Kind::real}},
      .takes = {.reduction = false},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
  };
  return loss;
}

}  // namespace oracles
