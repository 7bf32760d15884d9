// One chunk of an exhaustive run: a call of the subject, and every result of it judged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "oracles/row_oracle.h"
#include "properties/functions.h"
#include "properties/subject.h"
#include "reports/exhaust_census.h"

namespace reports {

/// Inputs with numbers [k * chunk, (k + 1) * chunk) have one sign and one exponent of the first argument.
inline constexpr std::int64_t chunk = 65536;

/// Not thread-safe; each thread has its own.
class Examiner {
 public:
  /// Both must outlive this.
  Examiner(const properties::Function& function, const properties::Subject& subject);

  /// The part of the map of binades that an input belongs to.
  int binade(std::int64_t input) const;

  /// The census of a range that lies in one chunk. The rankings are what is known already of the binade's worst and of the
  /// hardest inputs: those that can't be among the first any more are not looked at closely.
  Census examine(const Range& range, const Ranking& worst, const Ranking& hardest);

 private:
  /// An input whose error may be among the largest: that of `number`, where the true value rounds to `rounded`.
  struct Candidate {
    std::int64_t input;
    double number;
    double rounded;
    double most;
    bool is_finite;
  };
  using Candidates = std::span<const Candidate>;

  template <class Pattern>
  void lay_out(const Range& range);
  void call_subject(std::int64_t n);
  void judge(std::size_t r, double got, Binade& binade, Census& census);

  void settle(const std::vector<Candidate>& candidates, bool excludes_ties, Ranking& ranking);
  void settle(Candidates candidates, const oracles::ErrorRange& range, bool excludes_ties, Ranking& ranking);
  oracles::ErrorRange errors(Candidates candidates);
  double error(const Candidate& candidate);
  bool is_tie(const Candidate& candidate);

  const properties::Function& function_;
  const properties::Subject& subject_;
  const oracles::Format format_;
  oracles::RowOracle oracle_;
  properties::Call call_;
  std::vector<std::byte> x_, y_, grad_output_, result_;
  std::vector<double> x_reals_, y_reals_, results_;
  std::vector<oracles::Sight> sights_;
  std::int64_t begin_ = 0;  ///< the range's, of which the vectors above are
  std::vector<Candidate> wrongest_, hard_;
  std::int64_t open_ = 0;  ///< errors that were not decided
};

}  // namespace reports
