#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& multilabel_soft_margin_loss_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::multilabel_soft_margin_loss();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes); };
    add(s, common_relations());
    add(s, {class_permutation(), class_axis_may_move(), equals_the_mean_of_bce_with_logits(),
            weights_of_one_change_nothing()});
    return s;
  }();
  return spec;
}

}  // namespace properties
