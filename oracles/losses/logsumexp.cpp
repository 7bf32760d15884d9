// The logarithm of a sum of exponentials: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and
// softmax functions", IMA J. Numer. Anal. 41 (2021), eq. 1.1. Its derivative is the softmax, eq. 1.2.
#include <algorithm>
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
  return {log(softmax.sum), softmax.p};
}

// x_top + log(1 + rest): see shares.h.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const shares::Exponentials<R> p(row.x);
  if (wanted.value) term.value = row.x[p.top] + log1p_enclosure(p.rest);
  if (!wanted.grad) return;
  term.grad = p.e;
  for (R& g : term.grad) g = g / p.total;
}

// The sum of no class is 0. At one logit of +inf the softmax is one-hot, in the limit but for classes that are absent,
// and the only class there is. At two, it is nothing for the classes present.
std::optional<Limit> limit(const Row<double>& row) {
  const auto& x = row.x;
  Limit result{{nan, std::vector<Extended>(x.size(), nan)}, std::vector<bool>(x.size(), false)};
  if (shares::has_nan(x)) return result;
  const shares::Presence presence(x);
  if (presence.present > 0 && presence.infinite == 0) return std::nullopt;
  result.value = presence.present == 0 ? -infinity : infinity;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (shares::is_absent(x[j]))
      result.grad[j] = 0;
    else if (presence.is_one_hot())
      result.grad[j] = x[j] == infinity ? 1 : 0;
    result.zero_is_limit[j] = !shares::is_absent(x[j]);
  }
  return result;
}

// For rational logits L = log(sum of e^(x_j)) is rational only where one class is present: e^L = sum of e^(x_j) is
// a relation between exponentials of rationals, which by the Lindemann-Weierstrass theorem needs the sum to be the one
// term e^L.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  if (!shares::Presence(row.x).is_sole()) return std::nullopt;
  return Rational(*std::ranges::max_element(row.x));
}

std::optional<Near> exact_gradient(const Row<double>& row, Output, std::size_t j) { return shares::share(row.x, j); }

}  // namespace

const Definition& logsumexp() {
  static const Definition loss{
      .name = "logsumexp",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}},
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
