// The logarithm of the logistic sigmoid of Bishop, Pattern Recognition and Machine Learning, eq. 4.59.
#include <cmath>
#include <limits>

#include "oracles/definitions.h"

namespace oracles {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  const R s = 1 / (1 + exp(-row.x[0]));
  return {log(s), {1 - s}};
}

// With t = exp(-|x|) in (0, 1]: log s = -log(1 + t) for x > 0 and x - log(1 + t) for others; 1 - s = t / (1 + t) and
// 1 - t / (1 + t).
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const bool positive = is_positive(x);
  const R t = exp_enclosure(positive ? R(-x) : x);
  if (wanted.value) term.value = positive ? R(-log1p_enclosure(t)) : R(x - log1p_enclosure(t));
  if (!wanted.grad) return;
  const R smaller = t / (1 + t);
  term.grad.assign(1, positive ? smaller : R(1 - smaller));
}

std::optional<Limit> limit(const Row<double>& row) {
  const double x = row.x[0];
  if (std::isnan(x)) return Limit{{x, {x}}, {false}};
  if (std::isfinite(x)) return std::nullopt;
  if (x > 0) return Limit{{0, {0}}, {true}};
  return Limit{{-infinity, {1}}, {false}};
}

// -log(1 + e^-x) = v, rational: e^-v = e^0 + e^-x, a linear relation with nonzero rational coefficients between
// exponentials of rationals, of which equal exponents leave 2 = e^-v: the Lindemann-Weierstrass theorem admits neither.
std::optional<Rational> exact_value(const Row<double>&, std::size_t) { return std::nullopt; }

// As of the sigmoid: rational at x = 0 alone (Lindemann).
std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t) {
  return row.x[0] == 0 ? std::optional(Near{Rational(0.5)}) : std::nullopt;
}

}  // namespace

const Definition& log_sigmoid() {
  static const Definition loss{
      .name = "log_sigmoid",
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
