#include <fmt/format.h>

#include <algorithm>

#include "reports/exhaust_progress.h"
#include "reports/exhaust_record.h"
#include "reports/page.h"
#include "reports/summary.h"

namespace reports {
namespace {

constexpr auto introduction =
    "<section>\n<h2>Exhaustive runs</h2>\n<p>Every input of a function of 32 bits, NaN, infinities, zeros and "
    "subnormals among them: one f32 argument, or two of 16 bits. The largest error is exact to the last digit "
    "shown; one below 2^-20 ulp counts as none.</p>\n"
    "<div class=\"scroll\"><table>\n<tr><th>function</th><th>subject</th><th>outcome</th><th class=\"n\">inputs</th>"
    "<th class=\"n\">misrounded</th><th class=\"n\">undecided</th><th class=\"n\">max ulp</th><th>at</th>"
    "<th class=\"n wide\">time</th></tr>\n";

std::string row(const ExhaustRecord& r) {
  const Ranked worst = r.census.worst();
  const std::string found = outcome(r), share = r.is_complete() ? "all " : "";
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td><span class=\"pill {}\">{}</span></td><td class=\"n\">{}{}</td><td "
      "class=\"n\">{}</td>"
      "<td class=\"n\">{}</td><td class=\"n\">{:.10g}</td><td>{}</td><td class=\"n wide\">{}</td></tr>\n",
      r.function.name(), escaped(r.subject), found, found, share, grouped(r.census.inputs()),
      grouped(r.census.misrounded), grouped(r.census.rungs.undecided), worst.error,
      worst.error > 0 ? arguments_text(r.function, worst.input) : "&ndash;", clock_text(r.context.seconds));
}

}  // namespace

std::string exhaustive_runs(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(directory))
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".json") && !name.ends_with(".checkpoint.json")) files.push_back(entry.path());
    }
  if (files.empty()) return "";
  std::ranges::sort(files);
  std::string html = introduction;
  for (const auto& file : files) html += row(read_exhaust_record(file));
  return html + "</table></div>\n</section>\n";
}

}  // namespace reports
