#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/commands.h"
#include "reports/records.h"
#include "subjects/subjects.h"

namespace reports {
namespace {

/// The one of `all` that `name_of` gives this name.
template <class All, class NameOf>
const auto& pick(const All& all, const NameOf& name_of, const std::string& kind, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& one : all) {
    known.emplace_back(name_of(one));
    if (known.back() == name) return one;
  }
  throw BadInput(fmt::format("unknown {} \"{}\"; known: {}", kind, name, fmt::join(known, ", ")));
}

}  // namespace

const properties::Spec& spec_of(const std::string& loss) {
  return *pick(
      properties::specs(), [](const auto* s) { return s->definition->name; }, "loss", loss);
}

const properties::Subject& subject_of(const std::string& name) {
  return *pick(
      subjects::subjects(), [](const auto* s) { return s->name(); }, "subject", name);
}

oracles::DType real_dtype_of(const std::string& name) {
  return pick(
      oracles::real_dtypes, [](oracles::DType d) { return oracles::name(d); }, "dtype", name);
}

oracles::Reduction reduction_of(const std::string& name) {
  return pick(
      oracles::reductions, [](oracles::Reduction r) { return oracles::name(r); }, "reduction", name);
}

const properties::Property& property_of(const properties::Spec& spec, const std::string& name) {
  return pick(
      spec.properties, [](const auto& p) { return p.name; }, "property of " + spec.definition->name, name);
}

std::pair<std::string, std::string> cut(const std::string& option, const std::string& text, const std::string& form) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw BadInput(fmt::format("{} {}: expected {}", option, text, form));
  return {text.substr(0, at), text.substr(at + 1)};
}

void add_certify(CLI::App& command) {
  command.add_flag_callback(
      "--certify", [] { oracles::set_first_rung(oracles::Rung::arb); },
      "Leave out the oracle's rung that trusts this machine's f64 and its C library");
}

}  // namespace reports
