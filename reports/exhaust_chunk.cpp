#include "reports/exhaust_chunk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

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

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Bytes that are a NaN in every real dtype: what a subject does not write shows.
constexpr std::byte unwritten{0xff};

}  // namespace

std::int64_t inputs_of_a_binade(const Function& function) {
  const int fraction_bits = oracles::format_of(function.dtypes.input).precision - 1;
  return function.inputs() >> (function.bits() - fraction_bits);
}

Examiner::Examiner(const Function& function, const std::vector<const properties::Subject*>& subjects)
    : function_(function),
      subjects_(subjects),
      format_(oracles::format_of(function.dtypes.result)),
      oracle_(*function.loss, function.output, function.j, function.dtypes.result),
      y_reals_(function.has_y() ? chunk : 0, static_cast<double>(function.target.value_or(0))) {
  const std::size_t in = properties::size_of(function.dtypes.input), out = properties::size_of(function.dtypes.result);
  for (std::size_t a = 0; function.bits() == 16 && a < function.arguments(); ++a) {
    std::vector<std::uint16_t>& of = halves_.emplace_back();
    for (std::uint32_t p = 0; p < 1U << 16; ++p) of.push_back(static_cast<std::uint16_t>(function.in_domain(p, a)));
  }
  x_.resize(chunk * function.width() * in);
  x_reals_.resize(chunk * function.width());
  grad_output_.resize(chunk * out);
  for (std::size_t r = 0; r < chunk; ++r) properties::store_real(function.dtypes.result, &grad_output_[r * out], 1);
  const bool is_grad = function.output == Output::grad;
  written_.assign(subjects.size(), std::vector<std::byte>(chunk * function.results() * out));
  results_.resize(chunk * function.results());
  truths_.resize(chunk);

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
  const auto result_shaped = [&](auto... of) { return function.results() > 1 ? x_shaped(of...) : rows(of...); };
  (is_grad ? call_.grad : call_.value) = result_shaped(nullptr, function.dtypes.result);
}

int Examiner::binade(std::int64_t input) const { return static_cast<int>(input / inputs_of_a_binade(function_)); }

std::uint32_t Examiner::argument(std::int64_t input, std::size_t a) const {
  return halves_.empty() ? function_.argument(input, a) : halves_[a][function_.pattern(input, a)];
}

