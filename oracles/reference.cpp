#include "oracles/reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <variant>
#include <vector>

#include "oracles/numbers.h"
#include "oracles/rounding.h"
#include "oracles/rows.h"
#include "oracles/ulp.h"

namespace oracles {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string print(const char* format, mpfr_srcptr x, int digits) {
  std::array<char, 512> text{};
  mpfr_snprintf(text.data(), text.size(), format, digits, x);
  return text.data();
}

/// An element that the edges decide.
class Edge {
 public:
  explicit Edge(const Rounded& rounded) : rounded_(rounded) {}

  const Rounded& rounded() const { return rounded_; }
  bool has_balls() const { return false; }
  Ball ball() const { return rounded_.value; }
  Arb arb(int) const { return rounded_.value; }
  Interval interval(int precision) const {
    const Precision in_force(precision);
    return Interval(rounded_.value);
  }
  Exact exact() const {
    return {std::isfinite(rounded_.value) ? std::optional(Near{Rational(rounded_.value)}) : std::nullopt};
  }

 private:
  Rounded rounded_;
};

/// A gradient that the contract gives for an infinite grad_output, where it is finite.
class Given {
 public:
  explicit Given(Rational number) : number_(std::move(number)) {}

  bool has_balls() const { return false; }
  Ball ball() const { return {0, detail::unknown}; }
  Arb arb(int) const { return {}; }
  Interval interval(int precision) const {
    const Precision in_force(precision);
    return enclose(number_);
  }
  Exact exact() const { return {Near{number_}}; }

 private:
  Rational number_;
};

using Element = std::variant<Edge, Given, ReducedValue, ScaledDerivative>;

/// What the ladder answers about an element.
template <class Ask>
auto climbed(Element element, Rung first, const Ask& ask) {
  return std::visit([&](auto& number) { return climb(number, first, ask); }, element);
}

}  // namespace

struct Reference::Impl {
  Impl(const Definition& loss, const Problem& asked, Rung from)
      : definition(loss), problem(asked), rows(loss, asked), reduced(rows.reduced()), first(from) {
    terms.reserve(static_cast<std::size_t>(rows.count()));
    for (std::int64_t r = 0; r < rows.count(); ++r) {
      terms.emplace_back(loss);
      if (rows.ignored(r)) {
        terms.back().set_ignored();
      } else {
        terms.back().set(rows.row(r));
      }
    }
  }

  Format format(Output output) const { return format_of(problem.dtype(output)); }

  RowTerms& at(std::int64_t r) { return terms[static_cast<std::size_t>(r)]; }

  double grad_output(std::int64_t row) const {
    return problem.grad_output.reals[static_cast<std::size_t>(row / reduced.rows)];
  }

  /// The results that grad_output decides by itself, or by the sign of the derivative. nullopt: the finite multiple of
  /// the derivative.
  std::optional<Rounded> edge_of_gradient(Output output, Rows::Place place) {
    const RowTerms& row = at(place.row);
    if (row.ignored()) return Rounded{true, 0};
    if (definition.maps_rows) return edge_of_mapped(row, place.j);
    const double g = grad_output(place.row);
    if (row.has_nan() || std::isnan(g)) return Rounded{true, nan};
    if (g == 0) return Rounded{true, 0};
    if (reduced.divisor.sign() == 0) return Rounded{true, nan};
    if (std::isfinite(g)) return std::nullopt;
    return at_infinite_grad_output(output, place, g);
  }

  /// As above, of a row's gradient that depends on all of its grad_output.
  std::optional<Rounded> edge_of_mapped(const RowTerms& row, std::size_t j) const {
    const std::vector<double>& g = row.row().g;
    const auto any = [&](auto is) { return std::ranges::any_of(g, is); };
    if (row.has_nan() || any([](double v) { return std::isnan(v); })) return Rounded{true, nan};
    if (!any([](double v) { return v != 0; })) return Rounded{true, 0};
    const Limit* limit = row.limit();
    if (limit && std::isnan(limit->grad[j].nonfinite())) return Rounded{true, nan};
    return std::nullopt;
  }

  static bool has_infinite_g(const RowTerms& row) {
    return std::ranges::any_of(row.row().g, [](double v) { return std::isinf(v); });
  }

