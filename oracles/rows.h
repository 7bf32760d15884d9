// A problem cut into the rows that a loss is defined on.
#pragma once

#include <cstdint>

#include "oracles/definition.h"
#include "oracles/divisor.h"
#include "oracles/types.h"

namespace oracles {

/// The shape that `none` gives: one position per row.
Shape positions(const Definition& definition, const std::vector<Tensor>& inputs);

/// Which rows make one element of the value, and what their sum is divided by. The rows of output o are
/// [o * rows, (o + 1) * rows).
struct Reduced {
  Shape shape;
  std::int64_t rows;
  Divisor divisor;
};

/// The element that stands at element i of this shape in a tensor that broadcasts to it.
std::size_t broadcast_index(const Shape& shape, std::int64_t i, const Shape& of);

class Rows {
 public:
  Rows(const Definition& definition, const Problem& problem);

  std::int64_t count() const { return count_; }
  bool ignored(std::int64_t r) const;
  Row<double> row(std::int64_t r) const;
  Reduced reduced() const;
  Shape value_shape() const;

  struct Place {
    std::int64_t row;
    std::size_t j;
  };
  /// Where element i of the first input lies, and so of a real target.
  Place place(std::int64_t i) const;

 private:
  Divisor mean_divisor() const;
  std::int64_t rows_of_an_output() const;

  const Definition* definition_;
  const Problem* problem_;
  Shape positions_;
  std::int64_t count_;
  std::int64_t classes_ = 1;
  std::int64_t inner_ = 1;  ///< positions per index of dimension 0, over which the class dimension strides
};

}  // namespace oracles
