// The page of a campaign, made from its records alone.
#pragma once

#include <filesystem>
#include <string>

#include "reports/records.h"

namespace reports {

/// One HTML document that needs nothing beside it: styles, scripts, charts and data are in it. `exhaustive` and `speed`
/// are sections, as exhaustive_runs and speed_section make them.
std::string page(const Records& records, const std::string& exhaustive = "", const std::string& speed = "");

/// Text as HTML shows it.
std::string escaped(const std::string& text);

/// As a script element can hold it: no text in it ends the element.
std::string script_data(const Json& data);

/// The parts of the page that are made of tallies.
std::string verdict_table(const Records& records);
std::string relation_tables(const Records& records);
std::string rung_table(const Records& records);
std::string worst_inputs(const Records& records);

/// The section about the exhaustive runs whose records are in this directory; empty if there are none. BadInput: a file
/// there is no record.
std::string exhaustive_runs(const std::filesystem::path& directory);

/// The section about the speed of the losses that this bench.json tells of; empty if it tells of none or is not there.
/// BadInput: it is no such file.
std::string speed_section(const std::filesystem::path& file);

}  // namespace reports
