// The tallies of a campaign brought together, one line per loss x subject x dtypes: what the table and the page show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/records.h"

namespace reports {

struct SummaryRow {
  std::string loss, subject, dtypes;
  std::int64_t cases = 0;       ///< drawn, over all properties
  std::int64_t elements = 0;    ///< results judged against the oracle
  std::int64_t misrounded = 0;  ///< of these, not the correctly rounded value
  double max_ulp = 0;
  std::string outcome;  ///< the gravest of its tallies
  std::string gravest;  ///< the properties that have it, unless all held
};

std::vector<SummaryRow> summarize(const Records& records);

/// Who decided, over all tallies.
properties::Rungs rungs(const Records& records);

/// "contract 12, ball 3,456, arb 7, mpfi 0, exact 8; undecided 0"
std::string text(const properties::Rungs& rungs);

/// The exit code of a campaign: 0 all held, 1 a subject broke its promise, 3 something was undecided or not run.
int exit_code(const Records& records);

std::string table(const std::vector<SummaryRow>& rows);

/// "1,797"
std::string grouped(std::int64_t n);

/// An error in ulp as people read it: "0.50", "1.2e+07", "inf".
std::string ulps(double ulp);

}  // namespace reports
