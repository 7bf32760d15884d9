// How cases are drawn: RapidCheck draws a structure, and the structure's seed decides every number.
#pragma once

#include <rapidcheck.h>

#include <functional>
#include <string>

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
  bool ignores = false;           ///< some rows are ignored (class losses)
  bool ignored_in_range = false;  ///< by an index that is also a class
  std::size_t distribution = 0;
  Upstream upstream = Upstream::ones;
  Layout layout = Layout::row_major;
  std::uint64_t seed = 0;
};

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

Case class_case(const oracles::Definition& loss, DTypes dtypes, const Structure& structure);
Case element_case(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds, const Structure&);

rc::Gen<Case> class_cases(const oracles::Definition& loss, DTypes dtypes);
rc::Gen<Case> element_cases(const oracles::Definition& loss, DTypes dtypes, const PairKinds& kinds);

}  // namespace properties
