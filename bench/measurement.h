// One measurement, of whatever kind.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "oracles/ladder.h"
#include "properties/dtypes.h"

namespace bench {

/// `work` is what was done to a first input of this shape, `peer` who did it.
struct Measurement {
  std::string work;
  oracles::Shape shape;
  properties::DTypes dtypes;  ///< of the inputs and of the value
  std::string peer;
  double seconds;  ///< one call
  int threads = 1;
  std::string target{};                        ///< the instruction set that this library ran on; else empty
  bool sweep = false;                          ///< one of the shapes that show speed against the length of rows
  std::optional<oracles::RungCounts> rungs{};  ///< the oracle: of the results of a call, how many each rung decided

  /// Elements of the first input per second, in 1e9.
  double gelem_s() const { return static_cast<double>(oracles::count(shape)) / seconds * 1e-9; }
};

/// Is told of measurements as they are made.
using Note = std::function<void(const Measurement&)>;

}  // namespace bench
