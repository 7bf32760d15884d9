#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& distillation_kl_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::distillation_kl();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return class_cases(loss, dtypes, SecondRows::logits); };
    add(s, common_relations());
    add(s, {exactly_representable_shift(), class_permutation(), gradient_rows_sum_to_zero(), loss_is_nonnegative()});
    return s;
  }();
  return spec;
}

}  // namespace properties
