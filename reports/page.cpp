#include "reports/page.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "reports/summary.h"

namespace reports {
namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw BadInput(fmt::format("{}: cannot be read; the page is made with it", path));
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What the charts need.
std::string chart_data(const Records& records) {
  Json data = Json::array();
  for (const Tally& t : records.tallies) {
    if (t.property != "accuracy") continue;
    Json histogram = Json::array();
    for (const auto& [edge, cases] : t.worst_ulp_histogram) histogram.push_back({number(edge), cases});
    data.push_back({{"loss", t.loss},
                    {"subject", t.subject},
                    {"dtype", t.dtypes()},
                    {"output", t.output},
                    {"elements", t.elements},
                    {"misrounded", t.misrounded},
                    {"max_ulp", number(t.max_ulp)},
                    {"histogram", std::move(histogram)}});
  }
  return script_data(data);
}

std::string headline(const Records& records) {
  std::int64_t broken = 0;
  for (const Tally& t : records.tallies) broken += outcome(t) == "failed";
  if (broken > 0) return fmt::format(R"(<p class="headline failed">Broken promises: {}</p>)", broken);
  if (exit_code(records) != 0)
    return R"(<p class="headline undecided">No promise failed, but not everything was decided</p>)";
  return R"(<p class="headline held">Every promise held</p>)";
}

std::string context_list(const Context& c) {
  std::string promises;
  for (const auto& [subject, ulp] : c.promises)
    promises += fmt::format("{}{}: {} ulp", promises.empty() ? "" : "; ", subject, ulps(ulp));
  const std::pair<const char*, std::string> entries[] = {
      {"Command", c.command},
      {"Seed", std::to_string(c.seed)},
      {"Cases per loss, dtypes and property", grouped(c.cases_per_property)},
      {"Held to a promise", promises.empty() ? "nobody" : promises},
      {"Interrupted", c.interrupted ? "yes" : "no"},
      {"Took", fmt::format("{:.1f} s", c.seconds)},
      {"Version", c.version},
      {"Machine", c.machine},
      {"Instruction sets", c.isa},
      {"Compiler", c.compiler},
      {"Oracle built on", c.libraries},
      {"Its answers rest on", c.certificate},
  };
  std::string html;
  for (const auto& [name, value] : entries) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escaped(value));
  return html;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string script_data(const Json& data) {
  std::string text = data.dump();
  for (std::size_t i = 0; (i = text.find('<', i)) != std::string::npos;) text.replace(i, 1, "\\u003c");
  return text;
}

std::string page(const Records& records, const std::string& exhaustive, const std::string& speed) {
  const std::string directory = LOSSPROOF_PAGE_DIRECTORY;
  const std::pair<const char*, std::string> parts[] = {
      {"{{style}}", contents(directory + "/style.css")},
      {"{{headline}}", headline(records)},
      {"{{verdicts}}", verdict_table(records)},
      {"{{exhaustive}}", exhaustive},
      {"{{speed}}", speed},
      {"{{relations}}", relation_tables(records)},
      {"{{certificate}}", escaped(records.context.certificate)},
      {"{{rungs}}", rung_table(records)},
      {"{{worst}}", worst_inputs(records)},
      {"{{context}}", context_list(records.context)},
      {"{{data}}", chart_data(records)},
      {"{{chart.js}}", contents(LOSSPROOF_CHART_JS)},
      {"{{charts}}", contents(directory + "/charts.js")},
      {"{{speed charts}}", contents(directory + "/speed.js")},
  };
  const std::string frame = contents(directory + "/page.html");
  std::string html;
  std::size_t from = 0;
  for (const auto& [mark, part] : parts) {
    const std::size_t at = frame.find(mark, from);
    if (at == std::string::npos)
      throw BadInput(fmt::format("{}/page.html: no {} where it was expected", directory, mark));
    html.append(frame, from, at - from).append(part);
    from = at + std::string_view(mark).size();
  }
  return html.append(frame, from);
}

}  // namespace reports
