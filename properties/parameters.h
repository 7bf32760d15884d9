// The parameters of formulas that are numbers: their names, who takes them, and what they may be.
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "oracles/definition.h"

namespace properties {

struct RealParameter {
  std::string_view name;
  double oracles::Parameters::*value;
  bool oracles::Takes::*taken;
  bool (*is_valid)(double);
  std::string_view expected;
};

inline constexpr std::array real_parameters{
    RealParameter{"beta", &oracles::Parameters::beta, &oracles::Takes::beta,
                  [](double v) { return std::isfinite(v) && v != 0; }, "a finite number other than 0"},
    RealParameter{"label_smoothing", &oracles::Parameters::label_smoothing, &oracles::Takes::label_smoothing,
                  [](double v) { return v >= 0 && v <= 1; }, "a number in [0, 1]"},
    RealParameter{"temperature", &oracles::Parameters::temperature, &oracles::Takes::temperature,
                  [](double v) { return std::isfinite(v) && v > 0; }, "a finite number above 0"},
    RealParameter{"alpha", &oracles::Parameters::alpha, &oracles::Takes::focus,
                  [](double v) { return std::isfinite(v) && v <= 1; }, "a finite number up to 1"},
    RealParameter{"gamma", &oracles::Parameters::gamma, &oracles::Takes::focus,
                  [](double v) { return std::isfinite(v) && v >= 0; }, "a finite number, at least 0"},
};

}  // namespace properties