template <class Pattern>
void Examiner::lay_out(const Range& range) {
  const std::size_t width = function_.width();
  const auto put = [&](std::vector<std::byte>& to, std::size_t place, std::int64_t input, std::size_t a) {
    const auto pattern = static_cast<Pattern>(argument(input, a));
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
  if (!function_.loss->replace_unused) return;
  for (std::size_t r = 0; r < n; ++r)
    std::ranges::copy(used_row(range.begin + static_cast<std::int64_t>(r)).x, &x_reals_[r * width]);
}

oracles::Row<double> Examiner::used_row(std::int64_t input) const {
  oracles::Row<double> row = function_.row(input);
  if (function_.loss->replace_unused) function_.loss->replace_unused(row);
  return row;
}

void Examiner::call(std::size_t subject, std::int64_t n) {
  std::vector<std::byte>& result = written_[subject];
  std::ranges::fill(result, unwritten);
  (call_.grad ? call_.grad : call_.value)->data = result.data();
  for (View& view : call_.inputs) view.shape[0] = n;
  for (auto* view : {&call_.grad_output, &call_.value, &call_.grad})
    if (*view) (*view)->shape[0] = n;
  subjects_[subject]->run(*function_.loss, call_);
}

std::vector<Census> Examiner::examine(const Range& range, std::span<const Known> known) {
  function_.bits() == 32 ? lay_out<std::uint32_t>(range) : lay_out<std::uint16_t>(range);
  begin_ = range.begin;
  looked_ = false;
  std::vector<Census> all;
  for (std::size_t s = 0; s < subjects_.size(); ++s) {
    call(s, range.size());
    std::size_t same = 0;
    while (same < s && (written_[same] != written_[s] || known[same] != known[s])) ++same;
    all.push_back(same < s ? all[same] : census(s, range, known[s]));
  }
  return all;
}

Census Examiner::census(std::size_t subject, const Range& range, const Known& known) {
  properties::load_reals(function_.dtypes.result, written_[subject].data(), results_);
  Census census;
  census.cover(range);
  census.hardest = known.hardest;
  Binade& binade = census.binades[this->binade(range.begin)];
  binade.inputs = range.size(), binade.worst = known.worst;
  wrongest_.clear(), hard_.clear();
  const std::size_t n = index(range.size());
  const auto number = number_of_all(subject, n);
  const Candidates flat{0, n, number.value_or(0), number.value_or(0), 0.5, true};
  if (number && are_errors_told(flat, known)) {
    census.rungs.decided[static_cast<std::size_t>(oracles::Rung::mpfi)] += range.size();
    wrongest_ = hard_ = {flat};
  } else {
    judge_all(n, binade, census);
  }
  settle(wrongest_, false, binade.worst);
  settle(hard_, true, census.hardest);
  census.rungs.undecided += std::exchange(open_, 0);
  return census;
}

/// Most results are those that the first rung's ball rounds to, with an error that is too small to be ranked, or beside
/// a candidate that looks the same.
void Examiner::judge_all(std::size_t n, Binade& binade, Census& census) {
  const std::size_t stride = function_.results(), width = function_.width();
  const std::span<const double> y = function_.has_y() ? std::span(y_reals_).first(n) : std::span<double>();
  if (!std::exchange(looked_, true))
    oracle_.look({std::span(x_reals_).first(n * width), y, width, function_.target.value_or(0)},
                 std::span(truths_).first(n));
  const std::array lists{std::pair{&wrongest_, binade.worst.floor()}, std::pair{&hard_, census.hardest.floor()}};
  std::int64_t plain = 0, undefined = 0;
  for (std::size_t r = 0; r < n; ++r) {
    const double got = results_[r * stride + function_.j];
    if (std::isnan(got) && is_undefined(r)) {
      ++undefined;
      continue;
    }
    const oracles::Ball& truth = truths_[r];
    bool is_plain = oracles::rounds_to(truth, got, format_);
    const double most = oracles::error_bound(got, truth, format_);
    for (const auto& [list, floor] : lists)
      is_plain &= most < floor || (truth.radius != 0 && follows(*list, r, got, got));
    if (!is_plain) {
      judge(r, got, binade, census);
      continue;
    }
    ++plain;
    for (const auto& [list, floor] : lists)
      if (!(most < floor)) list->back().extend(std::min(most, 0.5));
  }
  census.rungs.decided[static_cast<std::size_t>(oracles::Rung::ball)] += plain;
  census.rungs.decided[static_cast<std::size_t>(oracles::Rung::contract)] += undefined;
}

bool Examiner::follows(const std::vector<Candidates>& all, std::size_t r, double number, double rounded) {
  return !all.empty() && all.back().end == r && all.back().is_finite && properties::same(all.back().number, number) &&
         properties::same(all.back().rounded, rounded);
}

template <class Predicate>
bool Examiner::any_argument(std::size_t r, Predicate holds) const {
  const auto x = std::span(x_reals_).subspan(r * function_.width(), function_.width());
  return std::ranges::any_of(x, holds) || (!y_reals_.empty() && holds(y_reals_[r]));
}

std::optional<double> Examiner::round_beside(std::size_t r) {
  const bool finite = !any_argument(r, [](double x) { return !std::isfinite(x); });
  return finite ? oracle_.round_beside(row(r)) : std::nullopt;
}

bool Examiner::is_undefined(std::size_t r) {
  if (any_argument(r, [](double x) { return std::isnan(x); })) return true;
  return function_.loss->is_undefined && function_.loss->is_undefined(row(r));
}

void Examiner::judge(std::size_t r, double got, Binade& binade, Census& census) {
  const oracles::Ball& ball = truths_[r];
  Rounded truth{true, std::numeric_limits<double>::quiet_NaN(), oracles::Rung::contract};
  if (const auto answer = oracles::round_to(ball, format_)) {
    truth = {true, *answer, oracles::Rung::ball};
  } else if (const auto beside = round_beside(r)) {
    truth = {true, *beside, oracles::Rung::exact};
  } else if (!is_undefined(r)) {
    oracle_.set(row(r));
    truth = oracle_.rounded();
  }
  census.rungs.count(truth);
  if (!truth.decided) return;
  const bool right = properties::same(got, truth.value);
  if (!right) {
    ++census.misrounded, ++binade.misrounded;
    ++census.kinds[static_cast<std::size_t>(mismatch(got, truth.value))];
    if (census.first.size() < Census::told) census.first.push_back({input(r), got, truth.value});
  }
  // What is correctly rounded is off by at most 1/2; a ball that is exact says so of a tie.
  ErrorRange range = oracles::error_range(truth.value, truth.value, ball, format_);
  const bool is_tie = range.least == 0.5 && range.most == 0.5;
  range.most = std::min(range.most, 0.5);
  const auto add = [&](std::vector<Candidates>& to, double number, double most) {
    const bool finite = !any_argument(r, [](double x) { return !std::isfinite(x); });
    if (finite && follows(to, r, number, truth.value))
      to.back().extend(most);
    else
      to.push_back({r, r + 1, number, truth.value, most, finite});
  };
  if (!is_tie && census.hardest.admits(range.most, input(r))) add(hard_, truth.value, range.most);
  if (!right) range = oracles::error_range(got, truth.value, ball, format_);
  if (binade.worst.admits(range.most, input(r))) add(wrongest_, got, range.most);
}

}  // namespace reports
