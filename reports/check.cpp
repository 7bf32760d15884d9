#include "reports/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "oracles/reference.h"
#include "properties/arena.h"
#include "properties/edit.h"
#include "properties/parameters.h"
#include "reports/problem.h"

namespace reports {
namespace {

using oracles::Definition;
using oracles::Output;
using oracles::Reference;
using properties::Case;

/// A result of a subject beside the truth.
struct Error {
  std::int64_t i;
  double got;
  double ulp;  ///< negative: undecided
};

struct Comparison {
  std::int64_t elements = 0, misrounded = 0, undecided = 0;
  std::int64_t zero_but_not_so = 0, non_finite_but_finite = 0;
  std::vector<Error> worst_first;
};

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

Comparison compare(const Reference& truth, Output output, const std::vector<double>& got, std::int64_t keep) {
  Comparison c;
  for (std::int64_t i = 0; i < std::ssize(got); ++i) {
    const double x = got[static_cast<std::size_t>(i)];
    const oracles::Rounded right = truth.rounded(output, i);
    ++c.elements;
    c.undecided += !right.decided;
    c.misrounded += right.decided && !same(x, right.value);
    c.zero_but_not_so += right.decided && x == 0 && std::fabs(right.value) > 0;
    c.non_finite_but_finite += right.decided && !std::isfinite(x) && std::isfinite(right.value);
    c.worst_first.push_back({i, x, truth.ulp_error(output, i, x)});
  }
  const auto graver = [](const Error& a, const Error& b) { return a.ulp != b.ulp ? a.ulp > b.ulp : a.i < b.i; };
  const auto kept = std::min(keep, std::ssize(c.worst_first));
  std::partial_sort(c.worst_first.begin(), c.worst_first.begin() + kept, c.worst_first.end(), graver);
  c.worst_first.resize(static_cast<std::size_t>(kept));
  return c;
}

Json index_of(const oracles::Shape& shape, std::int64_t i) { return multi_index(shape, i); }

/// Where the NaN and infinities of the inputs are, and what becomes of the loss there.
Json non_finite_inputs(const Definition& loss, const Case& rows, const Reference& truth, std::int64_t keep) {
  Json all = Json::array();
  for (std::size_t a = 0; a < rows.problem.inputs.size(); ++a) {
    const auto& reals = rows.problem.inputs[a].reals;
    std::int64_t count = 0;
    Json first = Json::array();
    for (std::int64_t i = 0; i < std::ssize(reals); ++i) {
      const double x = reals[static_cast<std::size_t>(i)];
      if (std::isfinite(x) || count++ >= keep) continue;
      const Place place = place_of(loss, rows, a, i);
      Json element{{"index", index_of(rows.problem.inputs[a].shape, i)}, {"row", place.row}};
      if (place.class_index >= 0) element["class"] = place.class_index;
      element["value"] = number(x);
      element["exact_loss"] = truth.decimal(Output::value, loss.maps_rows ? i : place.row);
      first.push_back(std::move(element));
    }
    if (count > 0) all.push_back({{"argument", loss.arguments[a].name}, {"count", count}, {"first", std::move(first)}});
  }
  return all;
}

Json entry(const Reference& truth, Output output, const Error& error) {
  return {{"index", index_of(truth.shape(output), error.i)},
          {"exact", truth.decimal(output, error.i)},
          {"got", number(error.got)},
          {"ulp", error.ulp < 0 ? Json("undecided") : number(error.ulp)}};
}

Json counts(const Comparison& c) {
  return {{"count", c.elements},
          {"misrounded", c.misrounded},
          {"undecided", c.undecided},
          {"zero_but_not_so", c.zero_but_not_so},
          {"non_finite_but_finite", c.non_finite_but_finite},
          {"max_ulp", c.worst_first.empty() ? number(0) : number(c.worst_first.front().ulp)}};
}

/// The case under its own reduction, and row by row.
struct Questions {
  Case asked, rows;
  Reference truth, truth_of_rows;

