// How fast the oracle decides.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "oracles/ladder.h"
#include "oracles/types.h"

namespace bench {

/// One measurement. `work` is what was done to an input of this shape and dtype, `peer` who did it.
struct Measurement {
  std::string work;
  oracles::Shape shape;
  oracles::DType dtype;
  std::string peer;
  double seconds;
  oracles::RungCounts rungs;  ///< of the results that one run decides, how many each rung did

  /// Elements of the input per second, in 1e9.
  double gelem_s() const { return static_cast<double>(oracles::count(shape)) / seconds * 1e-9; }
};

/// Value and gradient of every definition in every real dtype, one core, from problem to rounded results: rows of 1,000
/// logits, or as many elements. `note` is told each measurement when it is made, which takes at least 5 `seconds`.
std::vector<Measurement> oracle_speed(double seconds, const std::function<void(const Measurement&)>& note);

}  // namespace bench
