#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& nll_loss_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::nll_loss();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes); };
    add(s, common_relations());
    add(s, {class_permutation(), class_axis_may_move(), ignored_rows_equal_deleted_rows(),
            weights_of_one_change_nothing(), equal_scaling_of_weights()});
    return s;
  }();
  return spec;
}

}  // namespace properties
