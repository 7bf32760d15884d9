#include "reports/exhaust_chunk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/box.h"
#include "properties/floats.h"
#include "properties/storage.h"

namespace reports {

using oracles::DType;
using oracles::ErrorRange;
using oracles::Output;
using oracles::Rounded;
using properties::Function;
using properties::View;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Bytes that are a NaN in every real dtype: what a subject does not write shows.
constexpr std::byte unwritten{0xff};

/// Candidates that follow one another with the same number and the same rounded value.
template <class Candidates>
struct Group {
  Candidates members;
  double most = 0;
};

template <class Candidates>
std::vector<Group<Candidates>> groups(Candidates all) {
  std::vector<Group<Candidates>> result;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    double most = 0;
    for (; end < all.size(); ++end) {
      const auto &first = all[begin], &next = all[end];
      const bool alike = properties::same(first.number, next.number) && properties::same(first.rounded, next.rounded) &&
                         first.is_finite && next.is_finite;
      if (end > begin && !alike) break;
      most = std::max(most, next.most);
    }
    result.push_back({all.subspan(begin, end - begin), most});
  }
  return result;
}

}  // namespace

Examiner::Examiner(const Function& function, const properties::Subject& subject)
    : function_(function),
      subject_(subject),
      format_(oracles::format_of(function.dtypes.result)),
      oracle_(*function.loss, function.output, function.j, function.dtypes.result),
      y_reals_(function.has_y() ? chunk : 0, static_cast<double>(function.target.value_or(0))) {
  const std::size_t in = properties::size_of(function.dtypes.input), out = properties::size_of(function.dtypes.result);
  x_.resize(chunk * function.width() * in);
  x_reals_.resize(chunk * function.width());
  grad_output_.resize(chunk * out);
  for (std::size_t r = 0; r < chunk; ++r) properties::store_real(function.dtypes.result, &grad_output_[r * out], 1);
  const bool is_grad = function.output == Output::grad;
  result_.resize(chunk * (is_grad ? function.width() : 1) * out);
  results_.resize(chunk * (is_grad ? function.width() : 1));
  sights_.resize(chunk);

  const auto rows = [](void* data, DType dtype) { return View{data, dtype, {0}, {1}}; };
  const auto x_shaped = [&](void* data, DType dtype) {
    return function.loss->form == oracles::Form::classes ? View{data, dtype, {0, 2}, {2, 1}} : rows(data, dtype);
  };
  call_.attributes.reduction = oracles::Reduction::none;
  call_.inputs.push_back(x_shaped(x_.data(), function.dtypes.input));
  if (function.loss->arguments.size() > 1) {
    const DType dtype = function.has_y() ? function.dtypes.input : DType::i64;
    const std::size_t size = properties::size_of(dtype);
    y_.resize(chunk * size);
    for (std::size_t r = 0; r < chunk; ++r) {
      if (function.has_y())
        properties::store_real(dtype, &y_[r * size], y_reals_[r]);
      else
        properties::store_index(dtype, &y_[r * size], function.target.value_or(0));
    }
    call_.inputs.push_back(rows(y_.data(), dtype));
  }
  if (is_grad) call_.grad_output = rows(grad_output_.data(), function.dtypes.result);
  (is_grad ? call_.grad : call_.value) =
      is_grad ? x_shaped(result_.data(), function.dtypes.result) : rows(result_.data(), function.dtypes.result);
}

int Examiner::binade(std::int64_t input) const {
  const int fraction_bits = oracles::format_of(function_.dtypes.input).precision - 1;
  return static_cast<int>(function_.pattern(input, 0) >> fraction_bits);
}

template <class Pattern>
void Examiner::lay_out(const Range& range) {
  const std::size_t width = function_.width();
  const auto put = [&](std::vector<std::byte>& to, std::size_t place, std::int64_t input, std::size_t a) {
    const auto pattern = static_cast<Pattern>(function_.pattern(input, a));
    std::memcpy(&to[place * sizeof pattern], &pattern, sizeof pattern);
  };
  for (std::int64_t input = range.begin; input < range.end; ++input) {
    const std::size_t r = index(input - range.begin);
    for (std::size_t k = 0; k < width; ++k) put(x_, r * width + k, input, k);
    if (function_.arguments() > width) put(y_, r, input, width);
  }
  const std::size_t n = index(range.size());
  properties::load_reals(function_.dtypes.input, x_.data(), std::span(x_reals_).first(n * width));
  if (function_.arguments() > width)
    properties::load_reals(function_.dtypes.input, y_.data(), std::span(y_reals_).first(n));
}

void Examiner::call_subject(std::int64_t n) {
  std::ranges::fill(result_, unwritten);
  for (View& view : call_.inputs) view.shape[0] = n;
  for (auto* view : {&call_.grad_output, &call_.value, &call_.grad})
    if (*view) (*view)->shape[0] = n;
  subject_.run(*function_.loss, call_);
  properties::load_reals(function_.dtypes.result, result_.data(), results_);
}

