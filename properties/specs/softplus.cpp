#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& softplus_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::softplus();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_logits())); };
    add(s, relations_of_functions());
    add(s, {softplus_is_the_mirrored_log_sigmoid()});
    return s;
  }();
  return spec;
}

}  // namespace properties
