#include "oracles/reference.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <variant>
#include <vector>

#include "oracles/ladder.h"
#include "oracles/rounding.h"
#include "oracles/rows.h"
#include "oracles/ulp.h"

namespace oracles {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t rungs = 8;
static_assert(first_precision << (rungs - 1) == last_precision);

std::size_t rung_of(int precision) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(precision / first_precision)));
}

/// One row, and its terms at each precision that was asked for.
struct RowState {
  Row<double> row;
  bool ignored;
  bool has_nan;
  std::optional<Limit> limit;
  std::array<std::unique_ptr<Term<Interval>>, rungs> terms;
};

Term<Interval> enclose_limit(const Limit& limit) {
  Term<Interval> term{enclose(limit.value), {}};
  for (const Extended& g : limit.grad) term.grad.push_back(enclose(g));
  return term;
}

std::string print(const char* format, mpfr_srcptr x, int digits) {
  std::array<char, 512> text{};
  mpfr_snprintf(text.data(), text.size(), format, digits, x);
  return text.data();
}

}  // namespace

struct Reference::Impl {
  Impl(const Definition& loss, const Problem& asked)
      : definition(loss), problem(asked), rows(loss, asked), reduced(rows.reduced()) {
    states.reserve(static_cast<std::size_t>(rows.count()));
    for (std::int64_t r = 0; r < rows.count(); ++r) states.push_back(state(r));
  }

  RowState state(std::int64_t r) const {
    if (rows.ignored(r)) return {{}, true, false, {}, {}};
    Row<double> row = rows.row(r);
    const bool has_nan =
        std::isnan(row.y) || std::any_of(row.x.begin(), row.x.end(), [](double x) { return std::isnan(x); });
    auto limit = definition.limit(row);
    return {std::move(row), false, has_nan, std::move(limit), {}};
  }

  Format format() const { return format_of(problem.inputs[0].dtype); }

  RowState& at(std::int64_t r) { return states[static_cast<std::size_t>(r)]; }

  /// With Precision(precision) in force.
  const Term<Interval>& term(std::int64_t r, int precision) {
    RowState& s = at(r);
    auto& term = s.terms[rung_of(precision)];
    if (!term)
      term = std::make_unique<Term<Interval>>(s.limit ? enclose_limit(*s.limit)
                                                      : definition.over_intervals(row_over<Interval>(s.row)));
    return *term;
  }

  Unknown value(std::int64_t o) {
    const std::int64_t begin = o * reduced.rows;
    const std::int64_t end = begin + reduced.rows;
    const auto enclosed = [=, this](int precision) {
      const Precision in_force(precision);
      Interval sum(0L);
      for (std::int64_t r = begin; r < end; ++r) {
        if (!at(r).ignored) sum += term(r, precision).value;
      }
      return Interval(sum / static_cast<long>(reduced.divisor));
    };
    const auto exact = [=, this]() -> std::optional<Near> {
      Rational sum = 0;
      for (std::int64_t r = begin; r < end; ++r) {
        if (at(r).ignored) continue;
        const auto value = exact_value(at(r));
        if (!value) return std::nullopt;
        sum += *value;
      }
      return Near{sum / static_cast<long>(reduced.divisor)};
    };
    return {enclosed, exact};
  }

  std::optional<Rational> exact_value(const RowState& s) const {
    return s.limit ? s.limit->value.rational() : definition.exact_value(s.row);
  }

  std::optional<Near> exact_gradient(const RowState& s, std::size_t j) const {
    return s.limit ? Near{s.limit->grad[j].rational()} : definition.exact_gradient(s.row, j);
  }

  /// scale * dL/dx / divisor, the product first: a quotient that is exact then stays a point.
  Unknown derivative(Rows::Place place, double scale, std::int64_t divisor) {
    const auto enclosed = [=, this](int precision) {
      const Precision in_force(precision);
      return Interval(term(place.row, precision).grad[place.j] * Interval(scale) / static_cast<long>(divisor));
    };
    const auto exact = [=, this]() -> std::optional<Near> {
      const auto derivative = exact_gradient(at(place.row), place.j);
      if (!derivative) return std::nullopt;
      return Near{derivative->at * Rational(scale) / static_cast<long>(divisor),
                  scale < 0 ? -derivative->side : derivative->side};
    };
    return {enclosed, exact};
  }

  double grad_output(std::int64_t row) const {
    return problem.grad_output.reals[static_cast<std::size_t>(row / reduced.rows)];
  }

