// The logarithm of the softmax: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax
// functions", IMA J. Numer. Anal. 41 (2021), eq. 1.2 and 3.4; from Bishop's eq. 4.106, d log(p_k) / dx_j = (1 if k is j, else 0) - p_j,
// so that the sum of g_k log(p_k) has g_j - p_j (sum of g_k).
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
  using std::log;
  const shares::Softmax<R> softmax(row.x);
  Term<R> term{0, {}, {}, row.x};
  R sum_of_g = 0;
  for (R& v : term.values) v = v - log(softmax.sum);
  for (std::size_t j = 0; j < row.g.size(); ++j) {
    sum_of_g = sum_of_g + row.g[j];
    term.value = term.value + row.g[j] * term.values[j];
  }
  for (std::size_t j = 0; j < row.g.size(); ++j) term.grad.push_back(row.g[j] - softmax.p[j] * sum_of_g);
  return term;
}

template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const shares::Exponentials<R> p(row.x);
  if (wanted.value) {
    term.values = p.depth;
    const R log_sum = log1p_enclosure(p.rest);
    for (R& v : term.values) v = -(v + log_sum);
    term.values[p.top] = -log_sum;
  }
  if (wanted.grad) term.grad = shares::minus_share(p, row.g);
}

// One logit of +inf takes all of the softmax.
std::optional<Limit> limit(const Row<double>& row) {
  const auto& x = row.x;
  const std::vector<Extended> none(x.size(), nan);
  Limit result{{nan, none, {}, none}, std::vector<bool>(x.size(), false)};
  if (shares::has_nan(x)) return result;
  const shares::Presence presence(x);
  if (presence.is_undefined()) return result;
  if (!presence.is_one_hot()) return std::nullopt;
  if (!row.g.empty() && !shares::has_nan(row.g)) {
    result.grad = shares::limits_of_minus_share(x, {row.g.begin(), row.g.end()});
  }
  for (std::size_t j = 0; j < x.size(); ++j) result.values[j] = x[j] == infinity ? 0 : -infinity;
  return result;
}

// As of cross entropy: -log(p_j) is 0 for the only class that is present, and irrational otherwise.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  return shares::Presence(row.x).is_sole() ? std::optional(Rational(0)) : std::nullopt;
}

std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t j) {
  Rational sum = 0;
  for (const double g : row.g) sum += Rational(g);
  return shares::shifted_share(row.g[j], -sum, shares::share(row.x, j));
}

std::vector<Extended> gradient_at_infinite_g(const Row<double>& row) {
  return shares::limits_of_minus_share(row.x, {row.g.begin(), row.g.end()});
}

}  // namespace

const Definition& log_softmax() {
  static const Definition loss{
      .name = "log_softmax",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}},
      .takes = {.reduction = false},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .exact_gradient = exact_gradient,
      .maps_rows = true,
      .gradient_at_infinite_g = gradient_at_infinite_g,
  };
  return loss;
}

}  // namespace oracles
