// A right implementation in steps, each of which a mutant may replace by a wrong one.
#pragma once

#include <functional>
#include <string>

#include "mutants/truth.h"
#include "properties/subject.h"

namespace mutants {

// The losses that there are right implementations of.
inline const std::string ce = "cross_entropy";
inline const std::string bce = "binary_cross_entropy_with_logits";
inline const std::string mse = "mse_loss";
inline const std::string sig = "sigmoid";
inline const std::string logsig = "log_sigmoid";
inline const std::string soft = "softplus";

/// What a result is a mean over.
struct Group {
  oracles::Reduction reduction;
  std::int64_t rows;       ///< of the whole case
  std::int64_t used;       ///< of these, not ignored
  std::int64_t positions;  ///< rows in this group, ignored ones too
  std::int64_t batch;      ///< extent of the first dimension
  std::int64_t classes;
};

/// Steps that are given a dtype: `row` the inputs', `reduce` the value's, `scale` the gradient's.
struct Steps {
  std::function<RowTruth(const LossRow&, oracles::DType)> row;
  /// A real element of an input, in row-major order.
  std::function<double(const properties::View&, std::int64_t)> read;
  /// The element of grad_output that belongs to a result, at this place in it.
  std::function<double(const properties::Call&, std::int64_t)> upstream;
  std::function<std::int64_t(const Group&)> divisor;
  /// The mean or sum of these losses, and g * derivative / divisor.
  std::function<double(const std::vector<Number>&, std::int64_t divisor, oracles::DType)> reduce;
  std::function<double(const Number&, double g, std::int64_t divisor, oracles::DType)> scale;
  /// The loss that an ignored row adds to its group: none, unless it is given.
  std::function<Number(const LossRow&)> ignored;
  /// Elements of an output (index, count) that are left as they are: none, unless it is given.
  std::function<bool(std::int64_t, std::int64_t)> skips;
  /// What is done to memory when all is computed.
  std::function<void(const properties::Call&)> afterwards;
};

using Round = std::function<double(const Real& odd, oracles::DType)>;

/// Whether there are right steps of the loss.
bool has_right_steps(std::string_view loss);

/// The right steps of a loss, results rounded by `round`.
Steps right_steps(std::string_view loss, const Round& rounding = round);

std::int64_t right_divisor(const Group& group);
double right_reduce(const std::vector<Number>& losses, std::int64_t divisor, oracles::DType dtype,
                    const Round& rounding);
double right_scale(const Number& derivative, double g, std::int64_t divisor, oracles::DType dtype,
                   const Round& rounding);

/// A subject made of steps for one loss, and of the right ones for others, which relations compare it with.
class Stepwise final : public properties::Subject {
 public:
  Stepwise(std::string name, std::string loss, Steps steps)
      : name_(std::move(name)), loss_(std::move(loss)), steps_(std::move(steps)) {}

  std::string name() const override { return name_; }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return 0.5; }
  bool offers(const oracles::Definition& loss, properties::DTypes dtypes) const override;
  void run(const oracles::Definition& loss, const properties::Call& call) const override;

 private:
  std::string name_;
  std::string loss_;
  Steps steps_;
};

}  // namespace mutants
