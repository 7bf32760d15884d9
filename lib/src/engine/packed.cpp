#include "engine/packed.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "tensor/elements.h"

namespace lossproof::detail {
namespace {

constexpr std::int64_t elements_at_once = 1 << 13;
/// Of rows whose classes lie apart, to copy class by class: one line of the cache of each, or two.
constexpr std::int64_t rows_at_once = 32;

/// A tensor as rows of elements along the class dimension, or of one element.
template <class Pointer>
class RowsOf {
 public:
  using View = BasicView<Pointer>;

  /// At most `most` of them are asked for at once.
  RowsOf(const View& view, bool has_classes, std::int64_t most) : view_(view) {
    if (has_classes) {
      const int dim = class_dimension(view.rank());
      classes_ = view.shape()[dim];
      stride_ = view.strides()[dim];
      first_ = Offsets(without(view.shape(), dim), without(view.strides(), dim));
    } else {
      first_ = Offsets(view.shape(), view.strides());
    }
    is_dense_ = (!has_classes || stride_ == 1) && first_.are_multiples_of(classes_.value_or(1));
    if (!is_dense_) memory_ = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(most * row_bytes()));
  }

  /// Rows from `begin` on, dense: where they are, or in memory that is filled by pack.
  View dense(std::int64_t begin, std::int64_t count) const {
    const Extents shape = classes_ ? Extents{count, *classes_} : Extents{count};
    return {is_dense_ ? data() + begin * row_bytes() : memory_.get(), view_.dtype(), shape, row_major(shape)};
  }

  /// Copies those rows to their dense memory, or back.
  void pack(std::int64_t begin, std::int64_t count) const {
    copy(begin, count, [](const std::byte* row, std::byte* packed, auto size) { std::memcpy(packed, row, size); });
  }
  void unpack(std::int64_t begin, std::int64_t count) const {
    copy(begin, count, [](std::byte* row, const std::byte* packed, auto size) { std::memcpy(row, packed, size); });
  }

 private:
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte, std::byte>;

  Byte* data() const { return static_cast<Byte*>(view_.data()); }
  std::int64_t row_bytes() const { return classes_.value_or(1) * static_cast<std::int64_t>(size_of(view_.dtype())); }

  template <class Copy>
  void copy(std::int64_t begin, std::int64_t count, const Copy& one) const {
    if (is_dense_) return;
    if (size_of(view_.dtype()) == 2) return copy_elements<2>(begin, count, one);
    if (size_of(view_.dtype()) == 4) return copy_elements<4>(begin, count, one);
    copy_elements<8>(begin, count, one);
  }

  /// Rows whole where their classes lie one after another. Elsewhere rows may: then some of each class in turn.
  template <std::int64_t size, class Copy>
  void copy_elements(std::int64_t begin, std::int64_t count, const Copy& one) const {
    const std::int64_t classes = classes_.value_or(1), row_size = classes * size, class_size = stride_ * size;
    Byte* const rows = data();
    std::byte* const packed = memory_.get();
    first_.for_each_run(begin, begin + count,
                        [&](std::int64_t i, std::int64_t offset, std::int64_t stride, std::int64_t n) {
                          Byte* const row = rows + offset * size;
                          std::byte* const to = packed + (i - begin) * row_size;
                          const std::int64_t step = stride * size;
                          if (classes > 1 && class_size == size) {
                            for (std::int64_t r = 0; r < n; ++r)
                              one(row + r * step, to + r * row_size, static_cast<std::size_t>(row_size));
                            return;
                          }
                          for (std::int64_t first = 0; first < n; first += rows_at_once) {
                            const std::int64_t last = std::min(n, first + rows_at_once);
                            for (std::int64_t c = 0; c < classes; ++c) {
                              for (std::int64_t r = first; r < last; ++r) {
                                one(row + r * step + c * class_size, to + r * row_size + c * size,
                                    std::integral_constant<std::size_t, size>());
                              }
                            }
                          }
                        });
  }

  View view_;
  bool is_dense_ = false;
  std::optional<std::int64_t> classes_;
  std::int64_t stride_ = 0;
  Offsets first_;
  std::unique_ptr<std::byte[]> memory_;
};

/// The tensors of a request, of which its outputs are of rows if they are not reduced.
class PackedRequest {
 public:
  PackedRequest(const Request& request, Form form, std::int64_t most) : packed_(request) {
    const bool has_classes = form != Form::elements;
    for (const TensorView& input : request.inputs) {
      inputs_.emplace_back(input, has_classes && is_real(input.dtype()), most);
    }
    if (request.grad) grad_.emplace(*request.grad, has_classes, most);
    if (request.reduction != Reduction::none) return;
    const bool is_map = form == Form::maps;
    if (request.value) value_.emplace(*request.value, is_map, most);
    if (request.grad_output) grad_output_.emplace(*request.grad_output, is_map, most);
  }

  /// That of some rows, their inputs packed.
  const Request& packed(std::int64_t begin, std::int64_t count) {
    views_.clear();
    for (const auto& input : inputs_) {
      input.pack(begin, count);
      views_.push_back(input.dense(begin, count));
    }
    packed_.inputs = views_;
    if (grad_output_) {
      grad_output_->pack(begin, count);
      packed_.grad_output = grad_output_->dense(begin, count);
    }
    if (grad_) packed_.grad = grad_->dense(begin, count);
    if (value_) packed_.value = value_->dense(begin, count);
    if (packed_.weight) {
      packed_.weight = TensorView(packed_.weight->data(), packed_.weight->dtype(), views_[0].shape(), Extents{0, 1});
    }
    return packed_;
  }

  void unpack(std::int64_t begin, std::int64_t count) const {
    if (grad_) grad_->unpack(begin, count);
    if (value_) value_->unpack(begin, count);
  }

 private:
  Request packed_;
  std::vector<TensorView> views_;
  std::vector<RowsOf<const void*>> inputs_;
  std::optional<RowsOf<const void*>> grad_output_;
  std::optional<RowsOf<void*>> grad_;
  std::optional<RowsOf<void*>> value_;
};

}  // namespace

void run_packed(VectorPass pass, Form form, const Request& request, Stretch& stretch) {
  const std::int64_t classes = form == Form::elements ? 1 : classes_of(request);
  const std::int64_t fit = std::max<std::int64_t>(1, elements_at_once / classes);
  const std::int64_t most = std::min(fit, stretch.end - stretch.begin);
  PackedRequest rows(request, form, most);
  for (std::int64_t begin = stretch.begin; begin < stretch.end; begin += most) {
    const std::int64_t count = std::min(most, stretch.end - begin);
    Stretch part{.begin = 0, .end = count, .grad_output = stretch.grad_output, .divisor = stretch.divisor};
    part.refuse = stretch.refuse;
    part.alone = stretch.alone;
    pass(rows.packed(begin, count), part);
    rows.unpack(begin, count);
    stretch.sum.add(part.sum);
    stretch.results += part.results;
    for (const std::int64_t i : part.left) stretch.left.push_back(begin + i);
  }
}

}  // namespace lossproof::detail
