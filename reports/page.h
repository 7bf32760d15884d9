// The page of a campaign, made from its records alone.
#pragma once

#include <string>

#include "reports/records.h"

namespace reports {

/// One HTML document that needs nothing beside it: styles, scripts, charts and data are in it.
std::string page(const Records& records);

/// Text as HTML shows it.
std::string escaped(const std::string& text);

/// The parts of the page that are made of tallies.
std::string verdict_table(const Records& records);
std::string relation_tables(const Records& records);
std::string rung_table(const Records& records);
std::string worst_inputs(const Records& records);

}  // namespace reports
