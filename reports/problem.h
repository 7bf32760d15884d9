// A user's arrays made into a case, and every way in which they can fail to be one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "oracles/definition.h"
#include "oracles/types.h"
#include "properties/case.h"
#include "reports/npy.h"

namespace reports {

using properties::bracketed;
using properties::multi_index;

/// Argument of the loss -> name of the array, for the arguments that the user mapped; the others have their own name.
using NameMap = std::map<std::string, std::string>;

/// The case with grad_output 1, its value of this dtype (the first input's if there is none). BadInput: an argument unknown or without its array, a wrong dtype or shape, a class
/// index out of range.
properties::Case make_case(const oracles::Definition& loss, const Arrays& arrays, const NameMap& names,
                           const oracles::Attributes& attributes, std::optional<oracles::DType> value_dtype = {});

/// Where an element is among the loss's rows.
struct Place {
  std::int64_t row;
  std::int64_t class_index;  ///< -1: not an element of class scores
};

/// The place of flat element `i` of an argument (0: the first input, and so the gradient).
Place place_of(const oracles::Definition& loss, const properties::Case& c, std::size_t argument, std::int64_t i);

}  // namespace reports
