#include "reports/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace reports {
namespace {

Json to_json(const Context& c) {
  Json promises = Json::object();
  for (const auto& [subject, ulp] : c.promises) promises[subject] = number(ulp);
  return {{"record", "context"},
          {"schema", schema},
          {"version", c.version},
          {"command", c.command},
          {"machine", c.machine},
          {"isa", c.isa},
          {"compiler", c.compiler},
          {"libraries", c.libraries},
          {"certificate", c.certificate},
          {"seed", c.seed},
          {"cases_per_property", c.cases_per_property},
          {"promises", promises},
          {"interrupted", c.interrupted},
          {"seconds", number(c.seconds)}};
}

Context context_from(const Json& j) {
  if (j.at("schema").get<int>() != schema)
    throw BadInput(fmt::format("schema {}, expected {}", j.at("schema").dump(), schema));
  Context c{j.at("version"),
            j.at("command"),
            j.at("machine"),
            j.at("isa"),
            j.at("compiler"),
            j.at("libraries"),
            j.at("certificate"),
            j.at("seed"),
            j.at("cases_per_property"),
            {},
            j.at("interrupted"),
            to_double(j.at("seconds"))};
  for (const auto& [subject, ulp] : j.at("promises").items()) c.promises[subject] = to_double(ulp);
  return c;
}

Json to_json(const Tally& t) {
  Json histogram = Json::array();
  for (const auto& [edge, cases] : t.worst_ulp_histogram) histogram.push_back({number(edge), cases});
  return {{"record", "tally"},
          {"loss", t.loss},
          {"subject", t.subject},
          {"dtype", t.dtype},
          {"result_dtype", t.result_dtype},
          {"output", t.output},
          {"property", t.property},
          {"cases", t.cases},
          {"elements", t.elements},
          {"held", t.held},
          {"failed", t.failed},
          {"undecided", t.undecided},
          {"gave_up", t.gave_up},
          {"not_run", t.not_run},
          {"max_ulp", number(t.max_ulp)},
          {"misrounded", t.misrounded},
          {"rungs", rungs_json(t.rungs)},
          {"bound_ulp", t.bound_ulp ? number(*t.bound_ulp) : Json()},
          {"worst_case", t.worst_case},
          {"worst_ulp", number(t.worst_ulp)},
          {"worst", t.worst},
          {"message", t.message},
          {"replay", t.replay},
          {"p50_ulp", number(t.percentile(0.5))},
          {"p99_ulp", number(t.percentile(0.99))},
          {"worst_ulp_histogram", histogram},
          {"seconds", number(t.seconds)}};
}

Tally tally_from(const Json& j) {
  Tally t;
  t.loss = j.at("loss"), t.subject = j.at("subject"), t.dtype = j.at("dtype");
  t.result_dtype = j.at("result_dtype"), t.output = j.at("output"), t.property = j.at("property");
  t.cases = j.at("cases"), t.elements = j.at("elements");
  t.held = j.at("held"), t.failed = j.at("failed"), t.undecided = j.at("undecided");
  t.gave_up = j.at("gave_up"), t.not_run = j.at("not_run");
  t.max_ulp = to_double(j.at("max_ulp")), t.misrounded = j.at("misrounded");
  t.rungs = rungs_from(j.at("rungs"));
  if (!j.at("bound_ulp").is_null()) t.bound_ulp = to_double(j.at("bound_ulp"));
  t.worst_case = j.at("worst_case"), t.worst = j.at("worst");
  t.worst_ulp = to_double(j.value("worst_ulp", j.at("max_ulp")));  // records from before 2026-11-21 have none
  t.message = j.at("message"), t.replay = j.at("replay");
  for (const Json& bin : j.at("worst_ulp_histogram")) t.worst_ulp_histogram[to_double(bin.at(0))] = bin.at(1);
  t.seconds = to_double(j.at("seconds"));
  return t;
}

}  // namespace

double to_double(const Json& j) {
  if (!j.is_string()) return j.get<double>();
  const auto& text = j.get_ref<const std::string&>();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  throw BadInput(fmt::format("\"{}\" where a number, \"inf\", \"-inf\" or \"nan\" was expected", text));
}

Json number(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  return x;
}

Json rungs_json(const properties::Rungs& rungs) {
  Json j;
  for (const oracles::Rung rung : oracles::rungs)
    j[std::string(oracles::name(rung))] = rungs.decided[static_cast<std::size_t>(rung)];
  j["undecided"] = rungs.undecided;
  return j;
}

