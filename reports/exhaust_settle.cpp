// The ranking of errors: which candidates are among the largest; and what one enclosure tells of many.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "properties/storage.h"
#include "reports/exhaust_chunk.h"

namespace reports {

using oracles::ErrorRange;

void Examiner::settle(std::vector<Candidates>& all, bool excludes_ties, Ranking& ranking) {
  std::ranges::stable_sort(all, std::greater(), &Candidates::most);
  for (const Candidates& candidates : all)
    if (ranking.admits(candidates.most, input(candidates.begin)))
      settle(candidates, errors(candidates), excludes_ties, ranking);
}

/// Candidates whose errors lie in the range: all at once where it is one number, else by halves, the one that promises
/// more first.
void Examiner::settle(const Candidates& candidates, const ErrorRange& range, bool excludes_ties, Ranking& ranking) {
  if (!ranking.admits(range.most, input(candidates.begin))) return;
  if (range.least == range.most) {
    for (std::size_t r = candidates.begin; r < candidates.end; ++r) {
      if (!ranking.admits(range.most, input(r))) return;
      if (!(excludes_ties && range.most == 0.5 && is_tie(r))) ranking.add({range.most, input(r)});
    }
    return;
  }
  Candidates low = candidates, high = candidates;
  low.end = high.begin = candidates.begin + candidates.size() / 2;
  const ErrorRange of_low = errors(low), of_high = errors(high);
  if (of_low.most >= of_high.most) settle(low, of_low, excludes_ties, ranking);
  settle(high, of_high, excludes_ties, ranking);
  if (of_low.most < of_high.most) settle(low, of_low, excludes_ties, ranking);
}

/// The number that all results of the subject are, and that one enclosure over all inputs shows to be right: where a
/// function is flat, or underflows, there is no need to look at each.
std::optional<double> Examiner::number_of_all(std::size_t subject, std::size_t n) {
  const double first = results_[0];
  if (function_.arguments() != 1 || function_.results() != 1 || !std::isfinite(first)) return std::nullopt;
  const std::byte* bytes = written_[subject].data();
  const std::size_t size = properties::size_of(function_.dtypes.result);
  if (std::memcmp(bytes, bytes + size, (n - 1) * size) != 0) return std::nullopt;
  const auto is_finite = [](double x) { return std::isfinite(x); };
  if (!std::ranges::all_of(std::span(x_reals_).first(n), is_finite)) return std::nullopt;
  const bool right = oracles::rounds_to(*function_.loss, function_.output, function_.j, box(0, n), first, format_);
  return right ? std::optional(first) : std::nullopt;
}

/// Whether one enclosure tells the errors of all, or that they are too small to be ranked: else it pays to look at
/// each.
bool Examiner::are_errors_told(const Candidates& flat, const Known& known) {
  const ErrorRange range = errors(flat);
  const double most = std::min(range.most, 0.5);
  const auto admits = [&](const Ranking& ranking) { return ranking.admits(most, input(flat.begin)); };
  return range.least == range.most || (!admits(known.worst) && !admits(known.hardest));
}

ErrorRange Examiner::errors(const Candidates& candidates) {
  if (candidates.size() == 1) {
    const double error = this->error(candidates);
    return {error, error};
  }
  return oracles::error_range(*function_.loss, function_.output, function_.j, box(candidates.begin, candidates.end),
                              candidates.number, candidates.rounded, format_);
}

/// The least that has the rows in it.
oracles::Box Examiner::box(std::size_t begin, std::size_t end) {
  oracles::Box box{row(begin), row(begin)};
  for (std::size_t r = begin; r < end; ++r) {
    for (std::size_t k = 0, width = function_.width(); k < width; ++k) {
      box.low.x[k] = std::min(box.low.x[k], x_reals_[r * width + k]);
      box.high.x[k] = std::max(box.high.x[k], x_reals_[r * width + k]);
    }
    if (y_reals_.empty()) continue;
    box.low.y[0] = std::min(box.low.y[0], y_reals_[r]);
    box.high.y[0] = std::max(box.high.y[0], y_reals_[r]);
  }
  return box;
}

const oracles::Row<double>& Examiner::row(std::size_t r) {
  const auto x = std::span(x_reals_).subspan(r * function_.width(), function_.width());
  row_.x.assign(x.begin(), x.end());
  if (!y_reals_.empty()) row_.y.assign(1, y_reals_[r]);
  row_.target = function_.target.value_or(0);
  return row_;
}

double Examiner::error(const Candidates& candidate) {
  oracle_.set(row(candidate.begin));
  oracle_.rounded();
  const auto error = oracle_.exact_error(candidate.number);
  if (!error) ++open_;
  return error.value_or(0);
}

bool Examiner::is_tie(std::size_t r) {
  oracle_.set(row(r));
  oracle_.rounded();
  return oracle_.is_tie();
}

}  // namespace reports
