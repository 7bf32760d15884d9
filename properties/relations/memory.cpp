#include "properties/relations.h"
#include "properties/trial.h"

namespace properties {

using oracles::Output;

namespace {

Ask alone_of(Output output) {
  return output == Output::value ? Ask::value : output == Output::grad ? Ask::grad : Ask::grad_target;
}

}  // namespace

Property inputs_unchanged_and_outputs_written() {
  return make_property("inputs_unchanged_and_outputs_written", [](const Trial& trial) {
    Comparisons compare(trial);
    const std::string together = trial.run(trial.c).damage;
    for (const Output output : compare.outputs) {
      const std::string alone = trial.run(trial.c, alone_of(output)).damage;
      compare.of(output).expect_true(0, together.empty(), together);
      compare.of(output).expect_true(0, alone.empty(), alone);
    }
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
    for (const Output output : compare.outputs) {
      compare.of(output).expect_all(trial.run(trial.c, alone_of(output)).of(output), fused.of(output));
    }
    return compare.findings();
  });
}

}  // namespace properties
