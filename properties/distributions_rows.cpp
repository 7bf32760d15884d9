#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "properties/distributions.h"
#include "properties/floats.h"

namespace properties {

using oracles::DType;

namespace {

void confident(DType dtype, std::size_t hot, std::span<double> row, Draws& draws) {
  const auto gap = static_cast<double>(draws.between(1, 800));
  const double spread = draws.one_in(3) ? 0.0 : draws.one_in(2) ? 1.0 : 0.01;
  const double base = draws.one_in(2) ? 0.0 : to_dtype(dtype, 10.0 * draws.normal());
  for (double& x : row) x = to_dtype(dtype, base + spread * draws.normal());
  row[hot] = to_dtype(dtype, base + gap);
}

void common_offset(DType dtype, std::span<double> row, Draws& draws) {
  const int precision = format(dtype).precision;
  const int exponent = static_cast<int>(draws.between(4, precision));
  const double offset = draws.sign() * std::ldexp(1.0, exponent);
  const double quantum = std::ldexp(1.0, exponent - precision + 1);
  for (double& x : row) {
    const double difference = draws.one_in(2) ? quantum * static_cast<double>(draws.between(-8, 8)) : draws.normal();
    x = to_dtype(dtype, offset + difference);
  }
}

void near_tie(DType dtype, std::size_t hot, std::span<double> row, Draws& draws) {
  const double level = to_dtype(dtype, draws.one_in(3) ? 1.0 : 20.0 * draws.normal());
  std::ranges::fill(row, level);
  row[hot] = step(dtype, level, static_cast<int>(draws.between(-3, 3)));
}

void huge(DType dtype, std::span<double> row, Draws& draws) {
  const Format& f = format(dtype);
  for (double& x : row) {
    const auto power = [&] { return std::ldexp(1.0, static_cast<int>(draws.between(10, std::min(120, f.emax)))); };
    x = draws.one_in(3) ? f.max : draws.one_in(2) ? power() : 0.0;
    x *= draws.sign();
  }
}

// 2^e - (-2^(e - p)) = 2^e + 2^(e - p) lies halfway between 2^e and its successor 2^e + 2^(e - p + 1) among the results.
// 2^(e - p) is a number of the inputs too: 2^-23 at the least for f16 inputs, of results of 24 bits.
void midpoint_gap(DTypes dtypes, std::size_t hot, std::span<double> row, Draws& draws) {
  const int precision = format(dtypes.result).precision;
  const int emax = format(dtypes.input).emax;
  const int exponent = static_cast<int>(draws.between(1, std::min(emax, draws.one_in(4) ? 100 : precision + 2)));
  std::ranges::fill(row, -std::ldexp(1.0, exponent - precision));
  row[hot] = std::ldexp(1.0, exponent);
  if (draws.one_in(2)) row[hot] = step(narrower(dtypes), row[hot], 2 * static_cast<int>(draws.between(0, 3)));
}

void subnormal_loss(DTypes dtypes, std::size_t hot, std::span<double> row, Draws& draws) {
  const DType dtype = dtypes.input;
  const Format& f = format(dtypes.result);
  const double gap = f.log_min + (f.log_zero - 1.0 - f.log_min) * draws.unit();
  for (double& x : row) x = to_dtype(dtype, draws.one_in(2) ? 0.0 : 0.25 * draws.normal());
  row[hot] = to_dtype(dtype, -gap);
}

void place_specials(std::span<double> row, Draws& draws) {
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static constexpr std::array specials{-infinity, infinity, infinity, std::numeric_limits<double>::quiet_NaN()};
  const std::int64_t places = draws.between(1, 2);
  for (std::int64_t i = 0; i < places; ++i) row[draws.below(row.size())] = draws.of(std::span<const double>(specials));
}

void mask(std::span<double> row, Draws& draws) {
  const std::size_t rarity = draws.one_in(4) ? 1 : 2;
  for (double& x : row) {
    if (draws.one_in(rarity)) x = -std::numeric_limits<double>::infinity();
  }
}

void each(DType dtype, FloatClass float_class, std::span<double> row, Draws& draws) {
  for (double& x : row) x = draw_float(dtype, float_class, draws);
}

}  // namespace

std::span<const Rows> all_rows() {
  using enum Rows;
  static constexpr std::array kinds{ordinary,       confident, common_offset, near_tie, huge,   midpoint_gap,
                                    subnormal_loss, uniform,   tiny,          special,  masked, anything};
  return kinds;
}

std::string_view name(Rows kind) {
  static constexpr std::array<std::string_view, 12> names{"ordinary", "confident",    "common_offset",  "near_tie",
                                                          "huge",     "midpoint_gap", "subnormal_loss", "uniform",
                                                          "tiny",     "special",      "masked",         "anything"};
  return names[static_cast<std::size_t>(kind)];
}

void fill_row(Rows kind, DTypes dtypes, std::size_t hot, std::span<double> row, Draws& draws) {
  const DType dtype = dtypes.input;
  switch (kind) {
    case Rows::ordinary:
      return each(dtype, FloatClass::ordinary, row, draws);
    case Rows::confident:
      return confident(dtype, hot, row, draws);
    case Rows::common_offset:
      return common_offset(dtype, row, draws);
    case Rows::near_tie:
      return near_tie(dtype, hot, row, draws);
    case Rows::huge:
      return huge(dtype, row, draws);
    case Rows::midpoint_gap:
      return midpoint_gap(dtypes, hot, row, draws);
    case Rows::subnormal_loss:
      return subnormal_loss(dtypes, hot, row, draws);
    case Rows::uniform:
      return std::fill(row.begin(), row.end(), draw_float(dtype, true, draws));
    case Rows::tiny:
      return each(dtype, draws.one_in(4) ? FloatClass::minus_zero : FloatClass::subnormal, row, draws);
    case Rows::special:
      each(dtype, FloatClass::ordinary, row, draws);
      return place_specials(row, draws);
    case Rows::masked:
      each(dtype, FloatClass::ordinary, row, draws);
      return mask(row, draws);
    case Rows::anything: {
      const bool finite_only = draws.one_in(2);
      for (double& x : row) x = draw_float(dtype, finite_only, draws);
    }
  }
}

}  // namespace properties
