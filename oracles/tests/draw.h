// Numbers and rows of every kind that the losses are hard on, drawn for the tests.
#pragma once

#include <bit>
#include <cmath>
#include <random>

#include "oracles/definition.h"

namespace oracles {

/// x where the argument may be that, otherwise a number that it may be, of no more bits.
inline double allowed(const Argument& argument, double x) {
  if (!argument.domain || argument.domain->contains(x)) return x;
  if (std::isinf(argument.domain->most)) return std::fabs(x);
  return std::isinf(x) ? argument.domain->most : std::fmod(std::fabs(x), argument.domain->most);
}

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

  /// Those that the loss takes: the default, ordinary ones, and now and then one of any exponent.
  Parameters parameters(const Definition& definition) {
    const Takes& takes = definition.takes;
    Parameters drawn;
    const double any = at(between(-1000, 1000));
    const double betas[] = {1, -1, 0.5, -3.7, 20, any}, smoothings[] = {0, 0.1, 1, std::fabs(uniform())};
    const double temperatures[] = {1, 2, 0.7, 20, std::fabs(at(between(-4, 20)))};
    const double alphas[] = {0.25, -1, 0, 1, std::fabs(uniform())}, gammas[] = {2, 0, 1, 0.5, 3, 5.3};
    if (takes.beta) drawn.beta = betas[below(6)];
    if (takes.label_smoothing) drawn.label_smoothing = smoothings[below(4)];
    if (takes.temperature) drawn.temperature = temperatures[below(5)];
    if (takes.focus) drawn.alpha = alphas[below(5)], drawn.gamma = gammas[below(6)];
    if (takes.log_target) drawn.log_target = below(2) != 0;
    return drawn;
  }

  /// As many numbers that the argument may be: hard targets or numbers of any kind.
  std::vector<double> targets(const Argument& argument, std::size_t n) {
    std::vector<double> y(n);
    for (double& v : y) v = allowed(argument, below(2) != 0 ? static_cast<double>(below(2)) : number());
    return y;
  }

  /// Weights of classes, or of an element: none, or ordinary ones, of which one may be 0.
  std::vector<double> weights(bool are_taken, std::size_t n) {
    std::vector<double> w(are_taken && below(2) != 0 ? n : 0);
    for (double& v : w) v = below(8) == 0 ? 0 : 1 + uniform();
    return w;
  }

  /// A row that the formulas can be evaluated at.
  Row<double> row(const Definition& definition) {
    for (;;) {
      Row<double> drawn = any_row(definition);
      if (!definition.is_edge || !definition.is_edge(drawn)) return drawn;
    }
  }

 private:
  Row<double> any_row(const Definition& definition) {
    using enum Argument::Kind;
    const bool is_of_classes = definition.form == Form::classes;
    Row<double> row{is_of_classes ? logits() : std::vector{number()}};
    for (double& x : row.x) x = allowed(definition.arguments[0], x);
    const std::size_t n = row.x.size();
    row.parameters = parameters(definition);
    row.target = static_cast<std::int64_t>(below(n));
    row.w = weights(definition.takes.weight, n);
    row.pos_weight = weights(definition.takes.pos_weight, n);
    if (definition.maps_rows) row.g = targets(definition.arguments[0], n);
    if (definition.arguments.size() == 1) return row;
    const Argument& second = definition.arguments[1];
    if (second.kind == real || (second.kind == class_target && below(2) != 0)) row.y = targets(second, n);
    return row;
  }

  std::mt19937_64 random_;
};

}  // namespace oracles
