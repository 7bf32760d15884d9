#include <cmath>

#include "mutants/mutants.h"
#include "properties/floats.h"

namespace mutants {

using oracles::DType;

namespace {

// To f64 first, and to f32 from there; f64 through 64 bits, as an x87 register has them.
double twice(const Real& odd, DType dtype) {
  if (dtype == DType::f32) return static_cast<float>(round(odd, DType::f64));
  return static_cast<double>(mpfr_get_ld(odd.get(), MPFR_RNDN));
}

double through_f32(const Real& odd, DType) { return round(odd, DType::f32); }

double ties_away(const Real& odd, DType dtype) {
  Real result(mpfr_prec_t{properties::format(dtype).precision});
  mpfr_set(result.get(), odd.get(), MPFR_RNDA);
  Real below(mpfr_prec_t{properties::format(dtype).precision});
  mpfr_set(below.get(), odd.get(), MPFR_RNDZ);
  Real middle(mpfr_prec_t{properties::format(dtype).precision + 1});
  mpfr_add(middle.get(), result.get(), below.get(), MPFR_RNDN);
  mpfr_div_ui(middle.get(), middle.get(), 2, MPFR_RNDN);
  const bool tie = !mpfr_equal_p(result.get(), below.get()) && mpfr_equal_p(middle.get(), odd.get());
  return round(tie ? result : odd, dtype);
}

double flushed(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return std::fabs(v) < properties::format(dtype).min_normal ? 0.0 : v;
}

double minus_zero(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return v == 0.0 ? -0.0 : v;
}

double toward_zero(const Real& odd, DType dtype) {
  return dtype == DType::f32 ? mpfr_get_flt(odd.get(), MPFR_RNDZ) : mpfr_get_d(odd.get(), MPFR_RNDZ);
}

// A fast path that is wrong by 2^-45 and says it is wrong by 2^-48: where its interval holds no midpoint, it is
// believed.
double radius_too_small(const Real& odd, DType dtype) {
  const double exact = round(odd, DType::f64);
  const double fast = exact - exact * 0x1p-45;
  const double low = properties::to_dtype(DType::f32, fast - std::fabs(fast) * 0x1p-48);
  const double high = properties::to_dtype(DType::f32, fast + std::fabs(fast) * 0x1p-48);
  return dtype == DType::f32 && low == high ? low : round(odd, dtype);
}

// A result beyond the range becomes its largest number.
double saturated(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return std::isinf(v) ? std::copysign(properties::format(dtype).max, v) : v;
}

}  // namespace

std::vector<Mutant> rounding_mutants() {
  return {{"f64_rounded_blindly", ce, "accuracy", right_steps(ce, twice)},
          {"through_f32", bce, "accuracy", right_steps(bce, through_f32)},
          {"rounded_twice", mse, "accuracy", right_steps(mse, twice)},
          {"ties_away_from_zero", mse, "accuracy", right_steps(mse, ties_away)},
          {"subnormals_flushed", ce, "accuracy", right_steps(ce, flushed)},
          {"subnormals_flushed", bce, "accuracy", right_steps(bce, flushed)},
          {"minus_zero_for_zero", mse, "loss_is_nonnegative", right_steps(mse, minus_zero)},
          {"rounded_toward_zero", bce, "accuracy", right_steps(bce, toward_zero)},
          {"radius_too_small", ce, "accuracy", right_steps(ce, radius_too_small)},
          {"overflow_saturates", mse, "accuracy", right_steps(mse, saturated)}};
}

}  // namespace mutants
