#include "reports/bench_record.h"

#include <fmt/format.h>

#include <fstream>

namespace reports {
namespace {

Json json_of(const std::string& kind, const bench::Measurement& m) {
  Json row = {{"run", kind},
              {"work", m.work},
              {"shape", m.shape},
              {"dtype", oracles::name(m.dtypes.input)},
              {"result_dtype", oracles::name(m.dtypes.result)},
              {"peer", m.peer},
              {"seconds", m.seconds},
              {"gelem_s", m.gelem_s()},
              {"threads", m.threads}};
  if (!m.target.empty()) row["target"] = m.target;
  if (m.sweep) row["sweep"] = true;
  if (m.rungs) row["rungs"] = rungs_json({*m.rungs, 0});
  return row;
}

}  // namespace

Json read_bench(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return {{"schema", schema}, {"runs", Json::object()}, {"rows", Json::array()}};
  try {
    Json document = Json::parse(in);
    const bool has_parts = document.at("runs").is_object() && document.at("rows").is_array();
    for (const Json& row : document.at("rows")) row.at("run").get<std::string>();
    if (has_parts && document.at("schema") == schema) return document;
  } catch (const Json::exception&) {
  }
  throw BadInput(fmt::format("{}: not what lossproof bench writes (schema {}); remove it", file.string(), schema));
}

void put_run(Json& document, const std::string& kind, const Context& context,
             const std::vector<bench::Measurement>& measurements) {
  document["runs"][kind] = {{"command", context.command},   {"version", context.version},
                            {"machine", context.machine},   {"isa", context.isa},
                            {"compiler", context.compiler}, {"libraries", context.libraries}};
  Json rows = Json::array();
  for (const Json& row : document["rows"])
    if (row["run"] != kind) rows.push_back(row);
  for (const bench::Measurement& m : measurements) rows.push_back(json_of(kind, m));
  document["rows"] = std::move(rows);
}

}  // namespace reports
