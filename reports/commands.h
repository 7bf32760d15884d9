// The commands of the command line, and the names that its users give.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "properties/property.h"
#include "properties/subject.h"

namespace reports {

/// What the command line asks for; returns the exit code. Exceptions: BadInput.
using Action = std::function<int()>;

void add_verify(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_replay(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);

/// BadInput: nothing has this name; the message lists the names that there are.
const properties::Spec& spec_of(const std::string& loss);
const properties::Subject& subject_of(const std::string& name);
oracles::DType real_dtype_of(const std::string& name);
oracles::Reduction reduction_of(const std::string& name);
const properties::Property& property_of(const properties::Spec& spec, const std::string& name);

/// "A=B" cut in two. BadInput: no "=", or nothing on a side of it; `form` is what was expected.
std::pair<std::string, std::string> cut(const std::string& option, const std::string& text, const std::string& form);

}  // namespace reports
