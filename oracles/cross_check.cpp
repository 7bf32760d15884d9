#include "oracles/cross_check.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "oracles/enclosure.h"

namespace oracles {
namespace {

constexpr int finest = 512;
constexpr Wanted everything_wanted{true, true, true};

Interval between(mpfr_srcptr low, mpfr_srcptr high) {
  Interval result;
  mpfr_set(result.backend().left_data(), low, MPFR_RNDD);
  mpfr_set(result.backend().right_data(), high, MPFR_RNDU);
  return result;
}

/// What a ball that knows nothing encloses.
Interval everything() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return hull(Interval(-infinity), Interval(infinity));
}

struct Route {
  std::string name;
  Term<Interval> term;
};

/// Intervals of `finest` bits around the numbers of a term, each found by `enclose_number`.
template <class R, class Enclose>
Route route(std::string name, const Term<R>& term, const Enclose& enclose_number) {
  const Precision precision(finest);
  Route result{std::move(name), {enclose_number(term.value), {}}};
  for (const R& g : term.grad) result.term.grad.push_back(enclose_number(g));
  for (const R& g : term.grad_y) result.term.grad_y.push_back(enclose_number(g));
  for (const R& v : term.values) result.term.values.push_back(enclose_number(v));
  return result;
}

Route interval_route(const Definition& definition, const Row<double>& row, int bits) {
  const Precision precision(bits);
  Route result{"MPFI intervals of " + std::to_string(bits) + " bits", {}};
  definition.enclosures.interval(row_over<Interval>(row), everything_wanted, result.term);
  return result;
}

Route arb_route(const Definition& definition, const Row<double>& row, int bits) {
  const ArbPrecision precision(bits);
  Term<Arb> term;
  definition.enclosures.arb(row_over<Arb>(row), everything_wanted, term);
  return route("Arb balls of " + std::to_string(bits) + " bits", term, [](const Arb& x) {
    const ArbEnds ends(x);
    return between(ends.enclosure().low, ends.enclosure().high);
  });
}

Route f64_route(const Definition& definition, const Row<double>& row) {
  Term<Ball> term;
  definition.enclosures.ball(row_over<Ball>(row), everything_wanted, term);
  return route("balls in f64", term, [](const Ball& x) {
    if (!std::isfinite(x.mid) || !std::isfinite(x.radius)) return everything();
    const Interval mid(x.mid), radius(x.radius);
    return hull(Interval(mid - radius), Interval(mid + radius));
  });
}

Route bin100_route(const Definition& definition, const Row<double>& row) {
  return route("cpp_bin_float_100", definition.textbook.over_bin100(row_over<Ball100>(row)),
               [](const Ball100& x) { return enclose(x); });
}

/// The gradients by dual numbers on the formula of the value, which shares nothing with those of the gradients.
Route dual_route(const Definition& definition, const Row<double>& row) {
  Term<Ball100> term;
  const auto differentiated = [&](std::vector<Dual> Row<Dual>::*of, std::size_t j) {
    Row<Dual> seeded = row_over<Dual>(row);
    (seeded.*of)[j].slope = 1;
    const Term<Dual> found = definition.textbook.over_dual(seeded);
    Dual sum = found.values.empty() ? found.value : Dual(0);
    for (std::size_t k = 0; k < found.values.size(); ++k) sum = sum + seeded.g[k] * found.values[k];
    term.values.clear();
    for (const Dual& v : found.values) term.values.push_back(v.value);
    return sum;
  };
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const Dual value = differentiated(&Row<Dual>::x, j);
    term.value = value.value;
    term.grad.push_back(value.slope);
  }
  for (std::size_t j = 0; j < row.y.size(); ++j) term.grad_y.push_back(differentiated(&Row<Dual>::y, j).slope);
  return route("dual numbers", term, [](const Ball100& x) { return enclose(x); });
}

/// The exact rationals, and the enclosures of 512 bits where there are none.
Route exact_route(const Definition& definition, const Row<double>& row) {
  Route rung = interval_route(definition, row, finest);
  rung.name = "exact rationals";
  const Precision precision(finest);
  if (const auto value = definition.exact_value(row, 0)) rung.term.value = enclose(*value);
  for (std::size_t j = 0; j < rung.term.values.size(); ++j) {
    if (const auto value = definition.exact_value(row, j)) rung.term.values[j] = enclose(*value);
  }
  const auto put_rationals = [&](Output output, std::vector<Interval>& gradient) {
    for (std::size_t j = 0; j < gradient.size(); ++j) {
      const auto g = definition.exact_gradient(row, output, j);
      if (g && g->side == 0) gradient[j] = enclose(g->at);
    }
  };
  put_rationals(Output::grad, rung.term.grad);
  put_rationals(Output::grad_target, rung.term.grad_y);
  return rung;
}

bool apart(const Interval& a, const Interval& b) {
  return mpfr_less_p(upper(a), lower(b)) != 0 || mpfr_less_p(upper(b), lower(a)) != 0;
}

std::optional<std::string> conflict(const Route& a, const Route& b) {
  const std::string who = a.name + " and " + b.name + " exclude each other on ";
  const bool is_map = !a.term.values.empty();
  if (!is_map && apart(a.term.value, b.term.value)) return who + "the value";
  const auto conflict_of = [&](const auto& of_a, const auto& of_b, const char* name) -> std::optional<std::string> {
    if (of_a.size() != of_b.size()) return a.name + " and " + b.name + " give different numbers of results";
    for (std::size_t j = 0; j < of_a.size(); ++j) {
      if (apart(of_a[j], of_b[j])) return who + name + "[" + std::to_string(j) + "]";
    }
    return std::nullopt;
  };
  if (const auto found = conflict_of(a.term.values, b.term.values, "value")) return found;
  if (const auto found = conflict_of(a.term.grad, b.term.grad, "the derivative with respect to x")) return found;
  return conflict_of(a.term.grad_y, b.term.grad_y, "the derivative with respect to y");
}

}  // namespace

std::optional<std::string> disagreement(const Definition& definition, const Row<double>& row) {
  const std::vector<Route> routes = {interval_route(definition, row, 128),
                                     interval_route(definition, row, 256),
                                     interval_route(definition, row, finest),
                                     arb_route(definition, row, 128),
                                     arb_route(definition, row, 256),
                                     f64_route(definition, row),
                                     bin100_route(definition, row),
                                     dual_route(definition, row),
                                     exact_route(definition, row)};
  for (std::size_t a = 0; a < routes.size(); ++a) {
    for (std::size_t b = a + 1; b < routes.size(); ++b) {
      if (const auto found = conflict(routes[a], routes[b])) return found;
    }
  }
  return std::nullopt;
}

}  // namespace oracles
