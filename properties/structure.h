// What a drawn case depends on, and how RapidCheck draws it.
#pragma once

#include <rapidcheck.h>

#include "oracles/definition.h"
#include "properties/case.h"
#include "properties/distributions.h"

namespace properties {

/// All that a drawn case depends on. `distribution` is an index into the loss's kinds (Rows, BinaryPairs, ...), or the
/// number of kinds: then every row draws its own.
struct Structure {
  oracles::Shape shape;  ///< of the first input
  oracles::DType index_dtype = oracles::DType::i64;
  bool grad_as_input = true;  ///< the gradient's dtype: the inputs', or the value's
  oracles::Reduction reduction = oracles::Reduction::none;
  oracles::Parameters parameters{};
  bool real_target = false;  ///< of an argument that may be class indices or real (class losses)
  bool weighted = false;
  bool pos_weighted = false;
  bool ignores = false;           ///< some rows are ignored (class losses)
  bool ignored_in_range = false;  ///< by an index that is also a class
  std::size_t distribution = 0;
  Upstream upstream = Upstream::ones;
  Layout layout = Layout::row_major;
  std::uint64_t seed = 0;
};

/// Drawn where RapidCheck runs a generator.
oracles::Shape draw_class_shape();
oracles::Shape draw_element_shape();
Structure draw_structure(const oracles::Definition& loss, oracles::Shape shape, std::size_t kinds);

}  // namespace properties
