// Numbers from a counter: the k-th draw of a key is a pure function of (key, k), so a key is all that a case carries.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

namespace properties {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014) read at a counter.
constexpr std::uint64_t mix(std::uint64_t key, std::uint64_t counter) {
  std::uint64_t z = key + (counter + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

class Draws {
 public:
  explicit Draws(std::uint64_t key, std::uint64_t stream = 0) : key_(mix(mix(key, 0), stream)) {}

  std::uint64_t next() { return mix(key_, counter_++); }

  /// An integer in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(high - low) + 1));
  }

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

  bool one_in(std::size_t n) { return below(n) == 0; }

  /// +1 or -1.
  double sign() { return one_in(2) ? 1.0 : -1.0; }

  /// In (0, 1).
  double unit() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }

  /// Box and Muller, one of the two.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(unit()));
    return radius * std::cos(2.0 * std::numbers::pi * unit());
  }

  template <class T>
  const T& of(std::span<const T> choices) {
    return choices[below(choices.size())];
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace properties
