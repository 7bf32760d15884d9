#include "reports/exhaust_census.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace reports {

std::vector<Range> without(const Range& whole, const std::vector<Range>& parts) {
  std::vector<Range> rest;
  std::int64_t next = whole.begin;
  for (const Range& part : parts) {
    if (part.begin > next) rest.push_back({next, std::min(part.begin, whole.end)});
    next = std::max(next, part.end);
    if (next >= whole.end) return rest;
  }
  rest.push_back({next, whole.end});
  return rest;
}

void Ranking::add(const Ranked& ranked) {
  if (!admits(ranked.error, ranked.input) || std::find(first_.begin(), first_.end(), ranked) != first_.end()) return;
  const auto before = [](const Ranked& a, const Ranked& b) { return a.before(b); };
  first_.insert(std::upper_bound(first_.begin(), first_.end(), ranked, before), ranked);
  if (first_.size() > size_) first_.pop_back();
}

void Ranking::merge(const Ranking& other) {
  for (const Ranked& ranked : other.first_) add(ranked);
}

std::string_view name(Mismatch mismatch) {
  static constexpr std::array<std::string_view, mismatches.size()> names{"nan_expected", "nan_returned", "infinity",
                                                                         "zero_sign", "number"};
  return names[static_cast<std::size_t>(mismatch)];
}

Mismatch mismatch(double got, double expected) {
  if (std::isnan(expected)) return Mismatch::nan_expected;
  if (std::isnan(got)) return Mismatch::nan_returned;
  if (std::isinf(got) || std::isinf(expected)) return Mismatch::infinity;
  return got == 0 && expected == 0 ? Mismatch::zero_sign : Mismatch::number;
}

std::int64_t Census::inputs() const {
  std::int64_t sum = 0;
  for (const Range& range : ranges) sum += range.size();
  return sum;
}

Ranked Census::worst() const {
  Ranking all(1);
  for (const auto& [bits, binade] : binades) all.merge(binade.worst);
  return all.first().empty() ? Ranked{} : all.first().front();
}

void Census::cover(const Range& range) {
  auto next = std::ranges::lower_bound(ranges, range.begin, {}, &Range::begin);
  next = ranges.insert(next, range);
  if (std::next(next) != ranges.end() && next->end == std::next(next)->begin) {
    next->end = std::next(next)->end;
    ranges.erase(std::next(next));
  }
  if (next != ranges.begin() && std::prev(next)->end == next->begin) {
    std::prev(next)->end = next->end;
    ranges.erase(next);
  }
}

void Census::merge(const Census& other) {
  for (const Range& range : other.ranges) cover(range);
  misrounded += other.misrounded;
  for (std::size_t k = 0; k < kinds.size(); ++k) kinds[k] += other.kinds[k];
  rungs += other.rungs;
  for (const auto& [bits, theirs] : other.binades) {
    Binade& ours = binades[bits];
    ours.inputs += theirs.inputs, ours.misrounded += theirs.misrounded;
    ours.worst.merge(theirs.worst);
  }
  hardest.merge(other.hardest);
  const auto earlier = [](const Misrounded& a, const Misrounded& b) { return a.input < b.input; };
  std::vector<Misrounded> both;
  std::merge(first.begin(), first.end(), other.first.begin(), other.first.end(), std::back_inserter(both), earlier);
  if (both.size() > told) both.resize(told);
  first = std::move(both);
}

}  // namespace reports
