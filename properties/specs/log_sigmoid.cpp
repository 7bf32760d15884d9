#include "oracles/definitions.h"
#include "properties/cases.h"
#include "properties/judge.h"
#include "properties/relations.h"

namespace properties {

const Spec& log_sigmoid_spec() {
  static const Spec spec = [] {
    const oracles::Definition& loss = oracles::log_sigmoid();
    Spec s{&loss, {oracles::real_dtypes.begin(), oracles::real_dtypes.end()}, {}, {accuracy()}};
    s.cases = [&loss](DTypes dtypes) { return element_cases(loss, dtypes, pair_kinds(all_logits())); };
    add(s, relations_of_functions());
    add(s, {log_sigmoid_is_the_loss_of_target_one()});
    return s;
  }();
  return spec;
}

}  // namespace properties
