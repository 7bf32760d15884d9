#include "oracles/ulp.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "oracles/rounding.h"

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
std::pair<long, long> ulp_exponents(const Enclosure& t, const Format& format) {
  const bool inside = t.ends == Ends::excluded;
  const auto [finest, coarsest] = std::minmax({ulp_exponent(t.low, inside && mpfr_sgn(t.low) < 0, format),
                                               ulp_exponent(t.high, inside && mpfr_sgn(t.high) > 0, format)});
  const bool around_zero = mpfr_sgn(t.low) < 0 && mpfr_sgn(t.high) > 0;
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

bool contains(const Enclosure& t, double x) {
  const int low = mpfr_cmp_d(t.low, x);
  const int high = mpfr_cmp_d(t.high, x);
  return t.ends == Ends::included ? low <= 0 && high >= 0 : low < 0 && high > 0;
}

/// Multiples of 2^-16, and of 40 significant bits from 2^24 on.
constexpr Format told_errors{40, 23, 1023};

/// The told error that every number of [least, most] is nearest to.
std::optional<double> settled(double least, double most) {
  const double error = quantized(least, told_errors);
  return error == quantized(most, told_errors) ? std::optional(error) : std::nullopt;
}

}  // namespace

std::optional<double> ulp_error(double result, double rounded, const Enclosure& t, const Format& format) {
  if (const auto error = error_at_infinity(result, rounded)) return error;
  const auto [finest, coarsest] = ulp_exponents(t, format);
  const double least =
      contains(t, result) ? 0 : std::min(distance(result, t.low, coarsest), distance(result, t.high, coarsest));
  return settled(least, std::max(distance(result, t.low, finest), distance(result, t.high, finest)));
}

// The difference of a point and a double is exact in the bits between 2^1024 and 2^-1074 below a point's own.
std::optional<double> exact_ulp_error(double result, double rounded, const Enclosure& t, const Format& format) {
  if (const auto error = error_at_infinity(result, rounded)) return error;
  const auto [finest, coarsest] = ulp_exponents(t, format);
  const bool is_point = mpfr_equal_p(t.low, t.high) != 0;
  if (!is_point && contains(t, result))
    return rounded_error_range(result, rounded, t, format).most == 0 ? std::optional(0.0) : std::nullopt;
  if (finest != coarsest) return std::nullopt;
  const mpfr_prec_t bits = std::max(mpfr_get_prec(t.low), mpfr_get_prec(t.high)) + (is_point ? 2200 : 64);
  const bool above = mpfr_cmp_d(t.low, result) >= 0;
  mpfr_t near, far;
  mpfr_inits2(bits, near, far, nullptr);
  mpfr_sub_d(near, above ? t.low : t.high, result, above ? MPFR_RNDD : MPFR_RNDU);
  mpfr_sub_d(far, above ? t.high : t.low, result, above ? MPFR_RNDU : MPFR_RNDD);
  for (const mpfr_ptr end : {near, far}) {
    mpfr_abs(end, end, MPFR_RNDN);
    mpfr_div_2si(end, end, coarsest, MPFR_RNDN);
  }
  const auto error = round_to(Enclosure{near, far, t.ends}, binary64);
  mpfr_clears(near, far, nullptr);
  return error;
}

// As exact_ulp_error, but that the spacing may change within the enclosure.
ErrorRange rounded_error_range(double result, double rounded, const Enclosure& t, const Format& format) {
  if (const auto error = error_at_infinity(result, rounded)) return {*error, *error};
  if (!mpfr_number_p(t.low) || !mpfr_number_p(t.high)) return {0, std::numeric_limits<double>::infinity()};
  const auto [finest, coarsest] = ulp_exponents(t, format);
  mpfr_t near, far;
  mpfr_inits2(std::max(mpfr_get_prec(t.low), mpfr_get_prec(t.high)) + 64, near, far, nullptr);
  const bool above = mpfr_cmp_d(t.low, result) >= 0;
  mpfr_sub_d(near, above ? t.low : t.high, result, above ? MPFR_RNDD : MPFR_RNDU);
  mpfr_sub_d(far, above ? t.high : t.low, result, above ? MPFR_RNDU : MPFR_RNDD);
  const bool inside = contains(t, result);
  if (inside && mpfr_cmpabs(near, far) > 0) mpfr_swap(near, far);
  mpfr_div_2si(near, near, coarsest, MPFR_RNDN);
  mpfr_div_2si(far, far, finest, MPFR_RNDN);
  const ErrorRange range{inside ? 0 : std::fabs(mpfr_get_d(near, MPFR_RNDN)), std::fabs(mpfr_get_d(far, MPFR_RNDN))};
  mpfr_clears(near, far, nullptr);
  return range;
}

std::optional<double> ulp_error(double result, double rounded, const Ball& ball, const Format& format) {
  const ErrorRange range = error_range(result, rounded, ball, format);
  return settled(range.least, range.most);
}

}  // namespace oracles