properties::Rungs rungs_from(const Json& j) {
  properties::Rungs rungs;
  for (const oracles::Rung rung : oracles::rungs)
    rungs.decided[static_cast<std::size_t>(rung)] = j.at(std::string(oracles::name(rung)));
  rungs.undecided = j.at("undecided");
  return rungs;
}

void Tally::observe(double ulp) {
  // Edges 0, 1/2 (all that correct rounding allows), and the powers of two from 1 on.
  const double edge = ulp <= 0 || std::isinf(ulp) ? ulp
                      : ulp <= 0.5                ? 0.5
                                                  : std::max(1.0, std::exp2(std::ceil(std::log2(ulp))));
  ++worst_ulp_histogram[edge];
}

double Tally::percentile(double share) const {
  std::int64_t total = 0;
  for (const auto& [edge, n] : worst_ulp_histogram) total += n;
  std::int64_t below = 0;
  for (const auto& [edge, n] : worst_ulp_histogram) {
    below += n;
    if (static_cast<double>(below) >= share * static_cast<double>(total)) return edge;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// The worst case is the first of those with the largest error among the failed ones, if any, else among the undecided,
// else among all: each part keeps the worst of its gravest, so that the order of merging does not matter.
void Tally::merge(const Tally& other) {
  const auto badness = [](const Tally& t) {
    const int gravity = t.failed > 0 ? 2 : t.undecided > 0 ? 1 : 0;
    return std::tuple(t.worst_case >= 0, gravity, t.worst_ulp, -t.worst_case);
  };
  if (badness(other) > badness(*this)) {
    worst_case = other.worst_case, worst_ulp = other.worst_ulp;
    worst = other.worst, message = other.message, replay = other.replay;
  }
  cases += other.cases, elements += other.elements, misrounded += other.misrounded;
  held += other.held, failed += other.failed, undecided += other.undecided;
  gave_up += other.gave_up, not_run += other.not_run;
  max_ulp = std::max(max_ulp, other.max_ulp);
  rungs += other.rungs;
  for (const auto& [edge, n] : other.worst_ulp_histogram) worst_ulp_histogram[edge] += n;
  seconds += other.seconds;
}

std::string outcome(const Tally& t) {
  if (t.failed > 0) return t.held_to_promise() ? "failed" : "finding";
  if (t.undecided > 0) return "undecided";
  if (t.not_run > 0 || t.held == 0) return "not run";
  return "held";
}

Records merge(const Records& a, const Records& b) {
  Context ours = a.context, theirs = b.context;
  ours.seconds = theirs.seconds = 0;
  ours.interrupted = theirs.interrupted = false;
  if (to_json(ours) != to_json(theirs))
    throw BadInput("records of different campaigns cannot be merged: contexts differ");
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>, Tally> all;
  for (const Records* records : {&a, &b}) {
    for (const Tally& t : records->tallies) {
      const auto [it, is_new] = all.try_emplace(t.key(), t);
      if (!is_new) it->second.merge(t);
    }
  }
  Records merged{a.context, {}};
  merged.context.seconds += b.context.seconds;
  merged.context.interrupted |= b.context.interrupted;
  for (auto& [key, t] : all) merged.tallies.push_back(std::move(t));
  return merged;
}

void write(std::ostream& out, const Records& records) {
  Json context = to_json(records.context);
  context["tallies"] = records.tallies.size();
  out << context.dump() << '\n';
  for (const Tally& t : records.tallies) out << to_json(t).dump() << '\n';
}

Records read(std::istream& in, const std::string& name) {
  Records records;
  std::size_t tallies = 0;
  std::string line;
  int number_of_line = 0;
  while (std::getline(in, line)) {
    ++number_of_line;
    try {
      const Json j = Json::parse(line);
      const std::string expected = number_of_line == 1 ? "context" : "tally";
      if (j.at("record") != expected)
        throw BadInput(fmt::format("record {}, expected \"{}\"", j.at("record").dump(), expected));
      if (number_of_line == 1)
        records.context = context_from(j), tallies = j.at("tallies");
      else
        records.tallies.push_back(tally_from(j));
    } catch (const std::exception& e) {
      throw BadInput(fmt::format("{}, line {}: {}", name, number_of_line, e.what()));
    }
  }
  if (number_of_line == 0) throw BadInput(fmt::format("{}: empty, expected a context line", name));
  if (records.tallies.size() != tallies)
    throw BadInput(fmt::format("{}: {} tallies, expected {}: truncated", name, records.tallies.size(), tallies));
  return records;
}

}  // namespace reports
