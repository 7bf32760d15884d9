// PyTorch, as a child process that a script times its losses in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/works.h"
#include "properties/subject.h"

namespace bench {

/// Every function throws std::runtime_error where the process could not be started, ended, or answered something else
/// than was asked: one line, with the last that it wrote to its standard error.
class Torch {
 public:
  /// `python` is an interpreter that has torch, by path or by name.
  explicit Torch(const std::string& python);
  ~Torch();

  /// "PyTorch 2.15.0"
  const std::string& library() const;

  /// The peers that can do this work, which takes the last one's place.
  std::vector<std::string> prepare(const Work& work, const properties::Call& call);

  /// Seconds that a call of the work prepared takes, measured for at least `seconds`.
  double seconds_per_call(const std::string& peer, int threads, double seconds);

 private:
  class Child;
  std::unique_ptr<Child> child_;
};

}  // namespace bench
