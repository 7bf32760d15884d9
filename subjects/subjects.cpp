#include "subjects/subjects.h"

#include <algorithm>
#include <array>

namespace subjects {

std::span<const properties::Subject* const> subjects() {
  static const auto lossproof = make_lossproof();
  static const auto naive = make_naive();
  static const std::array<const properties::Subject*, 2> all{lossproof.get(), naive.get()};
  return all;
}

const properties::Subject* find_subject(std::string_view name) {
  const auto found = std::ranges::find_if(subjects(), [&](const auto* subject) { return subject->name() == name; });
  return found == subjects().end() ? nullptr : *found;
}

}  // namespace subjects
