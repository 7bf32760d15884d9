// The commands of the command line, and the names that its users give.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <limits>
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
void add_bench(CLI::App& app, Action& action);
void add_exhaust(CLI::App& app, Action& action);
void add_merge(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);

/// BadInput: nothing has this name; the message lists the names that there are.
const properties::Spec& spec_of(const std::string& loss);
const properties::Subject& subject_of(const std::string& name);
oracles::DType real_dtype_of(const std::string& name);
oracles::Reduction reduction_of(const std::string& name);
const properties::Property& property_of(const properties::Spec& spec, const std::string& name);

/// Refuses text that is not a whole number of the type, where CLI11 would take the nearest one that is.
template <class T>
CLI::Validator whole_number() {
  const auto check = [](const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool fits = error == std::errc() && end == text.data() + text.size();
    return fits ? std::string()
                : fmt::format("{} is not a whole number from {} to {}", text, std::numeric_limits<T>::min(),
                              std::numeric_limits<T>::max());
  };
  return CLI::Validator(check, "INTEGER");
}

/// Gives the command the flag --certify: the oracle's ladder starts at Arb.
void add_certify(CLI::App& command);

/// "A=B" cut in two. BadInput: no "=", or nothing on a side of it; `form` is what was expected.
std::pair<std::string, std::string> cut(const std::string& option, const std::string& text, const std::string& form);

}  // namespace reports
