// Implementations known to be wrong. The suite must convict every one, by the property named beside it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "mutants/right.h"
#include "mutants/spoiled.h"

namespace mutants {

struct Mutant {
  std::string name;
  std::string loss;
  std::string convicted_by;               ///< a property of the loss's spec that must fail
  std::variant<Steps, Spoiling> mistake;  ///< the right steps but for one, or what is made of calls and their results
  /// Where it is convicted, at each of them.
  std::vector<properties::DTypes> dtypes{oracles::real_dtypes.begin(), oracles::real_dtypes.end()};
};

std::vector<Mutant> formula_mutants();    // formulas.cpp: the loss of a row
std::vector<Mutant> function_mutants();   // functions.cpp: functions of one input
std::vector<Mutant> gradient_mutants();   // gradients.cpp: its derivative, and what is made of grad_output
std::vector<Mutant> rounding_mutants();   // roundings.cpp: how a result is rounded
std::vector<Mutant> reduction_mutants();  // reductions.cpp: sums, divisors, ignored rows
std::vector<Mutant> memory_mutants();     // memory.cpp: strides, inputs, outputs
std::vector<Mutant> dtype_mutants();      // dtypes.cpp: 16 bits, and results of another dtype than the inputs'
std::vector<Mutant> argument_mutants();   // arguments.cpp: weights, parameters and reductions, forgotten or mistaken
std::vector<Mutant> result_mutants();     // results.cpp: results, and the numbers that they are made of, spoiled

/// All of them.
const std::vector<Mutant>& mutants();

std::unique_ptr<properties::Subject> subject(const Mutant& mutant);

/// The right steps, of which a mutant replaces one.
std::unique_ptr<properties::Subject> right(const std::string& loss);

}  // namespace mutants
