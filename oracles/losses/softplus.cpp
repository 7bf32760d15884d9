// Softplus with a parameter beta: Dugas et al., "Incorporating second-order functional knowledge for better option
// pricing", NIPS 13 (2001), scaled as in log(1 + exp(beta x)) / beta.
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
  const R beta = static_cast<R>(row.parameters.beta);
  const R e = exp(beta * row.x[0]);
  return {log(1 + e) / beta, {e / (1 + e)}};
}

// With z = beta x and t = exp(-|z|) in (0, 1]: log(1 + e^z) = log(1 + t) for z <= 0 and z + log(1 + t) for others; divided
// by beta, z leaves x. The derivative is t / (1 + t) and 1 - t / (1 + t).
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R& x = row.x[0];
  const double beta = row.parameters.beta;
  const bool positive = is_positive(x) == (beta > 0);  // where x = 0, t = 1 on either side
  const R magnitude = R(std::fabs(beta)) * (is_positive(x) ? x : R(-x));
  const R t = exp_enclosure(R(-magnitude));
  if (wanted.value) {
    const R tail = log1p_enclosure(t) / R(std::fabs(beta));
    term.value = (beta > 0 ? tail : R(-tail)) + (positive ? x : R(0));
  }
  if (!wanted.grad) return;
  const R smaller = t / (1 + t);
  term.grad.assign(1, positive ? R(1 - smaller) : smaller);
}

std::optional<Limit> limit(const Row<double>& row) {
  const double x = row.x[0];
  if (std::isnan(x)) return Limit{{x, {x}}, {false}};
  if (std::isfinite(x)) return std::nullopt;
  if ((x > 0) == (row.parameters.beta > 0)) return Limit{{x, {1}}, {false}};
  return Limit{{0, {0}}, {true}};
}

// log(1 + e^z) / beta = v, rational: e^(beta v) = e^0 + e^z, a linear relation with nonzero rational coefficients between
// exponentials of rationals, of which equal exponents leave 2 = e^(beta v): the Lindemann-Weierstrass theorem admits
// neither.
std::optional<Rational> exact_value(const Row<double>&, std::size_t) { return std::nullopt; }

// As of the sigmoid: rational at x = 0 alone (Lindemann).
std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t) {
  return row.x[0] == 0 ? std::optional(Near{Rational(0.5)}) : std::nullopt;
}

}  // namespace

const Definition& softplus() {
  static const Definition loss{
      .name = "softplus",
      .form = Form::elements,
      .arguments = {{"input", Argument::Kind::real}},
      .takes = {.reduction = false, .beta = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
  };
  return loss;
}

}  // namespace oracles
