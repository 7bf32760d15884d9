// What is measured: every loss of the catalogue on shapes of its form.
#pragma once

#include <string>
#include <vector>

#include "oracles/definition.h"
#include "properties/dtypes.h"

namespace bench {

/// A loss on a first input of this shape: its value, or value and gradient at once.
struct Work {
  const oracles::Definition* loss = nullptr;
  oracles::Shape shape;
  properties::DTypes dtypes = oracles::DType::f32;          ///< of the inputs (and the gradient), and of the value
  oracles::Reduction reduction = oracles::Reduction::mean;  ///< or none
  bool with_gradient = false;
  bool with_masses = false;  ///< a number for each class where a target is either, instead of class indices
  bool smoothed = false;     ///< with a label smoothing of 0.1
  bool sweep = false;        ///< one of the shapes that show speed against the length of rows

  /// "cross_entropy value+gradient", "mse_loss value, none": reduction `mean` goes without saying, as does the
  /// only one of a function.
  std::string name() const;
  /// The name with shape and dtypes: "cross_entropy value [4096,1000] bf16 to f32"; "sweep" at the end of a sweep's.
  std::string label() const;
};

/// Those whose label contains the text. For losses over classes: shapes from small heads to vocabularies in f32, values
/// of some in bf16 to f32, some with a mass for each class and some smoothed where the loss takes them, and a sweep of
/// row lengths 2, 4, ... 2^17 with 2^22 elements in all; for losses of elements: 2^22 in f32, with reduction `none` too,
/// which is the only one of functions.
std::vector<Work> works(const std::string& filter);

}  // namespace bench
