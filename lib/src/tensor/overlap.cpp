#include "tensor/overlap.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <span>
#include <utility>

#include "tensor/elements.h"

namespace lossproof {
namespace {

struct Range {
  std::intptr_t begin;
  std::intptr_t end;
};

bool is_empty(const TensorView& view) { return std::ranges::find(view.shape(), 0) != view.shape().end(); }

Range range_of(const TensorView& view) {
  const auto size = static_cast<std::intptr_t>(size_of(view.dtype()));
  const auto at = reinterpret_cast<std::intptr_t>(view.data());
  Range r{at, at + size};
  for (int k = 0; k < view.rank(); ++k) {
    const std::intptr_t reach = (view.shape()[k] - 1) * view.strides()[k] * size;
    (reach < 0 ? r.begin : r.end) += reach;
  }
  return r;
}

std::intptr_t period_of(const TensorView& view, std::intptr_t period) {
  for (int k = 0; k < view.rank(); ++k) {
    if (view.shape()[k] > 1) {
      period = std::gcd(period, view.strides()[k] * static_cast<std::intptr_t>(size_of(view.dtype())));
    }
  }
  return period;
}

}  // namespace

bool is_addressable(const TensorView& view) {
  const auto size = static_cast<std::intptr_t>(size_of(view.dtype()));
  std::intptr_t begin = reinterpret_cast<std::intptr_t>(view.data());
  std::intptr_t end = 0;
  bool overflows = __builtin_add_overflow(begin, size, &end);
  for (int k = 0; k < view.rank(); ++k) {
    std::intptr_t reach = 0;
    overflows |= __builtin_mul_overflow(view.shape()[k] - 1, view.strides()[k], &reach);
    overflows |= __builtin_mul_overflow(reach, size, &reach);
    std::intptr_t& limit = reach < 0 ? begin : end;
    overflows |= __builtin_add_overflow(limit, reach, &limit);
  }
  return !overflows && begin >= 0;
}

bool may_overlap(const TensorView& a, const TensorView& b) {
  if (is_empty(a) || is_empty(b)) return false;
  const Range ra = range_of(a);
  const Range rb = range_of(b);
  if (ra.end <= rb.begin || rb.end <= ra.begin) return false;
  const std::intptr_t period = period_of(a, period_of(b, 0));
  if (period == 0) return true;
  const std::intptr_t distance = reinterpret_cast<std::intptr_t>(b.data()) - reinterpret_cast<std::intptr_t>(a.data());
  const std::intptr_t phase = ((distance % period) + period) % period;
  return phase < static_cast<std::intptr_t>(size_of(a.dtype())) ||
         period - phase < static_cast<std::intptr_t>(size_of(b.dtype()));
}

bool may_overlap_itself(const TensorView& view) {
  if (is_empty(view) || is_dense(view)) return false;
  std::array<std::pair<std::int64_t, std::int64_t>, max_rank> dimensions;  // stride and extent
  std::size_t n = 0;
  for (int k = 0; k < view.rank(); ++k) {
    if (view.shape()[k] > 1) dimensions[n++] = {std::abs(view.strides()[k]), view.shape()[k]};
  }
  std::ranges::sort(std::span(dimensions).first(n));
  std::int64_t span = 1;
  for (const auto& [stride, extent] : std::span(dimensions).first(n)) {
    if (stride < span) return true;
    span += stride * (extent - 1);
  }
  return false;
}

}  // namespace lossproof
