// A case: everything that a run of a loss depends on, as data that can be printed, stored, shrunk and replayed.
#pragma once

#include <string>
#include <string_view>

#include "oracles/definition.h"
#include "oracles/types.h"
#include "properties/dtypes.h"

namespace properties {

/// How a case's tensors lie in memory. Results must not depend on it.
enum class Layout : std::uint8_t { row_major, transposed, gaps, reversed };

std::string_view name(Layout layout);

struct Case {
  std::string loss;
  oracles::Problem problem;
  Layout layout = Layout::row_major;
  std::string origin;  ///< where it came from: distribution and seed, corpus file, or a user's file

  oracles::DType dtype() const { return problem.inputs.front().dtype; }
  DTypes dtypes() const { return {dtype(), problem.dtype(oracles::Output::value)}; }
};

/// "0x1.8p+1", "-0x0p+0", "inf", "-inf", "nan" (one name for all NaN).
std::string hex(double v);

/// The case as one JSON document with hex floats, and back. Throws std::runtime_error that says what is wrong, where.
std::string to_json(const Case& c);
Case case_from_json(const std::string& text);

/// Multi-index of flat element `i` of a shape.
oracles::Shape multi_index(const oracles::Shape& shape, std::int64_t i);

/// "[3, 7]"
std::string bracketed(const oracles::Shape& values);

/// What makes the inputs no well-formed question to the loss (number, dtypes, shapes, classes out of range): loss,
/// where, what, and what was expected. Empty if nothing does.
std::string inputs_error(const oracles::Definition& loss, const Case& c);

/// The same of the whole case, grad_output included.
std::string problem_error(const oracles::Definition& loss, const Case& c);

}  // namespace properties
