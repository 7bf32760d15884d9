#include "oracles/box.h"

#include <bit>
#include <cstdint>

#include "oracles/rounding.h"

namespace oracles {
namespace {

Interval hull(double low, double high) {
  Interval x(low);
  mpfr_set_d(x.backend().right_data(), high, MPFR_RNDU);
  return x;
}

/// With Precision(first_precision) in force.
Interval over(const Box& box, const Definition& definition, Output output, std::size_t j) {
  Row<Interval> row;
  for (std::size_t k = 0; k < box.low.x.size(); ++k) row.x.push_back(hull(box.low.x[k], box.high.x[k]));
  for (std::size_t k = 0; k < box.low.y.size(); ++k) row.y.push_back(hull(box.low.y[k], box.high.y[k]));
  row.target = box.low.target;
  row.parameters = box.low.parameters;
  Term<Interval> term;
  definition.enclosures.interval(row, only(output), term);
  return term.at(output, j);
}

}  // namespace

bool rounds_to(const Definition& definition, Output output, std::size_t j, const Box& box, double result,
               const Format& format) {
  if (definition.is_edge || definition.replace_unused) return false;
  const Precision in_force(first_precision);
  were_split = false;
  const Interval value = over(box, definition, output, j);
  const auto rounded = round_to(enclosure(value), format);
  return !were_split && rounded && std::bit_cast<std::uint64_t>(*rounded) == std::bit_cast<std::uint64_t>(result);
}

ErrorRange error_range(const Definition& definition, Output output, std::size_t j, const Box& box, double result,
                       double rounded, const Format& format) {
  const Precision in_force(first_precision);
  const Interval value = over(box, definition, output, j);
  return rounded_error_range(result, rounded, enclosure(value), format);
}

}  // namespace oracles
