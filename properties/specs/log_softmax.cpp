#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& log_softmax_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::log_softmax();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes); };
    add(s, relations_of_functions());
    add(s, {exactly_representable_shift(), class_permutation(), class_axis_may_move(), gradient_rows_sum_to_zero(),
            minus_inf_is_identity(), log_softmax_is_the_negative_cross_entropy()});
    return s;
  }();
  return spec;
}

}  // namespace properties
