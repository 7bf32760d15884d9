// Rows of every kind that the losses are hard on, drawn for the tests.
#pragma once

#include <cmath>
#include <random>

#include "oracles/definition.h"

namespace oracles {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  /// A number around 2^exponent for an exponent in [-1074, 17], one of a grid, or 0; of either sign.
  double number() {
    switch (below(4)) {
      case 0:
        return std::ldexp(uniform(), static_cast<int>(below(1092)) - 1074);
      case 1:
        return static_cast<double>(below(4001)) / 8 - 250;
      case 2:
        return 0;
      default:
        return 8 * uniform();
    }
  }

  /// Independent logits, all equal ones, or a confident row at a gap of up to 800 over a common offset.
  std::vector<double> logits() {
    std::vector<double> x(1 + below(9));
    const std::uint64_t kind = below(3);
    const double offset = number();
    for (double& v : x) v = kind == 0 ? number() : offset;
    if (kind == 2) x[below(x.size())] += 1 + static_cast<double>(below(800));
    return x;
  }

  Row<double> row(const Definition& definition) {
    if (definition.form == Form::elements)
      return {{number()}, below(2) != 0 ? static_cast<double>(below(2)) : number(), 0};
    Row<double> row{logits(), 0, 0};
    row.target = static_cast<std::int64_t>(below(row.x.size()));
    return row;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  double uniform() { return 2 * static_cast<double>(random_()) / static_cast<double>(random_.max()) - 1; }

  std::mt19937_64 random_;
};

}  // namespace oracles
