// Cases in files: the corpus that failures leave, which later campaigns run first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "properties/case.h"
#include "reports/campaign.h"

namespace reports {

/// A stored case that is a well-formed question to its loss. BadInput: no such file, no case, an unknown loss, wrong
/// tensors.
properties::Case read_case(const std::filesystem::path& file);

/// What running the corpus of earlier campaigns again gave.
struct Replayed {
  std::int64_t cases = 0;
  std::vector<std::string> failures;  ///< each told with its replay command
};

/// The directory of the cases that come with the suite.
std::filesystem::path shipped_corpus();

/// Runs the plan's properties on every case that comes with the suite and in the plan's corpus directory, of the plan's losses and dtypes, for each subject
/// that is held to a promise.
Replayed replay_stored(const Plan& plan);

}  // namespace reports