  Rounded at_infinite_grad_output(Output output, Rows::Place place, double g) {
    const Limit* said = at(place.row).limit(output);
    if (said && std::isnan(said->at(output, place.j).nonfinite())) return {true, nan};
    ScaledDerivative derivative(at(place.row), output, place.j, reduced.divisor.sign(), by_one);
    const auto side = climb(derivative, first, [](const auto& x) { return sign(x); });
    if (!side) return {false, nan};
    if (side->answer != 0) return {true, side->answer * g, side->by};
    const Limit* limit = at(place.row).limit();
    return {true, limit && limit->is_zero_in_the_limit(output, place.j) ? nan : 0, side->by};
  }

  /// The element as the number that it is, or what the edges make of it.
  Element element(Output output, std::int64_t i) {
    if (output == Output::value && definition.maps_rows) {
      const Rows::Place place = rows.place(i);
      return ReducedValue(std::span(&at(place.row), 1), by_one, place.j);
    }
    if (output == Output::value) {
      if (reduced.divisor.sign() == 0) return Edge({true, nan});
      const auto n = static_cast<std::size_t>(reduced.rows);
      return ReducedValue(std::span(terms).subspan(static_cast<std::size_t>(i) * n, n), reduced.divisor);
    }
    const Rows::Place place = rows.place(i);
    if (const auto edge = edge_of_gradient(output, place)) return Edge(*edge);
    if (definition.maps_rows && has_infinite_g(at(place.row))) {
      const Extended limit = definition.gradient_at_infinite_g(at(place.row).row())[place.j];
      if (!limit.is_finite()) return Edge({true, limit.nonfinite()});
      return Given(limit.rational());
    }
    const double g = definition.maps_rows ? 1 : grad_output(place.row);
    return ScaledDerivative(at(place.row), output, place.j, g, reduced.divisor);
  }

  const Definition& definition;
  const Problem& problem;
  Rows rows;
  Reduced reduced;
  Rung first;
  std::vector<RowTerms> terms;
};

Reference::Reference(const Definition& definition, const Problem& problem, Rung first)
    : impl_(std::make_unique<Impl>(definition, problem, first)) {}

Reference::~Reference() = default;

const Shape& Reference::shape(Output output) const {
  return output == Output::value ? impl_->reduced.shape : impl_->problem.inputs[0].shape;
}

Rounded Reference::rounded(Output output, std::int64_t i) const {
  const Element element = impl_->element(output, i);
  if (const auto* edge = std::get_if<Edge>(&element)) return edge->rounded();
  const Format format = impl_->format(output);
  const auto found = climbed(element, impl_->first, [&](const auto& x) { return round_to(x, format); });
  if (!found) return {false, nan};
  const bool has_limits = std::visit([](const auto& number) { return !number.has_balls(); }, element);
  return {true, found->answer, has_limits ? Rung::contract : found->by};
}

double Reference::ulp_error(Output output, std::int64_t i, double result) const {
  const Rounded truth = rounded(output, i);
  if (!truth.decided) return -1;
  const Format format = impl_->format(output);
  const auto found = climbed(impl_->element(output, i), impl_->first,
                             [&](const auto& x) { return oracles::ulp_error(result, truth.value, x, format); });
  return found ? found->answer : -1;
}

std::string Reference::decimal(Output output, std::int64_t i, int digits) const {
  const Interval widest = enclosure(output, i, first_precision);
  if (is_nan(widest)) return "nan";
  const auto ask = [&]<class X>(const X& x) -> std::optional<std::string> {
    if constexpr (std::is_same_v<X, Enclosure>) {
      if (mpfr_zero_p(x.low) && mpfr_zero_p(x.high)) return "0";
      std::string low = print("%.*Rg", x.low, digits);
      if (low == print("%.*Rg", x.high, digits)) return low;
    }
    return std::nullopt;
  };
  if (const auto found = climbed(impl_->element(output, i), Rung::arb, ask)) return found->answer;
  return "between " + print("%.*RDg", lower(widest), 3) + " and " + print("%.*RUg", upper(widest), 3);
}

Interval Reference::enclosure(Output output, std::int64_t i, int precision) const {
  Element element = impl_->element(output, i);
  return std::visit([&](auto& number) { return number.interval(precision); }, element);
}

std::optional<Rational> Reference::exact(Output output, std::int64_t i) const {
  Element element = impl_->element(output, i);
  const auto near = std::visit([](auto& number) { return number.exact().near; }, element);
  return near && near->side == 0 ? std::optional(near->at) : std::nullopt;
}

Shape value_shape(const Definition& definition, const std::vector<Tensor>& inputs, Reduction reduction) {
  const Problem problem{inputs, {.reduction = reduction}, {}};
  return Rows(definition, problem).value_shape();
}

}  // namespace oracles
