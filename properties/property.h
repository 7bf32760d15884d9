// A property is a named check of one subject on one case; a spec says which hold for a loss and how to draw its cases.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/definition.h"
#include "properties/case.h"
#include "properties/rungs.h"
#include "properties/subject.h"

namespace properties {

enum class Outcome : std::uint8_t { held, failed, undecided, gave_up, not_run };

/// What a check of one output found. Accuracy gives one finding per output; a relation one per output that it compares.
struct Finding {
  oracles::Output output = oracles::Output::value;
  Outcome outcome = Outcome::not_run;
  std::int64_t elements = 0;    ///< compared
  std::int64_t misrounded = 0;  ///< of these, not the correctly rounded number (for a relation: differing)
  double max_ulp = 0;           ///< the worst error (of accuracy), +inf where NaN or infinity is wrong
  std::int64_t worst = -1;      ///< flat index of the worst element
  Rungs rungs;                  ///< of the elements that were judged by the oracle
  std::string message;          ///< what was wrong: index, got, expected; empty when held
};

struct Property {
  std::string name;  ///< "accuracy", or the relation's name
  std::function<std::vector<Finding>(const Subject&, const Case&)> check;
};

/// A finding about each of these outputs.
std::vector<Finding> one_for_each(std::span<const oracles::Output> outputs, Outcome outcome,
                                  const std::string& message);

struct Spec {
  const oracles::Definition* definition;
  std::vector<oracles::DType> dtypes;  ///< of inputs and of results
  std::function<rc::Gen<Case>(DTypes)> cases;
  std::vector<Property> properties;  ///< accuracy first
};

/// Every loss's spec, in the catalogue's order.
std::span<const Spec* const> specs();
const Spec* find_spec(std::string_view loss);

/// Those of `dtype_pairs` whose dtypes the spec has.
std::vector<DTypes> pairs_of(const Spec& spec);

/// The case of this index in the sequence that `seed` starts: what a campaign draws, without RapidCheck's runner.
Case draw(const Spec& spec, DTypes dtypes, std::uint64_t seed, std::uint64_t index);

/// The simplest case found that still fails `property` for `subject` (see shrink.h for what simpler means).
Case shrink(const Subject& subject, const Spec& spec, const Property& property, Case failing);

}  // namespace properties
