// Functions of so few bits that every one of their inputs can be tried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oracles/definition.h"
#include "properties/case.h"
#include "properties/dtypes.h"

namespace properties {

/// One result of one row of a loss, under reduction `none` and a grad_output of 1, as a function of one or two arguments
/// of one dtype: the row's x, and then its y unless that is fixed.
///
/// Inputs have numbers, from 0 on: the bits of the arguments one after the other, the first argument's highest. So all
/// bit patterns are inputs: NaN, infinities, -0 and subnormals too.
struct Function {
  const oracles::Definition* loss;
  DTypes dtypes;  ///< of the arguments and of the result
  oracles::Output output;
  std::size_t j = 0;                   ///< the derivative is with respect to x[j]; the value is number j
  std::optional<std::int64_t> target;  ///< what is fixed: the class, or y

  /// LOSS/target=T/OUTPUT/DTYPES: "mse_loss/target=1/value/f32", "cross_entropy/target=0/grad_1/bf16_to_f32".
  std::string name() const;

  /// Results of a row, of which this is number j.
  std::size_t results() const { return output == oracles::Output::value && !loss->maps_rows ? 1 : width(); }
  /// Elements of x in a row.
  std::size_t width() const { return loss->form == oracles::Form::classes ? 2 : 1; }
  bool has_y() const { return loss->arguments.size() > 1 && loss->arguments[1].kind == oracles::Argument::Kind::real; }
  std::size_t arguments() const { return width() + (has_y() && !target ? 1 : 0); }
  /// Bits of an argument.
  int bits() const { return dtypes.input == oracles::DType::f32 ? 32 : 16; }
  /// How many inputs there are.
  std::int64_t inputs() const { return std::int64_t{1} << (static_cast<std::size_t>(bits()) * arguments()); }

  /// The bits of argument `a` of an input.
  std::uint32_t pattern(std::int64_t input, std::size_t a) const {
    const int below = bits() * static_cast<int>(arguments() - 1 - a);
    return static_cast<std::uint32_t>(input >> below & ((std::int64_t{1} << bits()) - 1));
  }
  /// The bits that stand for those: of NaN where the number lies out of the argument's domain.
  std::uint32_t in_domain(std::uint32_t pattern, std::size_t a) const;
  std::uint32_t argument(std::int64_t input, std::size_t a) const { return in_domain(pattern(input, a), a); }
  oracles::Row<double> row(std::int64_t input) const;
};

/// The functions that a loss has, of at most 32 bits: in 16 bits those of one and of two arguments (two logits of a loss
/// over classes), in f32 those of one, with a real target fixed at 0 and at 1. Results have the arguments' dtype.
std::vector<Function> functions_of(const oracles::Definition& loss);

/// Those of every loss that has a spec.
std::vector<Function> functions();

/// A case of the function's loss with these inputs as rows.
Case case_of(const Function& function, const std::vector<std::int64_t>& inputs, const std::string& origin);

}  // namespace properties
