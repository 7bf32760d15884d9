// A call of an elementwise loss with its dimensions in another order, in which it means the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/kernel.h"
#include "tensor/elements.h"

namespace lossproof::detail {

/// Dimensions in the order in which those of the first input lie in memory, so that a transposed tensor is read from
/// front to back, and all are dense where all are transposed alike. Each element is evaluated by itself and a sum
/// is exact, so results do not depend on it; but the groups of per_sample are those of the first dimension.
class InMemoryOrder {
 public:
  explicit InMemoryOrder(const Request& request) : given_(request) {
    const TensorView& first = request.inputs[0];
    if (request.reduction == Reduction::per_sample || first.rank() < 2 || is_dense(first)) return;
    for (int k = 0; k < first.rank(); ++k) order_[static_cast<std::size_t>(k)] = k;
    std::stable_sort(order_.begin(), order_.begin() + first.rank(),
                     [&](int a, int b) { return magnitude(first.strides()[a]) > magnitude(first.strides()[b]); });
    for (const TensorView& input : request.inputs) inputs_.push_back(reordered(input));
    Request& ours = ordered_.emplace(request);
    ours.inputs = inputs_;
    for (auto* view : {&ours.weight, &ours.pos_weight}) reorder(*view);
    for (auto* view : {&ours.grad, &ours.grad_target}) reorder(*view);
    if (request.reduction != Reduction::none) return;
    reorder(ours.value);
    reorder(ours.grad_output);
  }
  InMemoryOrder(const InMemoryOrder&) = delete;
  InMemoryOrder& operator=(const InMemoryOrder&) = delete;

  const Request& request() const { return ordered_ ? *ordered_ : given_; }

 private:
  static std::uint64_t magnitude(std::int64_t stride) {
    const auto size = static_cast<std::uint64_t>(stride);
    return stride < 0 ? 0 - size : size;
  }

  template <class View>
  View reordered(const View& view) const {
    Extents shape, strides;
    for (int k = 0; k < view.rank(); ++k) {
      shape.append(view.shape()[order_[static_cast<std::size_t>(k)]]);
      strides.append(view.strides()[order_[static_cast<std::size_t>(k)]]);
    }
    return {view.data(), view.dtype(), shape, strides};
  }
  template <class View>
  void reorder(std::optional<View>& view) const {
    if (view) view = reordered(*view);
  }

  const Request& given_;
  std::optional<Request> ordered_;
  std::array<int, max_rank> order_{};
  std::vector<TensorView> inputs_;
};

}  // namespace lossproof::detail
