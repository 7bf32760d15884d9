// From the position of an element in row-major order to its place in memory.
#pragma once

#include <algorithm>
#include <cstdint>

#include "lossproof/tensor.h"

namespace lossproof {

/// Offsets in elements. Dimensions that lie one in another without a gap are merged, so that a row-major tensor, and
/// every other that a single stride describes, costs one product per look-up.
class Offsets {
 public:
  Offsets() = default;

  /// A shape without elements has no offset, and strides that may be any.
  Offsets(const Extents& shape, const Extents& strides) {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
    for (int k = 0; k < shape.size(); ++k) {
      if (shape[k] == 1) continue;
      const int last = shape_.size() - 1;
      if (last >= 0 && strides_[last] == strides[k] * shape[k]) {
        shape_[last] *= shape[k];
        strides_[last] = strides[k];
      } else {
        shape_.append(shape[k]);
        strides_.append(strides[k]);
      }
    }
    single_ = shape_.size() <= 1;
    stride_ = shape_.size() == 1 ? strides_[0] : 0;
  }

  std::int64_t operator()(std::int64_t i) const { return single_ ? i * stride_ : general(i); }

  /// Whether that of i is i * `stride`.
  bool are_multiples_of(std::int64_t stride) const { return single_ && (stride_ == stride || shape_.size() == 0); }

  /// Calls work(i, offset of i, stride, n) for the positions from `begin` to `end` - 1 in runs, n of them from i on, whose
  /// offsets are a stride apart.
  template <class Work>
  void for_each_run(std::int64_t begin, std::int64_t end, const Work& work) const {
    if (single_) return work(begin, begin * stride_, stride_, end - begin);
    const std::int64_t inner = shape_[shape_.size() - 1];
    for (std::int64_t i = begin, n; i < end; i += n) {
      n = std::min(end - i, inner - i % inner);
      work(i, general(i), strides_[strides_.size() - 1], n);
    }
  }

 private:
  std::int64_t general(std::int64_t i) const {
    std::int64_t offset = 0;
    for (int k = shape_.size() - 1; k > 0; --k) {
      offset += i % shape_[k] * strides_[k];
      i /= shape_[k];
    }
    return offset + i * strides_[0];
  }

  Extents shape_;
  Extents strides_;
  bool single_ = true;
  std::int64_t stride_ = 0;
};

/// The shape or strides without dimension `dim`.
inline Extents without(const Extents& extents, int dim) {
  Extents rest;
  for (int k = 0; k < extents.size(); ++k) {
    if (k != dim) rest.append(extents[k]);
  }
  return rest;
}

}  // namespace lossproof
