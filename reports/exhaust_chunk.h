// One chunk of an exhaustive run: a call of each subject, and every result of it judged.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "oracles/box.h"
#include "oracles/row_oracle.h"
#include "properties/functions.h"
#include "properties/subject.h"
#include "reports/exhaust_census.h"

namespace reports {

/// At most so many inputs are examined at once.
inline constexpr std::int64_t chunk = 65536;
/// Inputs whose first argument has one sign and one exponent, which follow one another: a power of two.
std::int64_t inputs_of_a_binade(const properties::Function& function);

/// What is known already of a subject's worst result in the binade, and of the hardest inputs.
struct Known {
  Ranking worst, hardest;

  bool operator==(const Known&) const = default;
};

/// Not thread-safe; each thread has its own.
class Examiner {
 public:
  /// They must outlive this.
  Examiner(const properties::Function& function, const std::vector<const properties::Subject*>& subjects);

  /// The part of the map of binades that an input belongs to.
  int binade(std::int64_t input) const;

  /// The census of a range of at most `chunk` inputs of one binade, for each subject. Inputs that cannot be among the
  /// first of what is known any more are not looked at closely. Results that are those of a subject before, bit by bit,
  /// are not judged again.
  std::vector<Census> examine(const Range& range, std::span<const Known> known);

 private:
  /// Rows that follow one another, of one number and one rounded value, and whose errors may be among the largest.
  struct Candidates {
    std::size_t begin, end;  ///< rows
    double number;
    double rounded;
    double most;  ///< that an error is
    bool is_finite;

    std::size_t size() const { return end - begin; }
    void extend(double error) { ++end, most = std::max(most, error); }
  };

  std::uint32_t argument(std::int64_t input, std::size_t a) const;
  template <class Pattern>
  void lay_out(const Range& range);
  void call(std::size_t subject, std::int64_t n);
  Census census(std::size_t subject, const Range& range, const Known& known);
  std::optional<double> number_of_all(std::size_t subject, std::size_t n);
  bool are_errors_told(const Candidates& flat, const Known& known);
  oracles::Box box(std::size_t begin, std::size_t end);
  void judge_all(std::size_t n, Binade& binade, Census& census);
  void judge(std::size_t r, double got, Binade& binade, Census& census);
  static bool follows(const std::vector<Candidates>& all, std::size_t r, double number, double rounded);
  /// The row of an input with what the loss does not look at out of the way: a NaN there is no NaN of the result.
  oracles::Row<double> used_row(std::int64_t input) const;
  template <class Predicate>
  bool any_argument(std::size_t r, Predicate holds) const;
  const oracles::Row<double>& row(std::size_t r);
  bool is_undefined(std::size_t r);
  std::optional<double> round_beside(std::size_t r);

  std::int64_t input(std::size_t r) const { return begin_ + static_cast<std::int64_t>(r); }
  void settle(std::vector<Candidates>& candidates, bool excludes_ties, Ranking& ranking);
  void settle(const Candidates& candidates, const oracles::ErrorRange& range, bool excludes_ties, Ranking& ranking);
  oracles::ErrorRange errors(const Candidates& candidates);
  double error(const Candidates& candidate);
  bool is_tie(std::size_t r);

  const properties::Function& function_;
  const std::vector<const properties::Subject*>& subjects_;
  const oracles::Format format_;
  oracles::RowOracle oracle_;
  properties::Call call_;
  std::vector<std::vector<std::uint16_t>> halves_;  ///< by argument and pattern, of 16 bits: what stands for it
  std::vector<std::byte> x_, y_, grad_output_;
  std::vector<std::vector<std::byte>> written_;  ///< by each subject
  std::vector<double> x_reals_, y_reals_, results_;
  std::vector<oracles::Ball> truths_;
  oracles::Row<double> row_;  ///< whose memory the next row uses again
  bool looked_ = false;       ///< `truths_` are of this range
  std::int64_t begin_ = 0;    ///< the range's, of which the vectors above are
  std::vector<Candidates> wrongest_, hard_;
  std::int64_t open_ = 0;  ///< errors that were not decided
};

}  // namespace reports