  /// The results that grad_output decides by itself, or by the sign of the derivative. nullopt: the finite multiple of
  /// the derivative.
  std::optional<Rounded> edge_of_gradient(Rows::Place place) {
    const RowState& s = at(place.row);
    if (s.ignored) return Rounded{true, 0};
    const double g = grad_output(place.row);
    if (s.has_nan || std::isnan(g)) return Rounded{true, nan};
    if (g == 0) return Rounded{true, 0};
    if (std::isfinite(g)) return std::nullopt;
    return at_infinite_grad_output(place, g);
  }

  Rounded at_infinite_grad_output(Rows::Place place, double g) {
    const RowState& s = at(place.row);
    if (s.limit && std::isnan(s.limit->grad[place.j].nonfinite())) return {true, nan};
    const auto side = climb(derivative(place, 1, 1), sign);
    if (!side) return {false, nan};
    if (*side != 0) return {true, *side * g};
    return {true, s.limit && s.limit->zero_is_limit[place.j] ? nan : 0};
  }

  /// The element as what is unknown of it, or what the edges make of it.
  std::variant<Rounded, Unknown> element(Output output, std::int64_t i) {
    if (output == Output::value) {
      if (reduced.divisor == 0) return Rounded{true, nan};
      return value(i);
    }
    const Rows::Place place = rows.place(i);
    if (const auto edge = edge_of_gradient(place)) return *edge;
    return derivative(place, grad_output(place.row), reduced.divisor);
  }

  const Definition& definition;
  const Problem& problem;
  Rows rows;
  Reduced reduced;
  std::vector<RowState> states;
};

Reference::Reference(const Definition& definition, const Problem& problem)
    : impl_(std::make_unique<Impl>(definition, problem)) {}

Reference::~Reference() = default;

const Shape& Reference::shape(Output output) const {
  return output == Output::value ? impl_->reduced.shape : impl_->problem.inputs[0].shape;
}

Rounded Reference::rounded(Output output, std::int64_t i) const {
  const auto element = impl_->element(output, i);
  if (const auto* edge = std::get_if<Rounded>(&element)) return *edge;
  const auto answer = climb(std::get<Unknown>(element), [&](const Interval& enclosure, Ends ends) {
    return round_to(enclosure, ends, impl_->format());
  });
  return {answer.has_value(), answer.value_or(nan)};
}

double Reference::ulp_error(Output output, std::int64_t i, double result) const {
  const Rounded truth = rounded(output, i);
  if (!truth.decided) return -1;
  const auto element = impl_->element(output, i);
  const auto ask = [&](const Interval& enclosure, Ends ends) {
    return oracles::ulp_error(result, truth.value, enclosure, ends, impl_->format());
  };
  if (const auto* edge = std::get_if<Rounded>(&element)) {
    const Precision precision(first_precision);
    return ask(Interval(edge->value), Ends::included).value();
  }
  return climb(std::get<Unknown>(element), ask).value_or(-1);
}

std::string Reference::decimal(Output output, std::int64_t i, int digits) const {
  const Interval widest = enclosure(output, i, first_precision);
  if (is_nan(widest)) return "nan";
  const auto ask = [&](const Interval& x, Ends) -> std::optional<std::string> {
    if (mpfr_zero_p(lower(x)) && mpfr_zero_p(upper(x))) return "0";
    std::string low = print("%.*Rg", lower(x), digits);
    if (low != print("%.*Rg", upper(x), digits)) return std::nullopt;
    return low;
  };
  const auto element = impl_->element(output, i);
  const auto* unknown = std::get_if<Unknown>(&element);
  const auto text = unknown ? climb(*unknown, ask) : ask(widest, Ends::included);
  return text ? *text : "between " + print("%.*RDg", lower(widest), 3) + " and " + print("%.*RUg", upper(widest), 3);
}

Interval Reference::enclosure(Output output, std::int64_t i, int precision) const {
  const auto element = impl_->element(output, i);
  if (const auto* unknown = std::get_if<Unknown>(&element)) return unknown->enclosed(precision);
  const Precision in_force(precision);
  return Interval(std::get<Rounded>(element).value);
}

std::optional<Rational> Reference::exact(Output output, std::int64_t i) const {
  const auto element = impl_->element(output, i);
  if (const auto* unknown = std::get_if<Unknown>(&element)) {
    const auto near = unknown->exact();
    return near && near->side == 0 ? std::optional(near->at) : std::nullopt;
  }
  const double edge = std::get<Rounded>(element).value;
  if (!std::isfinite(edge)) return std::nullopt;
  return Rational(edge);
}

Shape value_shape(const Definition& definition, const std::vector<Tensor>& inputs, Reduction reduction) {
  const Problem problem{inputs, {.reduction = reduction}, {}};
  return Rows(definition, problem).reduced().shape;
}

}  // namespace oracles
