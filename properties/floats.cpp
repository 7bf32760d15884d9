#include "properties/floats.h"

#include <array>
#include <cmath>
#include <limits>

#include "oracles/rounding.h"
#include "properties/storage.h"

namespace properties {

using oracles::DType;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Format make_format(DType dtype, double log_max, double log_min, double log_zero) {
  const oracles::Format f = oracles::format_of(dtype);
  const double ulp_of_one = std::ldexp(1.0, 1 - f.precision);
  return {f,
          log_max,
          log_min,
          log_zero,
          std::ldexp(2.0 - ulp_of_one, f.emax),
          std::ldexp(1.0, f.emin),
          std::ldexp(ulp_of_one, f.emin)};
}

// |v| steps away from 0 by its own spacing, and towards 0 by that of the numbers below it.
double one_step(DType dtype, double v, bool up) {
  const Format& f = format(dtype);
  if (v == 0.0) return up ? f.min_subnormal : -f.min_subnormal;
  const double size = std::fabs(v);
  const bool outward = (v > 0.0) == up;
  if (std::isinf(v)) return outward ? v : std::copysign(f.max, v);
  const double next =
      outward ? to_dtype(dtype, size + spacing(dtype, size)) : size - spacing(dtype, std::nextafter(size, 0.0));
  return std::copysign(next, v);
}

double any_bits(DType dtype, Draws& draws) {
  while (true) {
    const std::uint64_t bits = draws.next();
    const double v = load_real(dtype, &bits);
    if (std::isfinite(v)) return v;
  }
}

double subnormal(const Format& f, Draws& draws) {
  const std::int64_t top = (std::int64_t{1} << (f.precision - 1)) - 1;
  const std::int64_t units = draws.one_in(2) ? draws.between(1, 4) : draws.between(1, top);
  return draws.sign() * static_cast<double>(units) * f.min_subnormal;
}

double midpoint_maker(const Format& f, Draws& draws) {
  const std::int64_t top = std::int64_t{1} << f.precision;
  const auto odd = static_cast<double>(top - 1 - 2 * draws.between(0, 8));
  return draws.sign() * std::ldexp(odd, static_cast<int>(draws.between(-f.precision - 4, 4)));
}

}  // namespace

const Format& format(DType dtype) {
  static const Format f16 = make_format(DType::f16, 0x1.62cp+3, -0x1.368p+3, -0x1.154p+4);
  static const Format bf16 = make_format(DType::bf16, 0x1.62p+6, -0x1.5cp+6, -0x1.72p+6);
  static const Format f32 = make_format(DType::f32, 0x1.62e42ep+6, -0x1.5d589fp+6, -0x1.9fe368p+6);
  static const Format f64 = make_format(DType::f64, 0x1.62e42fefa39efp+9, -0x1.6232bdd7abcd2p+9, -0x1.74910d52d3051p+9);
  switch (dtype) {
    case DType::f16:
      return f16;
    case DType::bf16:
      return bf16;
    case DType::f32:
      return f32;
    default:
      return f64;
  }
}

double to_dtype(DType dtype, double v) { return oracles::quantized(v, oracles::format_of(dtype)); }

double step(DType dtype, double v, int ulps) {
  if (std::isnan(v)) return v;
  for (int i = 0; i < std::abs(ulps); ++i) v = one_step(dtype, v, ulps > 0);
  return v;
}

double spacing(DType dtype, double v) {
  const Format& f = format(dtype);
  if (std::fabs(v) < f.min_normal) return f.min_subnormal;
  return std::ldexp(1.0, std::ilogb(v) - f.precision + 1);
}

// Knuth's TwoSum: the rounding error of x + c is computed exactly.
bool sum_is_exact(DType dtype, double x, double c) {
  if (!std::isfinite(x)) return true;
  const double s = x + c;
  const double c_part = s - x;
  const double error = (x - (s - c_part)) + (c - c_part);
  return error == 0.0 && std::isfinite(s) && to_dtype(dtype, s) == s;
}

double quantize(DType dtype, std::span<double> row) {
  const int p = format(dtype).precision;
  const int s = p / 2;
  const double quantum = std::ldexp(1.0, s + 1 - p);
  const double most = std::ldexp(1.0, s - 1);
  for (double& x : row) {
    if (std::isfinite(x)) x = std::clamp(std::round(x / quantum) * quantum, -most, most);
  }
  return std::ldexp(1.0, s);
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

std::span<const FloatClass> all_float_classes() {
  using enum FloatClass;
  static constexpr std::array classes{plus_zero,      minus_zero,   subnormal,
                                      min_normal,     max_normal,   plus_infinity,
                                      minus_infinity, nan,          power_of_two_neighbour,
                                      midpoint_maker, exp_overflow, exp_underflow,
                                      small_integer,  ordinary,     any_bits};
  return classes;
}

double draw_float(DType dtype, FloatClass float_class, Draws& draws) {
  const Format& f = format(dtype);
  const auto near = [&](double v) { return step(dtype, to_dtype(dtype, v), static_cast<int>(draws.between(-2, 2))); };
  switch (float_class) {
    case FloatClass::plus_zero:
      return 0.0;
    case FloatClass::minus_zero:
      return -0.0;
    case FloatClass::subnormal:
      return subnormal(f, draws);
    case FloatClass::min_normal:
      return draws.sign() * near(f.min_normal);
    case FloatClass::max_normal:
      return draws.sign() * step(dtype, f.max, static_cast<int>(draws.between(-2, 0)));
    case FloatClass::plus_infinity:
      return infinity;
    case FloatClass::minus_infinity:
      return -infinity;
    case FloatClass::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case FloatClass::power_of_two_neighbour:
      return draws.sign() * near(std::ldexp(1.0, static_cast<int>(draws.between(-f.precision - 2, f.precision + 2))));
    case FloatClass::midpoint_maker:
      return midpoint_maker(f, draws);
    case FloatClass::exp_overflow:
      return draws.sign() * near(f.log_max);
    case FloatClass::exp_underflow:
      return draws.sign() * near(draws.one_in(2) ? f.log_min : f.log_zero);
    case FloatClass::small_integer:
      return static_cast<double>(draws.between(-20, 20));
    case FloatClass::ordinary:
      return to_dtype(dtype, 3.0 * draws.normal());
    case FloatClass::any_bits:
      return any_bits(dtype, draws);
  }
  return 0.0;
}

double draw_float(DType dtype, bool finite_only, Draws& draws) {
  while (true) {
    const double v = draw_float(dtype, draws.of(all_float_classes()), draws);
    if (!finite_only || std::isfinite(v)) return v;
  }
}

}  // namespace properties
