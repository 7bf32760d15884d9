// Answers about one result of single rows, under reduction `none` and a grad_output of 1: what exhaustive runs ask, row
// after row, as fast as the first rung allows.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "oracles/numbers.h"
#include "oracles/reference.h"
#include "oracles/ulp.h"

namespace oracles {

class RowOracle {
 public:
  /// About the value (number j of a function that maps rows), or the derivative with respect to x[j] or y[j], rounded to
  /// `dtype`.
  RowOracle(const Definition& definition, Output output, std::size_t j, DType dtype, Rung first = first_rung());

  /// The first rung on every row of a batch: balls that know nothing for rows with a NaN or an infinity, which are left
  /// to the questions below, as is everything where the first rung is left out.
  void look(const Batch& rows, std::span<Ball> truths) const;

  /// What the result of a row of finite numbers rounds to where balls don't tell, but the side of a double does that it
  /// lies on; nullopt: ask the questions below. No row is set for it.
  std::optional<double> round_beside(const Row<double>& row) const;

  /// The row that the next questions are about.
  void set(const Row<double>& row);

  /// The correctly rounded number, and who decided it. Asked before the questions below, which need it decided.
  const Rounded& rounded();

  /// What is known cheaply of the error of `result`, in ulp of the true value (see ulp.h).
  ErrorRange error_range(double result);

  /// That error, correctly rounded to f64: the same whichever rungs are asked. nullopt: undecided.
  std::optional<double> exact_error(double result);

  /// Whether the true value lies exactly midway between two numbers of the dtype. `rounded` is finite.
  bool is_tie();

 private:
  void begin_to_climb();
  template <class Ask>
  auto climbed(const Ask& ask);
  Rounded climb_to_rounded();
  const Ball& ball() const { return term_.at(output_, j_); }

  const Definition* definition_;
  Output output_;
  std::size_t j_;
  Format format_;
  Rung first_;
  Row<double> row_;
  Row<Ball> ball_row_;
  Term<Ball> term_;
  RowTerms terms_;  ///< of this row where `climbs_`
  bool climbs_ = false;
  bool by_own_ball_ = false;  ///< `term_` is of this row and decided it
  Rounded rounded_{};
};

}  // namespace oracles
