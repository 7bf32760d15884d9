#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& mse_loss_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::mse_loss();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_regression_pairs())); };
    add(s, common_relations());
    add(s,
        {symmetry_in_inputs(), mse_scales_by_powers_of_two(), weights_of_one_change_nothing(), loss_is_nonnegative()});
    return s;
  }();
  return spec;
}

}  // namespace properties
