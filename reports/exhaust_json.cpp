#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "oracles/format.h"
#include "properties/case.h"
#include "reports/exhaust_record.h"

namespace reports {
namespace {

using properties::Function;
using properties::hex;

/// Of files as these; 1 was the first.
constexpr int exhaust_schema = 1;

Json ranked_json(const Function& function, const Ranked& ranked) {
  return {
      {"input", ranked.input}, {"arguments", arguments_text(function, ranked.input)}, {"ulp", number(ranked.error)}};
}

Ranked ranked_from(const Json& j) { return {to_double(j.at("ulp")), j.at("input")}; }

Ranking ranking_from(const Json& j, std::size_t size) {
  Ranking ranking(size);
  for (const Json& ranked : j) ranking.add(ranked_from(ranked));
  return ranking;
}

/// "from 0x1p-3", "subnormal", "infinite or NaN", with the sign before it.
std::string binade_text(const Function& function, int bits) {
  const oracles::Format format = oracles::format_of(function.dtypes.input);
  const int exponents = 2 * format.emax + 2;
  const int exponent = bits % exponents;
  const std::string sign = bits < exponents ? "+" : "-";
  if (exponent == 0) return sign + " zero or subnormal";
  if (exponent == exponents - 1) return sign + " infinite or NaN";
  return fmt::format("{} 2^{}", sign, exponent - format.emax);
}

Json binades_json(const ExhaustRecord& r) {
  Json all = Json::array();
  for (const auto& [bits, binade] : r.census.binades) {
    Json worst;
    if (!binade.worst.first().empty()) worst = ranked_json(r.function, binade.worst.first().front());
    all.push_back({{"bits", bits},
                   {"binade", binade_text(r.function, bits)},
                   {"inputs", binade.inputs},
                   {"misrounded", binade.misrounded},
                   {"worst", worst}});
  }
  return all;
}

Binade binade_from(const Json& j) {
  Binade binade{j.at("inputs"), j.at("misrounded"), Ranking(1)};
  if (!j.at("worst").is_null()) binade.worst.add(ranked_from(j.at("worst")));
  return binade;
}

Json misrounded_json(const Function& function, const Misrounded& m) {
  return {{"input", m.input},
          {"arguments", arguments_text(function, m.input)},
          {"got", hex(m.got)},
          {"expected", hex(m.expected)}};
}

/// What `hex` wrote.
double hex_from(const Json& j) { return std::strtod(j.get_ref<const std::string&>().c_str(), nullptr); }

Json context_json(const Context& c) {
  return {{"version", c.version},        {"machine", c.machine},     {"isa", c.isa},
          {"compiler", c.compiler},      {"libraries", c.libraries}, {"certificate", c.certificate},
          {"seconds", number(c.seconds)}};
}

Context context_from(const Json& j) {
  Context c;
  c.version = j.at("version"), c.machine = j.at("machine"), c.isa = j.at("isa"), c.compiler = j.at("compiler");
  c.libraries = j.at("libraries"), c.certificate = j.at("certificate"), c.seconds = to_double(j.at("seconds"));
  return c;
}

Census census_from(const Json& j) {
  Census census;
  for (const Json& range : j.at("ranges")) census.ranges.push_back({range.at(0), range.at(1)});
  census.misrounded = j.at("misrounded");
  for (const Mismatch kind : mismatches)
    census.kinds[static_cast<std::size_t>(kind)] = j.at("mismatches").at(std::string(name(kind)));
  census.rungs = rungs_from(j.at("rungs"));
  for (const Json& binade : j.at("binades")) census.binades.emplace(binade.at("bits"), binade_from(binade));
  census.hardest = ranking_from(j.at("hardest"), Census::kept);
  for (const Json& m : j.at("first_misrounded"))
    census.first.push_back({m.at("input"), hex_from(m.at("got")), hex_from(m.at("expected"))});
  return census;
}

void require(bool holds, const char* what) {
  if (!holds) throw BadInput(what);
}

/// A file that was cut, edited or put together by hand is not believed.
void check(const Function& function, const Census& census) {
  std::int64_t last = -1, inputs = 0, misrounded = 0, kinds = 0, decided = census.rungs.undecided;
  for (const Range& range : census.ranges) {
    require(range.begin > last && range.end > range.begin && range.end <= function.inputs(),
            "its ranges are not in order, or beyond the function's inputs");
    last = range.end;
  }
  for (const auto& [bits, binade] : census.binades) inputs += binade.inputs, misrounded += binade.misrounded;
  for (const std::int64_t kind : census.kinds) kinds += kind;
  for (const std::int64_t n : census.rungs.decided) decided += n;
  require(inputs == census.inputs() && decided >= inputs, "its ranges, binades and rungs do not count the same inputs");
  require(misrounded == census.misrounded && kinds == misrounded, "its misrounded inputs are not those of its parts");
}

ExhaustRecord record_from(const Json& j) {
  require(j.at("record") == "exhaust", "its record is not \"exhaust\"");
  if (j.at("schema") != exhaust_schema)
    throw BadInput(fmt::format("schema {}, expected {}", j.at("schema").dump(), exhaust_schema));
  ExhaustRecord r{function_of(j.at("function")), j.at("subject"), {}, context_from(j.at("context")), census_from(j)};
  if (!j.at("promise_ulp").is_null()) r.promise_ulp = to_double(j.at("promise_ulp"));
  check(r.function, r.census);
  return r;
}

}  // namespace

std::string text(const ExhaustRecord& r) {
  Json ranges = Json::array(), kinds = Json::object(), hardest = Json::array(), first = Json::array();
  for (const Range& range : r.census.ranges) ranges.push_back({range.begin, range.end});
  for (const Mismatch kind : mismatches)
    kinds[std::string(name(kind))] = r.census.kinds[static_cast<std::size_t>(kind)];
  for (const Ranked& ranked : r.census.hardest.first()) hardest.push_back(ranked_json(r.function, ranked));
  for (const Misrounded& m : r.census.first) first.push_back(misrounded_json(r.function, m));
  const Ranked worst = r.census.worst();
  const Json document = {{"record", "exhaust"},
                         {"schema", exhaust_schema},
                         {"function", r.function.name()},
                         {"subject", r.subject},
                         {"promise_ulp", r.promise_ulp ? number(*r.promise_ulp) : Json()},
                         {"outcome", outcome(r)},
                         {"complete", r.is_complete()},
                         {"ranges", ranges},
                         {"inputs", r.census.inputs()},
                         {"misrounded", r.census.misrounded},
                         {"mismatches", kinds},
                         {"worst", worst.error > 0 ? ranked_json(r.function, worst) : Json()},
                         {"rungs", rungs_json(r.census.rungs)},
                         {"first_misrounded", first},
                         {"hardest", hardest},
                         {"binades", binades_json(r)},
                         {"context", context_json(r.context)}};
  return document.dump(1) + "\n";
}

ExhaustRecord read_exhaust_record(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(file)) throw BadInput(fmt::format("{}: no such file", file.string()));
  try {
    return record_from(Json::parse(std::string(std::istreambuf_iterator<char>(in), {})));
  } catch (const std::exception& e) {
    throw BadInput(fmt::format("{}: no record of an exhaustive run: {}", file.string(), e.what()));
  }
}

}  // namespace reports
