#include "properties/floats.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace properties {

using oracles::DType;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
Format format_of(double log_max, double log_min, double log_zero) {
  using Limits = std::numeric_limits<T>;
  return {
      Limits::digits, Limits::min_exponent - 1, Limits::max(), Limits::min(), Limits::denorm_min(), log_max, log_min,
      log_zero};
}

template <class T>
double step_in(T v, int ulps) {
  const T towards = ulps > 0 ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();
  for (int i = 0; i < std::abs(ulps); ++i) v = std::nextafter(v, towards);
  return v;
}

double any_bits(DType dtype, Draws& draws) {
  while (true) {
    const std::uint64_t bits = draws.next();
    const double v = dtype == DType::f32 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32))
                                         : std::bit_cast<double>(bits);
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
  static const Format f32 = format_of<float>(0x1.62e43p+6, -0x1.5d589fp+6, -0x1.9fe368p+6);
  static const Format f64 = format_of<double>(0x1.62e42fefa39efp+9, -0x1.6232bdd7abcd2p+9, -0x1.74910d52d3051p+9);
  return dtype == DType::f32 ? f32 : f64;
}

double to_dtype(DType dtype, double v) { return dtype == DType::f32 ? static_cast<float>(v) : v; }

double step(DType dtype, double v, int ulps) {
  return dtype == DType::f32 ? step_in(static_cast<float>(v), ulps) : step_in(v, ulps);
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
