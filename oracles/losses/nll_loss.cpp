// The negative log-likelihood of a class: Bishop, Pattern Recognition and Machine Learning, eq. 4.108 for one row, of which
// the logarithms are given; with weights as PyTorch documents NLLLoss, whose `mean` divides by the sum of those used.
#include <cmath>

#include "oracles/definitions.h"

namespace oracles {
namespace {

std::size_t target_of(const auto& row) { return static_cast<std::size_t>(row.target); }

template <class R>
Term<R> definition(const Row<R>& row) {
  const std::size_t t = target_of(row);
  Term<R> term{-weighted(row, row.x[t], t), std::vector<R>(row.x.size(), R(0))};
  term.grad[t] = -weighted(row, R(1), t);
  return term;
}

// An infinite logarithm, which a weight of 0 leaves nothing of.
std::optional<Limit> limit(const Row<double>& row) {
  const std::size_t t = target_of(row);
  const double x = row.x[t];
  const double w = row.w.empty() ? 1 : row.w[t];
  Limit result{{w == 0 && std::isinf(x) ? 0 : -w * x, std::vector<Extended>(row.x.size(), 0)},
               std::vector<bool>(row.x.size(), false)};
  result.grad[t] = -w;
  return result;
}

void replace_unused(Row<double>& row) {
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (j != target_of(row)) row.x[j] = 0;
  }
}

}  // namespace

const Definition& nll_loss() {
  static const Definition loss{
      .name = "nll_loss",
      .form = Form::classes,
      .arguments = {{"log_probabilities", Argument::Kind::real}, {"target", Argument::Kind::class_index}},
      .takes = {.ignore_index = true, .weight = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted, Term<R>& term) { term = definition(row); }),
      .limit = limit,
      .replace_unused = replace_unused,
      .weight_in_mean = [](const Row<double>& row) { return weighted(row, 1.0, target_of(row)); },
      .exact_value = [](const Row<double>& row,
                        std::size_t) { return std::optional(definition(row_over<Rational>(row)).value); },
      .exact_gradient = [](const Row<double>& row, Output,
                           std::size_t j) { return std::optional(Near{definition(row_over<Rational>(row)).grad[j]}); },
  };
  return loss;
}

}  // namespace oracles
