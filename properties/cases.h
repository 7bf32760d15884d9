// How cases are drawn: RapidCheck draws a structure, and the structure's seed decides every number.
#pragma once

#include <rapidcheck.h>

#include <functional>
#include <string>

#include "oracles/definition.h"
#include "properties/case.h"
#include "properties/distributions.h"
#include "properties/structure.h"

namespace properties {

/// The numbers of an elementwise loss: its kinds' names, and a pair of one of them; a function of one input takes x.
struct PairKinds {
  std::vector<std::string_view> names;
  std::function<Pair(std::size_t kind, DTypes, Draws&)> draw;
};

template <class Kind>
PairKinds pair_kinds(std::span<const Kind> kinds) {
  PairKinds result;
  for (const Kind kind : kinds) result.names.push_back(name(kind));
  result.draw = [kinds](std::size_t kind, DTypes dtypes, Draws& draws) {
    return draw_pair(kinds[kind], dtypes, draws);
  };
  return result;
}

/// What a real second input of a class loss is like: a distribution over classes, or logits as the first are.
enum class SecondRows : std::uint8_t { targets, logits };

Case class_case(const oracles::Definition& loss, DTypes dtypes, const Structure& structure,
                SecondRows second = SecondRows::targets);
Case element_case(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds, const Structure&);

rc::Gen<Case> class_cases(const oracles::Definition& loss, DTypes dtypes, SecondRows second = SecondRows::targets);
rc::Gen<Case> element_cases(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds);

}  // namespace properties
