#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "oracles/real.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Bin100;
using oracles::Output;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool all_finite(std::span<const double> numbers) {
  return std::ranges::all_of(numbers, [](double v) { return std::isfinite(v); });
}

/// The case with each row of logits as `change` makes it.
template <class Change>
Case with_rows(const Trial& trial, const Change& change) {
  Case c = trial.c;
  std::vector<double>& x = c.problem.inputs[0].reals;
  for (std::int64_t row = 0; row < row_count(trial.loss, c); ++row) {
    const std::vector<std::size_t> places = row_elements(trial.loss, c, row);
    std::vector<double> logits = gather(x, places);
    change(logits);
    for (std::size_t j = 0; j < places.size(); ++j) x[places[j]] = logits[j];
  }
  return c;
}

/// Multiples of a power of two, so that the mean of two such rows is exact.
void make_coarse(oracles::DType dtype, std::vector<double>& x) {
  std::ranges::replace_if(
      x, [](double v) { return !std::isfinite(v); }, 0.0);
  quantize(dtype, x);
}

}  // namespace

// For n classes present, max < log(sum of e^x) <= max + log(n). Rounding is monotone, and max + log(n) is taken from
// above: log(n) of f64 is within an ulp.
Property logsumexp_lies_above_the_largest_logit() {
  return make_property("logsumexp_lies_above_the_largest_logit", [](const Trial& trial) {
    Comparisons compare(trial);
    const oracles::DType dtype = trial.c.problem.dtype(Output::value);
    const std::vector<double> value = trial.run(trial.c, Ask::value).value;
    for (std::int64_t row = 0; row < row_count(trial.loss, trial.c); ++row) {
      const std::vector<double> x = gather(trial.c.problem.inputs[0].reals, row_elements(trial.loss, trial.c, row));
      const double got = value[static_cast<std::size_t>(row)];
      if (!all_finite(x) || !std::isfinite(got)) continue;
      const double top = *std::ranges::max_element(x);
      const double log_n = std::nextafter(std::log(static_cast<double>(x.size())), infinity);
      const Bin100 slack = Bin100(trial.bound(Output::value)) * spacing(dtype, got);
      const bool holds = Bin100(got) >= Bin100(top) - slack && Bin100(got) <= Bin100(top) + log_n + slack;
      compare.value.expect_true(row, holds,
                                "got " + hex(got) + ", expected " + hex(top) + " and up to " + hex(log_n) + " more");
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

// Rounding is monotone. A logit is raised to the next number, and by at least 1.
Property logsumexp_rises_with_each_logit() {
  return make_property("logsumexp_rises_with_each_logit", [](const Trial& trial) {
    Comparisons compare(trial);
    const oracles::DType dtype = trial.c.dtype();
    const std::vector<double> before = trial.run(trial.c, Ask::value).value;
    const auto last = static_cast<std::size_t>(class_axes(trial.c.problem.inputs[0].shape).classes - 1);
    for (const std::size_t j : {std::size_t{0}, last / 2, last}) {
      for (const double by : {0.0, 1.0}) {
        const auto raise = [&](std::vector<double>& x) { x[j] = step(dtype, to_dtype(dtype, x[j] + by), 1); };
        const std::vector<double> after = trial.run(with_rows(trial, raise), Ask::value).value;
        for (std::size_t row = 0; row < after.size(); ++row)
          compare.value.expect_between(static_cast<std::int64_t>(row), after[row], before[row], infinity);
      }
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

// f((a + b) / 2) <= (f(a) + f(b)) / 2 of exact points; each of the three results is within `bound` ulp of its own.
Property logsumexp_is_convex() {
  return make_property("logsumexp_is_convex", [](const Trial& trial) {
    Comparisons compare(trial);
    const oracles::DType dtype = trial.c.dtype();
    const auto end = [&](std::vector<double>& x) {
      make_coarse(dtype, x);
      for (std::size_t j = 0; j < x.size() / 2; ++j) std::swap(x[j], x[x.size() - 1 - j]);
      for (std::size_t j = 1; j < x.size(); j += 2) x[j] = 0;
    };
    const auto middle = [&](std::vector<double>& x) {
      std::vector<double> other = x;
      make_coarse(dtype, x);
      end(other);
      for (std::size_t j = 0; j < x.size(); ++j) x[j] = (x[j] + other[j]) / 2;
    };
    const auto value_at = [&](const auto& point) { return trial.run(with_rows(trial, point), Ask::value).value; };
    const std::vector<double> a = value_at([&](std::vector<double>& x) { make_coarse(dtype, x); });
    const std::vector<double> b = value_at(end);
    const std::vector<double> between = value_at(middle);
    const auto error = [&](double v) {
      return Bin100(trial.bound(Output::value)) * spacing(trial.c.problem.dtype(Output::value), v);
    };
    for (std::size_t row = 0; row < a.size(); ++row) {
      if (!all_finite(std::array{a[row], b[row], between[row]})) continue;
      const Bin100 slack = error(between[row]) + (error(a[row]) + error(b[row])) / 2;
      compare.value.expect_true(static_cast<std::int64_t>(row), between[row] <= (Bin100(a[row]) + b[row]) / 2 + slack,
                                "got " + hex(between[row]) + " halfway from " + hex(a[row]) + " to " + hex(b[row]));
    }
    return std::vector<Finding>{compare.value.finding()};
  });
}

}  // namespace properties
