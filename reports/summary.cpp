#include "reports/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

namespace reports {
namespace {

int gravity(const std::string& outcome) {
  static constexpr std::array order{"held", "finding", "not run", "undecided", "failed"};
  return static_cast<int>(std::find(order.begin(), order.end(), outcome) - order.begin());
}

void note_outcome(SummaryRow& row, const Tally& tally) {
  const std::string found = outcome(tally);
  if (row.outcome.empty() || gravity(found) > gravity(row.outcome)) row.outcome = found, row.gravest.clear();
  if (found != row.outcome || found == "held" || row.gravest.find(tally.property) != std::string::npos) return;
  row.gravest += (row.gravest.empty() ? "" : ", ") + tally.property;
}

}  // namespace

std::vector<SummaryRow> summarize(const Records& records) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Key, SummaryRow> rows;
  std::map<Key, std::map<std::string, std::int64_t>> cases_of_property;
  for (const Tally& t : records.tallies) {
    const Key key{t.loss, t.subject, t.dtype, t.result_dtype};
    SummaryRow& row = rows[key];
    row.loss = t.loss, row.subject = t.subject, row.dtypes = t.dtypes();
    // A case is judged once per output: it counts once.
    std::int64_t& cases = cases_of_property[key][t.property];
    row.cases += std::max<std::int64_t>(0, t.cases - cases);
    cases = std::max(cases, t.cases);
    if (t.property == "accuracy") {
      row.elements += t.elements, row.misrounded += t.misrounded;
      row.max_ulp = std::max(row.max_ulp, t.max_ulp);
    }
    note_outcome(row, t);
  }
  std::vector<SummaryRow> result;
  for (auto& [key, row] : rows) result.push_back(std::move(row));
  return result;
}

properties::Rungs rungs(const Records& records) {
  properties::Rungs sum;
  for (const Tally& t : records.tallies) sum += t.rungs;
  return sum;
}

std::string text(const properties::Rungs& rungs) {
  std::string line;
  for (const oracles::Rung rung : oracles::rungs)
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", oracles::name(rung),
                        grouped(rungs.decided[static_cast<std::size_t>(rung)]));
  return fmt::format("{}; undecided {}", line, grouped(rungs.undecided));
}

int exit_code(const Records& records) {
  int code = records.context.interrupted || records.tallies.empty() ? 3 : 0;
  for (const Tally& t : records.tallies) {
    const std::string found = outcome(t);
    if (found == "failed") return 1;
    if (t.held_to_promise() && found != "held") code = 3;
  }
  return code;
}

std::string table(const std::vector<SummaryRow>& rows) {
  constexpr auto line = "{:<34}  {:<16}  {:<11}  {:>9}  {:>11}  {:>11}  {:>9}  {}\n";
  std::string text =
      fmt::format(line, "loss", "subject", "dtype", "cases", "elements", "misrounded", "max ulp", "outcome");
  for (const SummaryRow& r : rows)
    text += fmt::format(line, r.loss, r.subject, r.dtypes, grouped(r.cases), grouped(r.elements), grouped(r.misrounded),
                        ulps(r.max_ulp), r.outcome);
  return text;
}

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3 && digits[i - 4] != '-';) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string ulps(double ulp) {
  if (std::isnan(ulp) || std::isinf(ulp)) return fmt::format("{}", ulp);
  return ulp < 1e5 ? fmt::format("{:.2f}", ulp) : fmt::format("{:.1e}", ulp);
}

}  // namespace reports
