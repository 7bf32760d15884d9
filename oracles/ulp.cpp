#include "oracles/ulp.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace oracles {
namespace {

/// The exponent of ulp(t) for the t next to an endpoint of its enclosure; `from_above`: where t lies closer to 0 than
/// the endpoint, so that a power of two belongs to the binade below it.
long ulp_exponent(mpfr_srcptr end, bool from_above, const Format& format) {
  long exponent = format.emin;
  if (!mpfr_zero_p(end)) {
    exponent = mpfr_get_exp(end) - 1;
    if (from_above && mpfr_cmp_si_2exp(end, mpfr_sgn(end), exponent) == 0) --exponent;
  }
  return std::max<long>(exponent, format.emin) - (format.precision - 1);
}

/// The exponents of the smallest and the largest ulp(t) for t in the enclosure.
std::pair<long, long> ulp_exponents(const Interval& enclosure, bool inside, const Format& format) {
  const mpfr_srcptr low = lower(enclosure);
  const mpfr_srcptr high = upper(enclosure);
  const auto [finest, coarsest] = std::minmax({ulp_exponent(low, inside && mpfr_sgn(low) < 0, format),
                                               ulp_exponent(high, inside && mpfr_sgn(high) > 0, format)});
  const bool around_zero = mpfr_sgn(low) < 0 && mpfr_sgn(high) > 0;
  return {around_zero ? format.emin - (format.precision - 1) : finest, coarsest};
}

/// |result - end| in units of 2^exponent, rounded to a double.
double distance(double result, mpfr_srcptr end, long exponent) {
  mpfr_t difference;
  mpfr_init2(difference, mpfr_get_prec(end));
  mpfr_sub_d(difference, end, result, MPFR_RNDN);
  mpfr_div_2si(difference, difference, exponent, MPFR_RNDN);
  const double quanta = std::abs(mpfr_get_d(difference, MPFR_RNDN));
  mpfr_clear(difference);
  return quanta;
}

}  // namespace

std::optional<double> ulp_error(double result, double rounded, const Interval& enclosure, Ends ends,
                                const Format& format) {
  if (!std::isfinite(result) || !std::isfinite(rounded)) {
    const bool same = result == rounded || (std::isnan(result) && std::isnan(rounded));
    return same ? 0 : std::numeric_limits<double>::infinity();
  }
  const bool inside = ends == Ends::excluded;
  const auto [finest, coarsest] = ulp_exponents(enclosure, inside, format);
  const mpfr_srcptr low = lower(enclosure);
  const mpfr_srcptr high = upper(enclosure);
  const bool within = mpfr_cmp_d(low, result) <= 0 && mpfr_cmp_d(high, result) >= 0;
  const double least = within ? 0 : std::min(distance(result, low, coarsest), distance(result, high, coarsest));
  const double most = std::max(distance(result, low, finest), distance(result, high, finest));
  if (std::isinf(least)) return least;
  if (std::isinf(most) || most - least > std::max(0.01, std::ldexp(most, -40))) return std::nullopt;
  return std::midpoint(least, most);
}

}  // namespace oracles
