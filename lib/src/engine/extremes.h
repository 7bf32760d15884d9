#pragma once

#include <cmath>
#include <optional>

#include "engine/derivative.h"

namespace lossproof::detail {

/// The exact sum of rows that are not finite, where there are any.
class Extremes {
 public:
  void add(double value) {
    nan_ |= std::isnan(value);
    positive_ |= value == infinity;
    negative_ |= value == -infinity;
  }
  std::optional<double> sum() const {
    if (nan_ || (positive_ && negative_)) return nan_value;
    if (positive_) return infinity;
    if (negative_) return -infinity;
    return std::nullopt;
  }

 private:
  bool nan_ = false;
  bool positive_ = false;
  bool negative_ = false;
};

}  // namespace lossproof::detail