Census Examiner::examine(const Range& range, const Ranking& worst, const Ranking& hardest) {
  const std::size_t n = index(range.size()), width = function_.width();
  function_.bits() == 32 ? lay_out<std::uint32_t>(range) : lay_out<std::uint16_t>(range);
  call_subject(range.size());
  const std::span<const double> y = function_.has_y() ? std::span(y_reals_).first(n) : std::span<double>();
  oracle_.look({std::span(x_reals_).first(n * width), y, width, function_.target.value_or(0)},
               std::span(sights_).first(n));
  begin_ = range.begin;
  Census census;
  census.cover(range);
  census.hardest = hardest;
  Binade& binade = census.binades[this->binade(range.begin)];
  binade.inputs = range.size();
  binade.worst = worst;
  wrongest_.clear(), hard_.clear();
  const bool is_grad = function_.output == Output::grad;
  for (std::size_t r = 0; r < n; ++r)
    judge(r, is_grad ? results_[r * width + function_.j] : results_[r], binade, census);
  settle(wrongest_, false, binade.worst);
  settle(hard_, true, census.hardest);
  census.rungs.undecided += std::exchange(open_, 0);
  return census;
}

void Examiner::judge(std::size_t r, double got, Binade& binade, Census& census) {
  const std::int64_t input = begin_ + static_cast<std::int64_t>(r);
  const oracles::Sight& sight = sights_[r];
  Rounded truth{true, sight.rounded, std::isnan(sight.rounded) ? oracles::Rung::contract : oracles::Rung::ball};
  if (!sight.decided) {
    oracle_.set(function_.row(input));
    truth = oracle_.rounded();
  }
  census.rungs.count(truth);
  if (!truth.decided) return;
  const bool right = properties::same(got, truth.value);
  if (!right) {
    ++census.misrounded, ++binade.misrounded;
    ++census.kinds[static_cast<std::size_t>(mismatch(got, truth.value))];
    if (census.first.size() < Census::told) census.first.push_back({input, got, truth.value});
  }
  const bool finite = sight.is_finite;
  const bool has_ball = finite && oracles::first_rung() == oracles::Rung::ball;
  const oracles::Ball ball = has_ball ? sight.truth : oracles::Ball(0, infinity);
  if (right && has_ball) {
    const double most = oracles::error_bound(truth.value, ball, format_);
    if (!census.hardest.admits(most, input) && !binade.worst.admits(most, input)) return;
  }
  // What is correctly rounded is off by at most 1/2; a ball that is exact says so of a tie.
  ErrorRange range = oracles::error_range(truth.value, truth.value, ball, format_);
  const bool is_tie = range.least == 0.5 && range.most == 0.5;
  range.most = std::min(range.most, 0.5);
  if (!is_tie && census.hardest.admits(range.most, input))
    hard_.push_back({input, truth.value, truth.value, range.most, finite});
  if (!right) range = oracles::error_range(got, truth.value, ball, format_);
  if (binade.worst.admits(range.most, input)) wrongest_.push_back({input, got, truth.value, range.most, finite});
}

void Examiner::settle(const std::vector<Candidate>& candidates, bool excludes_ties, Ranking& ranking) {
  auto all = groups(Candidates(candidates));
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.most > b.most; });
  for (const auto& group : all)
    if (ranking.admits(group.most, group.members.front().input))
      settle(group.members, errors(group.members), excludes_ties, ranking);
}

/// Candidates whose errors lie in the range: all at once where it is one number, else by halves, the one that promises
/// more first.
void Examiner::settle(Candidates candidates, const ErrorRange& range, bool excludes_ties, Ranking& ranking) {
  if (!ranking.admits(range.most, candidates.front().input)) return;
  if (range.least == range.most) {
    for (const Candidate& candidate : candidates) {
      if (!ranking.admits(range.most, candidate.input)) return;
      if (!(excludes_ties && range.most == 0.5 && is_tie(candidate))) ranking.add({range.most, candidate.input});
    }
    return;
  }
  const Candidates low = candidates.first(candidates.size() / 2), high = candidates.subspan(candidates.size() / 2);
  const ErrorRange of_low = errors(low), of_high = errors(high);
  if (of_low.most >= of_high.most) settle(low, of_low, excludes_ties, ranking);
  settle(high, of_high, excludes_ties, ranking);
  if (of_low.most < of_high.most) settle(low, of_low, excludes_ties, ranking);
}

ErrorRange Examiner::errors(Candidates candidates) {
  const Candidate& first = candidates.front();
  if (candidates.size() == 1) {
    const double error = this->error(first);
    return {error, error};
  }
  oracles::Box box{function_.row(first.input), function_.row(first.input)};
  for (const Candidate& candidate : candidates) {
    const std::size_t r = index(candidate.input - begin_), width = function_.width();
    for (std::size_t k = 0; k < width; ++k) {
      box.low.x[k] = std::min(box.low.x[k], x_reals_[r * width + k]);
      box.high.x[k] = std::max(box.high.x[k], x_reals_[r * width + k]);
    }
    if (y_reals_.empty()) continue;
    box.low.y = std::min(box.low.y, y_reals_[r]);
    box.high.y = std::max(box.high.y, y_reals_[r]);
  }
  return oracles::error_range(*function_.loss, function_.output, function_.j, box, first.number, first.rounded,
                              format_);
}

double Examiner::error(const Candidate& candidate) {
  oracle_.set(function_.row(candidate.input));
  oracle_.rounded();
  const auto error = oracle_.exact_error(candidate.number);
  if (!error) ++open_;
  return error.value_or(0);
}

bool Examiner::is_tie(const Candidate& candidate) {
  oracle_.set(function_.row(candidate.input));
  oracle_.rounded();
  return oracle_.is_tie();
}

}  // namespace reports
