#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& cross_entropy_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::cross_entropy();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes); };
    add(s, common_relations());
    add(s,
        {exactly_representable_shift(), class_permutation(), class_axis_may_move(), gradient_rows_sum_to_zero(),
         minus_inf_is_identity(), ignored_rows_equal_deleted_rows(), loss_is_nonnegative_for_targets_in_unit_interval(),
         one_hot_equals_index(), smoothing_equals_smoothed_target(), weights_of_one_change_nothing(),
         equal_scaling_of_weights(), equals_nll_of_log_softmax(), cross_entropy_is_entropy_plus_divergence()});
    return s;
  }();
  return spec;
}

}  // namespace properties
