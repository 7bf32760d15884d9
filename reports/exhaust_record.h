// The record of an exhaustive run, or of a part of one: result files, checkpoints, and what merging them gives.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "properties/functions.h"
#include "properties/subject.h"
#include "reports/exhaust_census.h"
#include "reports/records.h"

namespace reports {

struct ExhaustRecord {
  properties::Function function;
  std::string subject;
  std::optional<double> promise_ulp;
  Context context;  ///< version, machine, isa, compiler, libraries, certificate, seconds
  Census census;

  bool is_complete() const { return census.inputs() == function.inputs(); }
};

/// What it comes to: "failed", "undecided", "held", or "finding" where nothing was promised.
std::string outcome(const ExhaustRecord& record);
/// 0 held or a finding, 1 failed, 3 undecided.
int exit_code(const ExhaustRecord& record);
/// A few lines for people.
std::string summary(const ExhaustRecord& record);

/// BadInput: there is no function of this name; the message has the nearest names.
properties::Function function_of(const std::string& name);

/// "0x1.8p+1, -0x0p+0": the arguments of an input.
std::string arguments_text(const properties::Function& function, std::int64_t input);

/// The record as JSON, and back. BadInput: no such file, no record of an exhaustive run, one of another schema, or one
/// whose counts do not add up.
std::string text(const ExhaustRecord& record);
ExhaustRecord read_exhaust_record(const std::filesystem::path& file);

/// BadInput: they are not of one function, subject, version and certificate, or an input is in both. `names` are what
/// messages call them.
ExhaustRecord merge(const ExhaustRecord& a, const ExhaustRecord& b, const std::pair<std::string, std::string>& names);

/// NAME, with "-" for "/", and the range unless it is all inputs.
std::string stem(const properties::Function& function, const Range& range);

/// The hardest inputs as a case, stored in the directory; returns the path, or nothing where there are none.
std::optional<std::filesystem::path> store_hardest(const ExhaustRecord& record, const Range& range,
                                                   const std::filesystem::path& directory);

}  // namespace reports
