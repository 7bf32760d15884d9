#include <fmt/format.h>

#include "reports/bench_record.h"
#include "reports/page.h"

namespace reports {
namespace {

constexpr auto section =
    "<section>\n<h2>Speed</h2>\n<p>Medians of five runs, in which all take turns. <em>read</em> and <em>copy</em> are "
    "what the memory gives: reading the inputs, and copying the first one. <em>naive</em> and <em>eigen</em> are the "
    "textbook formulas on one thread, and PyTorch is measured where it was asked for. Only this library promises "
    "correctly rounded results.</p>\n<p>{}; {}; {}. Command: <code>{}</code></p>\n<div id=\"speed\"></div>\n"
    "<script type=\"application/json\" id=\"speed-data\">{}</script>\n</section>\n";

}  // namespace

std::string speed_section(const std::filesystem::path& file) {
  const Json document = read_bench(file);
  if (!document["runs"].contains(losses_run)) return "";
  Json rows = Json::array();
  for (const Json& row : document["rows"])
    if (row["run"] == losses_run) rows.push_back(row);
  const auto context = [&](const char* key) { return escaped(document["runs"][losses_run].value(key, "")); };
  return fmt::format(section, context("machine"), context("compiler"), context("libraries"), context("command"),
                     script_data(rows));
}

}  // namespace reports
