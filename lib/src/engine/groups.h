// The engine: rows in groups, each group reduced into one element of the value, each row's gradient written on the way.
//
// Determinism: a value depends on the set of its rows alone, since it is their exact sum, rounded once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "arith/ladder.h"
#include "arith/sum.h"
#include "engine/derivative.h"
#include "engine/divisor.h"
#include "engine/extremes.h"
#include "engine/kernel.h"
#include "engine/output.h"
#include "engine/parallel.h"
#include "engine/terms.h"
#include "engine/vectors.h"
#include "lossproof/threads.h"

namespace lossproof::detail {

/// Group o has rows o * size to (o + 1) * size - 1, in row-major order of the positions. `batch` is what `batchmean`
/// divides by.
struct Groups {
  std::int64_t count = 0;
  std::int64_t size = 0;
  std::int64_t batch = 1;
};

inline Groups groups_of(Reduction reduction, const Extents& positions) {
  const std::int64_t n = count(positions);
  const std::int64_t batch = positions.size() == 0 ? 1 : positions[0];
  switch (reduction) {
    case Reduction::none:
      return {n, 1, batch};
    case Reduction::per_sample:
      if (positions.size() == 0) return {1, 1, batch};
      return {batch, batch == 0 ? 0 : count(without(positions, 0)), batch};
    default:
      return {1, n, batch};
  }
}

/// Rows offers `Divisor mean(begin, end)`, what the mean over these rows divides by, and
/// `template <class A> auto open(i)`, a row seen in arithmetic A, with
///   bool skipped()                       : an ignored row, not looked at
///   double weight()                      : what the row's loss is multiplied with
///   std::optional<double> known_value()  : NaN, an infinity, or an exact 0; without a reduction any number of any dtype
///   arith::Approx<A> value()             : otherwise; or Tracked<A>
///   void gradient(grad_output, divisor, counts) : writes the row's gradients.
template <class First, class Rows>
class GroupRunner {
 public:
  GroupRunner(const Rows& rows, const Groups& groups, const Request& request, const Vectors& in_vectors)
      : rows_(rows),
        groups_(groups),
        request_(request),
        in_vectors_(in_vectors),
        reduction_(request.reduction),
        row_size_(count(request.inputs[0].shape()) / std::max<std::int64_t>(1, groups.count * groups.size)),
        wants_gradient_(request.wants_gradient()) {
    if (request.value) value_.emplace(*request.value);
    if (request.grad_output) grad_output_.emplace(*request.grad_output);
  }

  Refinements run() {
    if (reduction_ == Reduction::none) {
      Stretch all{.begin = 0, .end = groups_.count};
      run_stretch(all, bool(in_vectors_), [this](std::int64_t i) { run_row(i); });
    } else {
      run_groups();
    }
    return counts_;
  }

 private:
  /// Groups are dealt out to threads, each with a copy of this.
  void run_groups() {
    const std::int64_t tasks = tasks_for(groups_.count, groups_.size * row_size_);
    if (tasks == 1) return run_groups(0, groups_.count);
    std::vector<GroupRunner> runners(static_cast<std::size_t>(tasks), *this);
    in_parallel(tasks, [&](std::int64_t k) {
      const std::int64_t begin = share(groups_.count, k, tasks);
      runners[static_cast<std::size_t>(k)].run_groups(begin, share(groups_.count, k + 1, tasks));
    });
    for (const GroupRunner& runner : runners) counts_ = counts_ + runner.counts_;
  }
  void run_groups(std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) run_group(group);
  }

  /// The rows of the stretch are dealt out likewise, unless they are few and long: then each is cut up.
  void run_vectors(Stretch& stretch) const {
    const std::int64_t rows = stretch.end - stretch.begin;
    const std::int64_t tasks = tasks_for_rows(rows, row_size_);
    stretch.alone = tasks == 1;
    if (stretch.alone) return in_vectors_(request_, stretch);
    std::vector<Stretch> parts(static_cast<std::size_t>(tasks), stretch);
    in_parallel(tasks, [&](std::int64_t k) {
      Stretch& part = parts[static_cast<std::size_t>(k)];
      part.begin = stretch.begin + share(rows, k, tasks);
      part.end = stretch.begin + share(rows, k + 1, tasks);
      in_vectors_(request_, part);
    });
    for (const Stretch& part : parts) {
      stretch.sum.add(part.sum);
      stretch.results += part.results;
      stretch.left.insert(stretch.left.end(), part.left.begin(), part.left.end());
    }
  }

  /// Calls `careful` for the rows that the kernel in vectors leaves: all where there is none.
  template <class Careful>
  void run_stretch(Stretch& stretch, bool in_vectors, const Careful& careful) {
    if (!in_vectors) {
      for (std::int64_t i = stretch.begin; i < stretch.end; ++i) careful(i);
      return;
    }
    for (std::int64_t begin = stretch.begin; begin < stretch.end; begin += most_at_once) {
      Stretch part{begin, std::min(begin + most_at_once, stretch.end), stretch.grad_output, stretch.divisor};
      part.refuse = arith::refuse_first;
      run_vectors(part);
      stretch.sum.add(part.sum);
      counts_.results += part.results;
      for (const std::int64_t i : part.left) careful(i);
    }
  }

