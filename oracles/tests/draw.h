// Numbers and rows of every kind that the losses are hard on, drawn for the tests.
#pragma once

#include <bit>
#include <cmath>
#include <random>

#include "oracles/definition.h"

namespace oracles {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low + 1))); }
  double uniform() { return 2 * static_cast<double>(random_()) / static_cast<double>(random_.max()) - 1; }

  /// A finite number of any bits, so that every exponent is as likely as any other.
  double finite() {
    const double x = std::bit_cast<double>(random_());
    return std::isfinite(x) ? x : finite();
  }

  /// A number of either sign with 2^exponent <= |x| < 2^(exponent + 1), whose fraction has any bits, few, or none.
  double at(int exponent) {
    constexpr std::uint64_t fraction = (std::uint64_t{1} << 52) - 1;
    const std::uint64_t kept[] = {fraction, fraction - (fraction >> 8), 0, 1, fraction ^ (fraction >> 26)};
    const double size =
        std::ldexp(std::bit_cast<double>((random_() & kept[below(5)]) | std::uint64_t{1023} << 52), exponent);
    return below(2) != 0 ? size : -size;
  }

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

  /// 1, ordinary ones, and now and then one of any exponent.
  Parameters parameters(const Definition& definition) {
    Parameters drawn;
    const double betas[] = {1, -1, 0.5, -3.7, 20, at(between(-1000, 1000))};
    if (definition.takes.beta) drawn.beta = betas[below(6)];
    return drawn;
  }

  Row<double> row(const Definition& definition) {
    if (definition.form == Form::elements) {
      const double y = below(2) != 0 ? static_cast<double>(below(2)) : number();
      return {{number()}, definition.arguments.size() > 1 ? std::vector{y} : std::vector<double>(), 0, parameters(definition)};
    }
    Row<double> row{logits(), {}, 0, parameters(definition)};
    row.target = static_cast<std::int64_t>(below(row.x.size()));
    return row;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace oracles
