#include "reports/exhaust_record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>

#include "properties/case.h"
#include "properties/property.h"

namespace reports {
namespace {

using properties::Function;

/// Levenshtein's distance: insertions, deletions and substitutions of a character.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// One where they are the same, else both: shards may come from several machines.
std::string joined(const std::string& a, const std::string& b) {
  std::set<std::string> parts;
  for (const std::string& text : {a, b})
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find(" | ", from), text.size());
      parts.insert(text.substr(from, end - from));
      from = end + 3;
    }
  return fmt::format("{}", fmt::join(parts, " | "));
}

void require_same(const std::string& what, const std::string& a, const std::string& b,
                  const std::pair<std::string, std::string>& names) {
  if (a != b)
    throw BadInput(fmt::format("{} and {} cannot be merged: {} is \"{}\" in one, \"{}\" in the other", names.first,
                               names.second, what, a, b));
}

}  // namespace

Function function_of(const std::string& name) {
  std::vector<Function> all = properties::functions();
  std::vector<std::string> names;
  for (Function& function : all) {
    if (function.name() == name) return function;
    names.push_back(function.name());
    for (const oracles::DType result : oracles::real_dtypes) {
      function.dtypes.result = result;
      if (function.name() == name) return function;
    }
  }
  std::ranges::stable_sort(names, {}, [&](const std::string& known) { return distance(name, known); });
  names.resize(std::min<std::size_t>(names.size(), 3));
  throw BadInput(
      fmt::format("unknown function \"{}\"; the nearest: {}; --list tells all", name, fmt::join(names, ", ")));
}

std::string arguments_text(const Function& function, std::int64_t input) {
  const auto row = function.row(input);
  std::string text;
  for (const double x : row.x) text += (text.empty() ? "" : ", ") + properties::hex(x);
  return function.arguments() > function.width() ? text + ", " + properties::hex(row.y[0]) : text;
}

ExhaustRecord merge(const ExhaustRecord& a, const ExhaustRecord& b, const std::pair<std::string, std::string>& names) {
  require_same("function", a.function.name(), b.function.name(), names);
  require_same("subject", a.subject, b.subject, names);
  require_same("version", a.context.version, b.context.version, names);
  require_same("certificate", a.context.certificate, b.context.certificate, names);
  for (const Range& x : a.census.ranges)
    for (const Range& y : b.census.ranges)
      if (x.begin < y.end && y.begin < x.end)
        throw BadInput(fmt::format("{} and {} cannot be merged: both have the inputs {:#x}:{:#x}", names.first,
                                   names.second, std::max(x.begin, y.begin), std::min(x.end, y.end)));
  ExhaustRecord sum = a;
  sum.census.merge(b.census);
  for (std::string Context::*text : {&Context::machine, &Context::isa, &Context::compiler, &Context::libraries})
    sum.context.*text = joined(a.context.*text, b.context.*text);
  sum.context.seconds += b.context.seconds;
  return sum;
}

std::string stem(const Function& function, const Range& range) {
  std::string text = function.name();
  std::ranges::replace(text, '/', '-');
  const bool is_whole = range == Range{0, function.inputs()};
  return is_whole ? text : fmt::format("{}-{:#x}-{:#x}", text, range.begin, range.end);
}

std::optional<std::filesystem::path> store_hardest(const ExhaustRecord& record, const Range& range,
                                                   const std::filesystem::path& directory) {
  std::vector<std::int64_t> inputs;
  for (const Ranked& ranked : record.census.hardest.first()) inputs.push_back(ranked.input);
  if (inputs.empty()) return std::nullopt;
  const std::string origin = fmt::format(
      "the inputs of {} that lie closest to a midpoint, of {}", record.function.name(),
      range == Range{0, record.function.inputs()} ? "all" : fmt::format("{:#x}:{:#x}", range.begin, range.end));
  const std::filesystem::path file = directory / fmt::format("hardest-{}.json", stem(record.function, range));
  replace_file(file, properties::to_json(properties::case_of(record.function, inputs, origin)));
  return file;
}

}  // namespace reports
