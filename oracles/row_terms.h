// One row and its terms on every rung, each evaluated when it is first asked for.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "oracles/definition.h"
#include "oracles/ladder.h"

namespace oracles {

class RowTerms {
 public:
  /// `definition` must outlive this.
  explicit RowTerms(const Definition& definition) : definition_(&definition) {}

  /// Another row, or an ignored one (nullopt). A row's memory is used again by the next.
  void set(const Row<double>& row);
  void set_ignored() { ignored_ = true; }

  bool ignored() const { return ignored_; }
  bool has_nan() const { return has_nan_; }
  /// What the contract says of the row, where it says something, and where it says something of this.
  const Limit* limit() const { return limit_.get(); }
  const Limit* limit(Output output) const { return limit_ && !limit_->left.has(output) ? limit_.get() : nullptr; }
  const Row<double>& row() const { return row_; }

  /// The value (number j of a function that maps rows), or the derivative with respect to x[j] or y[j].
  const Ball& ball(Output output, std::size_t j);
  /// With ArbPrecision(precision) in force.
  const Arb& arb(Output output, std::size_t j, int precision);
  /// With Precision(precision) in force; of the limit where there is one.
  const Interval& interval(Output output, std::size_t j, int precision);

  Exact exact_value(std::size_t j) const;
  Exact exact_gradient(Output output, std::size_t j) const;
  /// See Definition::Theorems.
  bool is_in_theorem_of_sums() const;

 private:
  template <class R>
  struct Evaluated {
    std::array<bool, 3> done{};  ///< by output
    Term<R> term;
  };
  static constexpr std::size_t interval_rungs = 8;
  static_assert(first_precision << (interval_rungs - 1) == last_precision);

  struct Slow {
    std::array<Evaluated<Arb>, arb_precisions.size()> arb;
    std::array<std::unique_ptr<Evaluated<Interval>>, interval_rungs> interval;
  };

  Slow& slow();

  const Definition* definition_;
  Row<double> row_;
  bool ignored_ = false;
  bool has_nan_ = false;
  std::unique_ptr<Limit> limit_;
  Evaluated<Ball> ball_;
  std::unique_ptr<Slow> slow_;
};

}  // namespace oracles
