#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& binary_cross_entropy_with_logits_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::binary_cross_entropy_with_logits();
    Spec s{&loss, {oracles::DType::f32, oracles::DType::f64}, {}, {accuracy()}};
    s.cases = [&loss](oracles::DType dtype) { return element_cases(loss, dtype, pair_kinds(all_binary_pairs())); };
    add(s, common_relations());
    add(s, {bce_symmetry(), bce_equals_two_class_cross_entropy(), loss_is_nonnegative_for_targets_in_unit_interval()});
    return s;
  }();
  return spec;
}

}  // namespace properties