  Questions(const Definition& loss, const Case& c)
      : asked(c),
        rows(properties::with_reduction(loss, c, oracles::Reduction::none)),
        truth(loss, asked.problem),
        truth_of_rows(loss, rows.problem) {}
};

std::string verdict(bool promised, std::int64_t misrounded, std::int64_t undecided, double max_ulp, double bound) {
  const bool broken = promised && bound != 0.5 ? max_ulp > bound : misrounded > 0;
  if (broken) return promised ? "failed" : "finding";
  return undecided > 0 ? "undecided" : "held";
}

Json of_gradient(const Definition& loss, const Questions& q, Output output, const Comparison& grad) {
  Json result = counts(grad);
  for (const Error& error : grad.worst_first) {
    const Place place = place_of(loss, q.asked, output == Output::grad ? 0 : 1, error.i);
    Json worst{{"row", place.row}};
    if (place.class_index >= 0) worst["class"] = place.class_index;
    worst.update(entry(q.truth, output, error));
    result["worst"] = std::move(worst);
  }
  return result;
}

Json judge(const Definition& loss, const Questions& q, const properties::Subject& subject, std::int64_t keep) {
  const auto promise = subject.promise_ulp(loss, q.asked.dtypes().result);
  Json result{{"subject", subject.name()}, {"promise_ulp", promise ? number(*promise) : Json()}};
  if (!subject.offers(loss, q.asked.dtypes())) return result["outcome"] = "not run", result;

  const properties::Outputs outputs = properties::run(subject, loss, q.asked);
  const Comparison value = compare(q.truth, Output::value, outputs.value, keep);
  const auto rows_alone = properties::run(subject, loss, q.rows, properties::Ask::value);
  const Comparison rows = compare(q.truth_of_rows, Output::value, rows_alone.value, keep);
  if (value.elements == 1) result["loss"] = entry(q.truth, Output::value, value.worst_first.front());

  result["rows"] = counts(rows);
  result["rows"]["worst"] = Json::array();
  for (const Error& error : rows.worst_first) {
    Json row{{"row", loss.maps_rows ? place_of(loss, q.rows, 0, error.i).row : error.i}};
    row.update(entry(q.truth_of_rows, Output::value, error));
    result["rows"]["worst"].push_back(std::move(row));
  }
  std::vector<Comparison> all{value, rows};
  for (const Output output : properties::outputs_of(subject, q.asked).subspan(1)) {
    const Comparison& grad = all.emplace_back(compare(q.truth, output, outputs.of(output), 1));
    result[output == Output::grad ? "gradient" : "gradient_of_target"] = of_gradient(loss, q, output, grad);
  }
  double max_ulp = 0;
  std::int64_t misrounded = 0, undecided = 0;
  for (const Comparison& c : all) {
    if (!c.worst_first.empty()) max_ulp = std::max(max_ulp, c.worst_first.front().ulp);
    misrounded += c.misrounded, undecided += c.undecided;
  }
  result["outcome"] = verdict(promise.has_value(), misrounded, undecided, max_ulp, promise.value_or(0.5));
  return result;
}

}  // namespace

Json analyse(const Definition& loss, const Case& c, std::span<const properties::Subject* const> subjects,
             std::int64_t rows) {
  const Questions q(loss, c);
  Json result{{"loss", loss.name},
              {"dtype", oracles::name(c.dtype())},
              {"result_dtype", oracles::name(c.dtypes().result)},
              {"reduction", oracles::name(c.problem.attributes.reduction)},
              {"shape", c.problem.inputs.front().shape},
              {"rows", properties::row_count(loss, c)}};
  for (const properties::RealParameter& p : properties::real_parameters) {
    if (loss.takes.*p.taken) result[std::string(p.name)] = properties::hex(c.problem.attributes.parameters.*p.value);
  }
  if (loss.takes.log_target) result["log_target"] = c.problem.attributes.parameters.log_target;
  if (oracles::count(c.problem.grad_output.shape) == 1) result["exact_loss"] = q.truth.decimal(Output::value, 0);
  result["non_finite_inputs"] = non_finite_inputs(loss, q.rows, q.truth_of_rows, rows);
  result["certificate"] = oracles::certificate(oracles::first_rung());
  result["subjects"] = Json::array();
  for (const auto* subject : subjects) result["subjects"].push_back(judge(loss, q, *subject, rows));
  return result;
}

}  // namespace reports
