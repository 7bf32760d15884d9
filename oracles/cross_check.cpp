#include "oracles/cross_check.h"

namespace oracles {
namespace {

constexpr int finest = 512;

struct Rung {
  std::string name;
  Term<Interval> term;
};

Rung interval_rung(const Definition& definition, const Row<double>& row, int bits) {
  const Precision precision(bits);
  return {"intervals of " + std::to_string(bits) + " bits", definition.over_intervals(row_over<Interval>(row))};
}

Rung ball_rung(const Definition& definition, const Row<double>& row) {
  const Term<Ball> balls = definition.over_bin100(row_over<Ball>(row));
  const Precision precision(finest);
  Rung rung{"cpp_bin_float_100", {enclose(balls.value), {}}};
  for (const Ball& g : balls.grad) rung.term.grad.push_back(enclose(g));
  return rung;
}

/// The exact rationals, and the enclosures of 512 bits where there are none.
Rung exact_rung(const Definition& definition, const Row<double>& row) {
  Rung rung = interval_rung(definition, row, finest);
  rung.name = "exact rationals";
  const Precision precision(finest);
  if (const auto value = definition.exact_value(row)) rung.term.value = enclose(*value);
  for (std::size_t j = 0; j < rung.term.grad.size(); ++j) {
    const auto g = definition.exact_gradient(row, j);
    if (g && g->side == 0) rung.term.grad[j] = enclose(g->at);
  }
  return rung;
}

bool apart(const Interval& a, const Interval& b) {
  return mpfr_less_p(upper(a), lower(b)) != 0 || mpfr_less_p(upper(b), lower(a)) != 0;
}

std::optional<std::string> conflict(const Rung& a, const Rung& b) {
  const std::string who = a.name + " and " + b.name + " exclude each other on ";
  if (apart(a.term.value, b.term.value)) return who + "the value";
  for (std::size_t j = 0; j < a.term.grad.size(); ++j) {
    if (apart(a.term.grad[j], b.term.grad[j]))
      return who + "the derivative with respect to x[" + std::to_string(j) + "]";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> disagreement(const Definition& definition, const Row<double>& row) {
  const std::vector<Rung> rungs = {interval_rung(definition, row, 128), interval_rung(definition, row, 256),
                                   interval_rung(definition, row, finest), ball_rung(definition, row),
                                   exact_rung(definition, row)};
  for (std::size_t a = 0; a < rungs.size(); ++a) {
    for (std::size_t b = a + 1; b < rungs.size(); ++b) {
      if (const auto found = conflict(rungs[a], rungs[b])) return found;
    }
  }
  return std::nullopt;
}

}  // namespace oracles
