// Who decided: how many elements each rung of the oracle answered for.
#pragma once

#include "oracles/reference.h"

namespace properties {

/// Elements judged by the oracle, by the rung that decided them; and those that none did.
struct Rungs {
  oracles::RungCounts decided{};
  std::int64_t undecided = 0;

  void count(const oracles::Rounded& truth) {
    ++(truth.decided ? decided[static_cast<std::size_t>(truth.by)] : undecided);
  }

  Rungs& operator+=(const Rungs& other) {
    for (std::size_t i = 0; i < decided.size(); ++i) decided[i] += other.decided[i];
    undecided += other.undecided;
    return *this;
  }

  bool operator==(const Rungs&) const = default;
};

}  // namespace properties
