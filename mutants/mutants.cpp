#include "mutants/mutants.h"

#include <algorithm>
#include <iterator>

namespace mutants {

const std::vector<Mutant>& mutants() {
  static const std::vector<Mutant> all = [] {
    std::vector<Mutant> result;
    for (const auto family :
         {formula_mutants, function_mutants, gradient_mutants, rounding_mutants, reduction_mutants, memory_mutants, dtype_mutants}) {
      std::ranges::move(family(), std::back_inserter(result));
    }
    return result;
  }();
  return all;
}

std::unique_ptr<properties::Subject> subject(const Mutant& mutant) {
  return std::make_unique<Stepwise>(mutant.name, mutant.loss, mutant.steps);
}

std::unique_ptr<properties::Subject> right(const std::string& loss) {
  return std::make_unique<Stepwise>("right", loss, right_steps(loss));
}

}  // namespace mutants
