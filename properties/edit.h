// Cases made from cases: what relations compare and the shrinker tries. Every result is well formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "oracles/definition.h"
#include "properties/case.h"

namespace properties {

/// Where the classes of a class loss lie: dimension 1, or 0 at rank 1.
struct ClassAxes {
  int dimension;
  std::int64_t outer;
  std::int64_t classes;
  std::int64_t inner;

  std::int64_t rows() const { return outer * inner; }
  /// Flat index of class j of this row.
  std::size_t at(std::int64_t row, std::int64_t j) const {
    return static_cast<std::size_t>((row / inner * classes + j) * inner + row % inner);
  }
};
ClassAxes class_axes(const oracles::Shape& logits);

/// The logits' shape without the classes: that of class indices.
oracles::Shape positions(oracles::Shape logits);

/// Rows of a case: positions of the logits (classes), or elements.
std::int64_t row_count(const oracles::Definition& loss, const Case& c);

/// Flat indices into the first input (and the gradient) of the elements of a row.
std::vector<std::size_t> row_elements(const oracles::Definition& loss, const Case& c, std::int64_t row);

/// Flat indices into the value under `none` of the elements that a row has there.
std::vector<std::size_t> value_elements(const oracles::Definition& loss, const Case& c, std::int64_t row);

/// A class loss's row that its ignore_index leaves out.
bool is_ignored(const oracles::Definition& loss, const Case& c, std::int64_t row);

/// True if the inputs share a first dimension (the batch), its extent then; false at rank 0 and for one row of logits.
bool has_batch(const oracles::Definition& loss, const Case& c);

/// Flat indices of the blocks `which` along the first dimension of a tensor of this shape.
std::vector<std::size_t> batch_elements(const oracles::Shape& shape, std::span<const std::int64_t> which);

std::vector<double> gather(std::span<const double> values, std::span<const std::size_t> from);

/// The case with these entries of the batch, in this order. Condition: has_batch.
Case take_batch(const oracles::Definition& loss, const Case& c, std::span<const std::int64_t> which);

/// The case with these classes, in this order, at least one. Targets and weights follow their class; indices of a class
/// that is left out become class 0.
Case take_classes(const Case& c, std::span<const std::int64_t> which);

/// The case with `count` more classes, whose logits are `value`, and whose real targets are `target`; of weight 1, and
/// with a grad_output of 0 where they have one.
Case append_classes(const Case& c, std::int64_t count, double value, double target = 0);

/// The case under another reduction; grad_output is repeated or cut to the value's shape then.
Case with_reduction(const oracles::Definition& loss, const Case& c, oracles::Reduction reduction);

/// The case with results of these dtypes (of the first input's where there is none), grad_output rounded into the
/// value's.
Case with_result_dtypes(const Case& c, std::optional<oracles::DType> value, std::optional<oracles::DType> grad);

/// The rows `which` of the case as a matrix of logits, or a vector of elements, under `none`, grad_output per row.
Case as_rows(const oracles::Definition& loss, const Case& c, std::span<const std::int64_t> which);
Case as_rows(const oracles::Definition& loss, const Case& c);

/// The case of a class loss with class indices where it had real targets: one class after the other.
Case with_class_indices(const Case& c);

/// The case of class indices with real targets: `share` for each class, and `rest` more for that of the index, if there
/// is such a class.
Case with_real_targets(const Case& c, double share, double rest);

/// The class weights of a case, which are made where it has none: 1, 2, 3, 4, 1, ...
oracles::Tensor& weights_of(Case& c);

/// 0, 1, ..., count - 1.
std::vector<std::int64_t> iota(std::int64_t count);

}  // namespace properties
