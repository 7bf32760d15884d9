// What a test of every loss asks of one: the form of its inputs, and what it is reduced by.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/kernel.h"
#include "lossproof/losses.h"

namespace lossproof::testing {

inline bool is_of_classes(const Loss& loss) {
  return loss.arguments().size() > 1 && loss.arguments()[1].kind != Argument::Kind::real;
}

/// Those that have code in vectors.
inline std::vector<const Loss*> losses_in_vectors() {
  std::vector<const Loss*> all;
  for (const Loss* loss : catalogue()) {
    if (detail::kernel_of(*loss).in_vectors != nullptr) all.push_back(loss);
  }
  return all;
}

/// Numbers of any size as what the loss takes for its argument `k`: probabilities where it asks for them, and targets of
/// kl_div, which are not negative.
inline float in_domain(const Loss& loss, std::size_t k, float v) {
  if (k >= loss.arguments().size()) return v;
  const float size = std::fabs(v);
  if (loss.arguments()[k].probability) return size > 1 ? 1 / size : size;
  return loss.name() == "kl_div" && k == 1 ? size : v;
}

/// Whether its inputs are cut into rows of classes.
inline bool has_rows(const Loss& loss) { return detail::kernel_of(loss).form != detail::Form::elements; }

/// Those of x and y, or target, that the loss takes.
inline std::vector<TensorView> inputs_of(const Loss& loss, const TensorView& x, const TensorView& y) {
  return loss.arguments().size() > 1 ? std::vector{x, y} : std::vector{x};
}

/// The reductions that the loss takes.
inline std::span<const Reduction> reductions_of(const Loss& loss) {
  static constexpr Reduction all[] = {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum};
  return std::span(all).first(loss.takes().reduction ? 4 : 1);
}

}  // namespace lossproof::testing
