#include "oracles/box.h"

namespace oracles {
namespace {

Interval hull(double low, double high) {
  Interval x(low);
  mpfr_set_d(x.backend().right_data(), high, MPFR_RNDU);
  return x;
}

}  // namespace

ErrorRange error_range(const Definition& definition, Output output, std::size_t j, const Box& box, double result,
                       double rounded, const Format& format) {
  const Precision in_force(first_precision);
  Row<Interval> row;
  for (std::size_t k = 0; k < box.low.x.size(); ++k) row.x.push_back(hull(box.low.x[k], box.high.x[k]));
  for (std::size_t k = 0; k < box.low.y.size(); ++k) row.y.push_back(hull(box.low.y[k], box.high.y[k]));
  row.target = box.low.target;
  row.parameters = box.low.parameters;
  Term<Interval> term;
  definition.enclosures.interval(row, only(output), term);
  return rounded_error_range(result, rounded, enclosure(term.at(output, j)), format);
}

}  // namespace oracles
