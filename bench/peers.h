// Who is measured on a work: this library on each target, and its peers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/data.h"
#include "bench/torch.h"

namespace bench {

/// One who does a work in some way.
struct Entrant {
  std::string peer;
  std::string target;  ///< of this library; else empty
  int threads;
  std::function<double(double seconds)> time;  ///< of one call, measured for at least so long
};

struct Field {
  std::vector<std::string> targets;  ///< the best first
  std::vector<int> threads;
  Torch* torch = nullptr;
};

/// All that can do the work, on the memory of `data`, which must outlive them: this library, "read" (of the inputs),
/// "copy" (of the first input to a result of its size, where there is one), "naive" and "eigen" (f32) on one thread,
/// and PyTorch's. Of a sweep only the best target and the first number of threads.
std::vector<Entrant> entrants(const Work& work, const Data& data, const Field& field);

}  // namespace bench
