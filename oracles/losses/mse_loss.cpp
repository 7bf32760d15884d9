// Squared error: Bishop, Pattern Recognition and Machine Learning, eq. 3.12, without its factor 1/2.
#include <cmath>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

template <class R>
Term<R> definition(const Row<R>& row) {
  const R difference = row.x[0] - row.y[0];
  return {weighted(row, R(difference * difference)),
          {weighted(row, R(2 * difference))},
          {weighted(row, R(-2 * difference))}};
}

template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const R difference = row.x[0] - row.y[0];
  if (wanted.value) term.value = weighted(row, R(difference * difference));
  if (wanted.grad) term.grad.assign(1, weighted(row, R(2 * difference)));
  if (wanted.grad_y) term.grad_y.assign(1, weighted(row, R(-2 * difference)));
}

std::optional<Limit> limit(const Row<double>& row) {
  if (has_nan(row)) return limit_of(nan_value, nan_value, nan_value);
  const double difference = row.x[0] - row.y[0];  // infinite or NaN, and so are its square and its double
  return weighted(limit_of(difference * difference, difference, -difference), weight_of(row));
}

}  // namespace

const Definition& mse_loss() {
  static const Definition loss{
      .name = "mse_loss",
      .form = Form::elements,
      .arguments = {{"input", Argument::Kind::real}, {"target", Argument::Kind::real}},
      .takes = {.weight = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .weight_in_mean = [](const Row<double>& row) { return weight_of(row); },
      .exact_value = [](const Row<double>& row, std::size_t) { return definition(row_over<Rational>(row)).value; },
      .exact_gradient = [](const Row<double>& row, Output output,
                           std::size_t j) { return Near{definition(row_over<Rational>(row)).at(output, j)}; },
  };
  return loss;
}

}  // namespace oracles
