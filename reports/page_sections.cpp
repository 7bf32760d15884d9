#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "reports/page.h"
#include "reports/summary.h"

namespace reports {
namespace {

/// The outcome as a class of the style sheet.
std::string style_of(const std::string& outcome) { return outcome == "not run" ? "not-run" : outcome; }

std::string pill(const std::string& outcome) {
  return fmt::format(R"(<span class="pill {}">{}</span>)", style_of(outcome), outcome);
}

std::string share(std::int64_t part, std::int64_t whole) {
  if (part == 0) return "0";
  return fmt::format("{} <small>{:.2g} %</small>", grouped(part),
                     100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string cell_of(const std::vector<const Tally*>& tallies) {
  std::int64_t failed = 0, judged = 0;
  const Tally* gravest = nullptr;
  for (const Tally* t : tallies) {
    failed += t->failed, judged += t->held + t->failed;
    if (!gravest || outcome(*gravest) == "held") gravest = t;
    if (t->failed > 0) gravest = t;
  }
  if (!gravest) return R"(<td class="cell">&ndash;</td>)";
  const std::string found = outcome(*gravest);
  const std::string text = failed > 0 ? fmt::format("{} of {}", grouped(failed), grouped(judged)) : found;
  return fmt::format(R"(<td class="cell {}">{}</td>)", style_of(found), text);
}

std::string relation_table(const std::string& loss, const std::vector<const Tally*>& tallies) {
  std::set<std::pair<std::string, std::string>> columns;
  std::map<std::string, std::map<std::pair<std::string, std::string>, std::vector<const Tally*>>> cells;
  for (const Tally* t : tallies) {
    columns.insert({t->subject, t->dtypes()});
    cells[t->property][{t->subject, t->dtypes()}].push_back(t);
  }
  std::string html =
      fmt::format("<h3>{}</h3>\n<div class=\"scroll\"><table class=\"matrix\">\n<tr><th>property</th>", escaped(loss));
  for (const auto& [subject, dtypes] : columns) html += fmt::format("<th>{} {}</th>", escaped(subject), dtypes);
  html += "</tr>\n";
  for (auto& [property, by_column] : cells) {
    html += fmt::format("<tr><td>{}</td>", escaped(property));
    for (const auto& column : columns) html += cell_of(by_column[column]);
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string worst_card(const Tally& t) {
  return fmt::format(R"(<article class="worst"><header>{} {} <b>{}</b> <span>{}</span> <span>{}</span> {})"
                     R"(<span class="ulp">{} ulp</span></header>)"
                     "\n<p>{}</p>\n<pre>{}</pre>\n<pre class=\"command\">{}</pre></article>\n",
                     escaped(t.subject), t.dtypes(), escaped(t.property), t.output,
                     share(t.failed, t.cases) + " of cases", pill(outcome(t)), ulps(t.max_ulp), escaped(t.message),
                     escaped(t.worst), escaped(t.replay));
}

}  // namespace

std::string verdict_table(const Records& records) {
  std::string html =
      "<table>\n<tr><th>subject</th><th>dtypes</th><th>outcome</th><th class=\"n\">max ulp</th><th "
      "class=\"n\">misrounded</th>"
      "<th class=\"n wide\">of results</th><th class=\"n wide\">cases</th></tr>\n";
  std::string loss;
  for (const SummaryRow& r : summarize(records)) {
    if (r.loss != loss) html += fmt::format("<tr><th class=\"group\" colspan=\"7\">{}</th></tr>\n", escaped(r.loss));
    loss = r.loss;
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n wide\">{}</td><td class=\"n wide\">{}</td></tr>\n",
        escaped(r.subject), r.dtypes, pill(r.outcome), ulps(r.max_ulp), share(r.misrounded, r.elements),
        grouped(r.elements), grouped(r.cases));
  }
  return html + "</table>\n";
}

std::string relation_tables(const Records& records) {
  std::map<std::string, std::vector<const Tally*>> of_loss;
  for (const Tally& t : records.tallies) of_loss[t.loss].push_back(&t);
  std::string html;
  for (const auto& [loss, tallies] : of_loss) html += relation_table(loss, tallies);
  return html;
}

std::string rung_table(const Records& records) {
  std::map<std::pair<std::string, std::string>, properties::Rungs> of;
  for (const Tally& t : records.tallies) of[{t.loss, t.dtypes()}] += t.rungs;
  std::string html = "<table>\n<tr><th>dtypes</th>";
  for (const oracles::Rung rung : oracles::rungs) html += fmt::format("<th class=\"n\">{}</th>", name(rung));
  html += "<th class=\"n\">undecided</th></tr>\n";
  std::string group;
  for (const auto& [key, rungs] : of) {
    const auto& [loss, dtypes] = key;
    if (loss != group) html += fmt::format("<tr><th class=\"group\" colspan=\"7\">{}</th></tr>\n", escaped(loss));
    group = loss;
    html += fmt::format("<tr><td>{}</td>", dtypes);
    for (const std::int64_t n : rungs.decided) html += fmt::format("<td class=\"n\">{}</td>", grouped(n));
    html += fmt::format("<td class=\"n\">{}</td></tr>\n", grouped(rungs.undecided));
  }
  return html + "</table>\n";
}

std::string worst_inputs(const Records& records) {
  std::map<std::string, std::vector<const Tally*>> of_loss;
  for (const Tally& t : records.tallies)
    if (!t.replay.empty()) of_loss[t.loss].push_back(&t);
  std::string html;
  for (auto& [loss, tallies] : of_loss) {
    // A broken promise first, then the greatest errors.
    std::stable_sort(tallies.begin(), tallies.end(), [](const Tally* a, const Tally* b) {
      const bool a_broke = outcome(*a) == "failed", b_broke = outcome(*b) == "failed";
      return a_broke != b_broke ? a_broke : a->max_ulp > b->max_ulp;
    });
    const bool broken = outcome(*tallies.front()) == "failed";
    html += fmt::format("<details{}><summary>{} <small>{} inputs</small></summary>\n", broken ? " open" : "",
                        escaped(loss), tallies.size());
    for (const Tally* t : tallies) html += worst_card(*t);
    html += "</details>\n";
  }
  return html;
}

}  // namespace reports
