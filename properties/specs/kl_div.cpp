#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& kl_div_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::kl_div();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_divergence_pairs())); };
    add(s, common_relations());
    add(s, {equal_logarithms_do_not_diverge(), divergence_is_at_least_that_of_the_sums()});
    return s;
  }();
  return spec;
}

}  // namespace properties
