#include "mutants/mutants.h"

#include <algorithm>
#include <iterator>

namespace mutants {

const std::vector<Mutant>& mutants() {
  static const std::vector<Mutant> all = [] {
    std::vector<Mutant> result;
    for (const auto family : {formula_mutants, function_mutants, gradient_mutants, rounding_mutants, reduction_mutants,
                              memory_mutants, dtype_mutants, argument_mutants, result_mutants}) {
      std::ranges::move(family(), std::back_inserter(result));
    }
    return result;
  }();
  return all;
}

std::unique_ptr<properties::Subject> subject(const Mutant& mutant) {
  if (const auto* steps = std::get_if<Steps>(&mutant.mistake)) {
    return std::make_unique<Stepwise>(mutant.name, mutant.loss, *steps);
  }
  return std::make_unique<Spoiled>(mutant.name, mutant.loss, std::get<Spoiling>(mutant.mistake));
}

std::unique_ptr<properties::Subject> right(const std::string& loss) {
  return std::make_unique<Stepwise>("right", loss, right_steps(loss));
}

}  // namespace mutants
