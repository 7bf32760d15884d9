#include "subjects/subjects.h"

#include <algorithm>

namespace subjects {

std::span<const properties::Subject* const> subjects() {
  static const auto lossproof = make_lossproof();
  static const auto naive = make_naive();
  static const auto all = [] {
    std::vector<const properties::Subject*> pointers;
    for (const auto& subject : lossproof) pointers.push_back(subject.get());
    pointers.push_back(naive.get());
    return pointers;
  }();
  return all;
}

const properties::Subject* find_subject(std::string_view name) {
  const auto found = std::ranges::find_if(subjects(), [&](const auto* subject) { return subject->name() == name; });
  return found == subjects().end() ? nullptr : *found;
}

}  // namespace subjects
