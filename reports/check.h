// What a user's own tensors show: the exact loss, and what each subject makes of it.
#pragma once

#include <span>
#include <string>

#include "oracles/definition.h"
#include "properties/case.h"
#include "properties/subject.h"
#include "reports/records.h"

namespace reports {

/// The findings as one JSON document; `rows` bounds the length of its lists.
Json analyse(const oracles::Definition& loss, const properties::Case& c,
             std::span<const properties::Subject* const> subjects, std::int64_t rows);

/// The same document as people read it.
std::string text(const Json& analysis);

}  // namespace reports
