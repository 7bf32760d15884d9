#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& logsumexp_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::logsumexp();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes); };
    add(s, relations_of_functions());
    add(s, {class_permutation(), class_axis_may_move(), minus_inf_is_identity(),
            logsumexp_lies_above_the_largest_logit(), logsumexp_rises_with_each_logit(), logsumexp_is_convex()});
    return s;
  }();
  return spec;
}

}  // namespace properties
