#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& binary_cross_entropy_with_logits_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::binary_cross_entropy_with_logits();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_binary_pairs())); };
    add(s, common_relations());
    add(s, {bce_symmetry(), bce_equals_two_class_cross_entropy(), equals_bce_of_sigmoid(),
            weights_of_one_change_nothing(), loss_is_nonnegative_for_targets_in_unit_interval()});
    return s;
  }();
  return spec;
}

}  // namespace properties
