#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

Property inputs_unchanged_and_outputs_written() {
  return make_property("inputs_unchanged_and_outputs_written", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::string both = trial.run(trial.c).damage;
    const std::string value = trial.run(trial.c, Ask::value).damage;
    const std::string grad = trial.run(trial.c, Ask::grad).damage;
    compare.value.expect_true(0, both.empty(), both);
    compare.value.expect_true(0, value.empty(), value);
    compare.grad.expect_true(0, both.empty(), both);
    compare.grad.expect_true(0, grad.empty(), grad);
    return compare.findings();
  });
}

Property layout_independence() {
  return make_property("layout_independence", [](const Trial& trial) {
    Comparisons compare(trial);
    Case other = trial.c;
    other.layout = Layout::row_major;
    const Outputs dense = trial.run(other);
    for (const Layout layout : {Layout::transposed, Layout::gaps, Layout::reversed}) {
      other.layout = layout;
      compare.expect_all(trial.run(other), dense);
    }
    return compare.findings();
  });
}

Property fused_equals_apart() {
  return make_property("fused_equals_apart", [](const Trial& trial) {
    Comparisons compare(trial);
    const Outputs fused = trial.run(trial.c);
    compare.value.expect_all(trial.run(trial.c, Ask::value).value, fused.value);
    compare.grad.expect_all(trial.run(trial.c, Ask::grad).grad, fused.grad);
    return compare.findings();
  });
}

}  // namespace properties
