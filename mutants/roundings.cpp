#include <cmath>

#include "mutants/mutants.h"
#include "properties/floats.h"

namespace mutants {

using oracles::DType;
using properties::to_dtype;

namespace {

// To f64 first, and on from there; f64 through 64 bits, as an x87 register has them.
double twice(const Real& odd, DType dtype) {
  if (dtype == DType::f64) return static_cast<double>(mpfr_get_ld(odd.get(), MPFR_RNDN));
  return to_dtype(dtype, round(odd, DType::f64));
}

double through_f32(const Real& odd, DType dtype) { return to_dtype(dtype, round(odd, DType::f32)); }

double ties_away(const Real& odd, DType dtype) { return round_by(mpfr_round, odd, dtype); }

double flushed(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return std::fabs(v) < properties::format(dtype).min_normal ? 0.0 : v;
}

double minus_zero(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return v == 0.0 ? -0.0 : v;
}

double toward_zero(const Real& odd, DType dtype) { return round_by(mpfr_trunc, odd, dtype); }

// A fast path that is wrong by 2^-45 and says it is wrong by 2^-48: where its interval holds no midpoint, it is
// believed.
double radius_too_small(const Real& odd, DType dtype) {
  const double exact = round(odd, DType::f64);
  const double fast = exact - exact * 0x1p-45;
  const double low = to_dtype(dtype, fast - std::fabs(fast) * 0x1p-48);
  const double high = to_dtype(dtype, fast + std::fabs(fast) * 0x1p-48);
  return dtype != DType::f64 && low == high ? low : round(odd, dtype);
}

// A result beyond the range becomes its largest number.
double saturated(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return std::isinf(v) ? std::copysign(properties::format(dtype).max, v) : v;
}

}  // namespace

std::vector<Mutant> rounding_mutants() {
  return {
      {"f64_rounded_blindly", ce, "accuracy", right_steps(ce, twice)},
      {"through_f32", bce, "accuracy", right_steps(bce, through_f32), {DType::f64}},
      {"rounded_twice", mse, "accuracy", right_steps(mse, twice), {DType::bf16, DType::f32, DType::f64}},
      {"ties_away_from_zero", mse, "accuracy", right_steps(mse, ties_away)},
      {"subnormals_flushed", ce, "accuracy", right_steps(ce, flushed)},
      {"subnormals_flushed", bce, "accuracy", right_steps(bce, flushed)},
      {"minus_zero_for_zero", mse, "loss_is_nonnegative", right_steps(mse, minus_zero)},
      {"rounded_toward_zero", bce, "accuracy", right_steps(bce, toward_zero)},
      {"radius_too_small", ce, "accuracy", right_steps(ce, radius_too_small), {DType::f16, DType::bf16, DType::f32}},
      {"overflow_saturates", mse, "accuracy", right_steps(mse, saturated)}};
}

}  // namespace mutants