  /// A row whose loss is returned as it is: nothing is added up.
  void run_row(std::int64_t i) {
    auto row = rows_.template open<First>(i);
    if (wants_gradient_) row.gradient((*grad_output_)[i], 1, counts_);
    if (!value_) return;
    if (row.skipped()) return value_->set(i, 0);
    if (const std::optional<double> known = row.known_value()) {
      return value_->set(i, times_weight(*known, row.weight()));
    }
    const double weight = row.weight();
    const auto in = [&]<class A>(A) { return to_round(rows_.template open<A>(i).value(), weight); };
    value_->set(i, rounded(to_round(row.value(), weight), in));
  }

  void run_group(std::int64_t group) {
    const std::int64_t begin = group * groups_.size;
    const Divisor divisor = divisor_of(begin);
    const double grad_output = grad_output_ ? (*grad_output_)[group] : 0;
    const std::optional<arith::DD> in_pairs = in_vectors_ ? divisor.in_pairs() : std::nullopt;
    const bool ordinary = std::isfinite(grad_output) && (grad_output != 0 || !wants_gradient_) && in_pairs;
    Extremes extremes;
    arith::Sum<First> sum;
    Stretch stretch{begin, begin + groups_.size, grad_output, in_pairs.value_or(0)};
    bool exact_zero = !in_vectors_ || !ordinary;
    run_stretch(stretch, in_vectors_ && ordinary, [&](std::int64_t i) {
      auto row = rows_.template open<First>(i);
      if (wants_gradient_) row.gradient(grad_output, divisor, counts_);
      if (!value_ || row.skipped()) return;
      if (const std::optional<double> known = row.known_value()) {
        extremes.add(times_weight(*known, row.weight()));
      } else {
        exact_zero = false;
        sum.add(to_add(row.value(), row.weight()));
      }
    });
    if (!value_) return;
    if (divisor.sign() == 0) return value_->set(group, nan_value);
    if (const std::optional<double> limit = extremes.sum()) return value_->set(group, *limit * divisor.sign());
    if (exact_zero) return value_->set(group, 0);
    if constexpr (std::is_same_v<First, arith::Fast>) sum.add(stretch.sum);
    value_->set(group, rounded(quotient(sum, divisor), [&]<class A>(A) { return sum_in<A>(begin, divisor); }));
  }

  /// What the sum of the rows of a group is divided by; 0 makes it NaN.
  Divisor divisor_of(std::int64_t begin) const {
    if (reduction_ == Reduction::per_sample) return static_cast<double>(groups_.size);
    if (reduction_ == Reduction::mean) return rows_.mean(begin, begin + groups_.size);
    return static_cast<double>(reduction_ == Reduction::batchmean ? groups_.batch : 1);
  }

  template <class A>
  static arith::Approx<A> quotient(const arith::Sum<A>& sum, const Divisor& divisor) {
    if (const std::optional<double> count = divisor.count()) return sum.over(*count);
    return over(arith::Tracked<A>(sum.over(1)), divisor).result();
  }

  /// A value that is `first` in the first arithmetic, and `other(A{})` in those that follow.
  template <class Other>
  double rounded(const arith::Approx<First>& first, Other&& other) {
    return arith::rounded<First>(value_->format(), counts_, [&]<class A>(A arithmetic) {
      if constexpr (std::is_same_v<A, First>) {
        return first;
      } else {
        return other(arithmetic);
      }
    });
  }

  template <class A>
  arith::Approx<A> sum_in(std::int64_t begin, const Divisor& divisor) const {
    arith::Sum<A> sum;
    for (std::int64_t i = begin; i < begin + groups_.size; ++i) {
      auto row = rows_.template open<A>(i);
      if (!row.skipped() && !row.known_value()) sum.add(to_add(row.value(), row.weight()));
    }
    return quotient(sum, divisor);
  }

  const Rows& rows_;
  Groups groups_;
  const Request& request_;
  Vectors in_vectors_;
  Reduction reduction_;
  std::int64_t row_size_;  ///< elements of the first input in a row
  bool wants_gradient_;
  std::optional<Output> value_;
  std::optional<Reals> grad_output_;
  Refinements counts_{};
};

template <class Rows>
Refinements run_groups(const Rows& rows, const Groups& groups, const Kernel& kernel, const Request& request) {
  if (!in_range_of_f32(request)) return GroupRunner<arith::Fine, Rows>(rows, groups, request, {}).run();
  return GroupRunner<arith::Fast, Rows>(rows, groups, request, Vectors(kernel, request)).run();
}

}  // namespace lossproof::detail
