// The page of a campaign, made from its records alone.
#pragma once

#include <filesystem>
#include <string>

#include "reports/records.h"

namespace reports {

/// One HTML document that needs nothing beside it: styles, scripts, charts and data are in it. `exhaustive` is the
/// section of that name, as exhaustive_runs makes it.
std::string page(const Records& records, const std::string& exhaustive = "");

/// Text as HTML shows it.
std::string escaped(const std::string& text);

/// The parts of the page that are made of tallies.
std::string verdict_table(const Records& records);
std::string relation_tables(const Records& records);
std::string rung_table(const Records& records);
std::string worst_inputs(const Records& records);

/// The section about the exhaustive runs whose records are in this directory; empty if there are none. BadInput: a file
/// there is no record.
std::string exhaustive_runs(const std::filesystem::path& directory);

}  // namespace reports
