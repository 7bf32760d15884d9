// Floating-point numbers worth trying, by class. RapidCheck's own generator makes none of the special ones.
#pragma once

#include <cstdint>
#include <span>

#include "oracles/format.h"
#include "oracles/types.h"
#include "properties/draws.h"

namespace properties {

/// What a real dtype can hold; every member is exact in a double.
struct Format : oracles::Format {
  double log_max;        ///< exp overflows beyond it
  double log_min;        ///< exp is subnormal below it
  double log_zero;       ///< exp rounds to 0 below it
  double max;            ///< largest finite number
  double min_normal;     ///< smallest positive normal number
  double min_subnormal;  ///< smallest positive number
};

const Format& format(oracles::DType dtype);

/// `v` rounded to the real dtype, once, to nearest, ties to even.
double to_dtype(oracles::DType dtype, double v);

/// The number `ulps` steps above `v` (below, if negative) in the dtype; the infinities are its ends.
double step(oracles::DType dtype, double v, int ulps);

/// The spacing of the dtype's numbers in the binade of `v`; the smallest subnormal for 0 and subnormals.
double spacing(oracles::DType dtype, double v);

/// Whether x + c is a number of the dtype, so that adding rounds nothing. Infinite and NaN x are.
bool sum_is_exact(oracles::DType dtype, double x, double c);

/// Makes the row one of multiples of 2^(s + 1 - p) up to 2^(s - 1), with p the bits of the dtype and s = p / 2, and
/// returns 2^s, which can be added to them: the sum is below 2^(s + 1), so that it has p bits. So has the mean of two.
double quantize(oracles::DType dtype, std::span<double> row);

/// Equal as results: the same number, with the same sign of zero, or both NaN.
bool same(double a, double b);

enum class FloatClass : std::uint8_t {
  plus_zero,
  minus_zero,
  subnormal,
  min_normal,
  max_normal,
  plus_infinity,
  minus_infinity,
  nan,
  power_of_two_neighbour,  ///< 2^k, or up to 2 ulps beside it
  midpoint_maker,          ///< odd last bit: sums and halves of such numbers are ties
  exp_overflow,            ///< around log_max, either sign
  exp_underflow,           ///< around log_min and log_zero, either sign
  small_integer,
  ordinary,  ///< normal, of scale 3
  any_bits,  ///< uniform over the finite bit patterns
};

std::span<const FloatClass> all_float_classes();

/// A number of this class, exact in the dtype.
double draw_float(oracles::DType dtype, FloatClass float_class, Draws& draws);

/// A number of any class; `finite_only` leaves out NaN and infinities.
double draw_float(oracles::DType dtype, bool finite_only, Draws& draws);

}  // namespace properties
