#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& sigmoid_focal_loss_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::sigmoid_focal_loss();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_binary_pairs())); };
    add(s, common_relations());
    add(s, {without_focus_equals_bce_with_logits(), loss_is_nonnegative()});
    return s;
  }();
  return spec;
}

}  // namespace properties
