#include <algorithm>
#include <array>
#include <iterator>

#include "properties/draws.h"
#include "properties/relations.h"
#include "properties_specs.h"

namespace properties {

#define PROPERTIES_SPEC(loss) const Spec& loss##_spec();
PROPERTIES_SPECS
#undef PROPERTIES_SPEC

std::span<const Spec* const> specs() {
#define PROPERTIES_SPEC(loss) &loss##_spec(),
  static const std::array all{PROPERTIES_SPECS};
#undef PROPERTIES_SPEC
  return all;
}

const Spec* find_spec(std::string_view loss) {
  const auto found = std::ranges::find_if(specs(), [&](const Spec* spec) { return spec->definition->name == loss; });
  return found == specs().end() ? nullptr : *found;
}

void add(Spec& spec, std::vector<Property> more) { std::ranges::move(more, std::back_inserter(spec.properties)); }

std::vector<DTypes> pairs_of(const Spec& spec) {
  std::vector<DTypes> result;
  std::ranges::copy_if(dtype_pairs, std::back_inserter(result), [&](DTypes pair) {
    return std::ranges::count(spec.dtypes, pair.input) > 0 && std::ranges::count(spec.dtypes, pair.result) > 0;
  });
  return result;
}

Case draw(const Spec& spec, DTypes dtypes, std::uint64_t seed, std::uint64_t index) {
  return spec.cases(dtypes)(rc::Random(mix(seed, index)), rc::kNominalSize).value();
}

}  // namespace properties
