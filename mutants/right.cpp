#include "mutants/right.h"

#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include "subjects/strided.h"

namespace mutants {

using oracles::DType;
using oracles::Reduction;
using oracles::Shape;
using properties::Call;
using properties::View;
using Kind = Number::Kind;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_nan(const Number& n) { return n.kind == Kind::nan_input || n.kind == Kind::nan_limit; }

const auto& truths() {
  static const std::map<std::string_view, RowTruth (*)(const LossRow&)> all{
      {ce, cross_entropy},   {bce, binary_cross_entropy_with_logits},
      {mse, mse_loss},       {sig, sigmoid},
      {logsig, log_sigmoid}, {soft, softplus}};
  return all;
}

/// One call, cut into rows.
class Rows {
 public:
  Rows(const oracles::Definition& loss, const Call& call, const Steps& steps)
      : loss_(loss), call_(call), steps_(steps) {
    const bool has_masses = loss.form == oracles::Form::classes && oracles::is_real(call.inputs.back().dtype);
    if (call.weight || call.pos_weight || call.attributes.parameters.label_smoothing != 0 || has_masses)
      throw properties::Unsupported("the mutants know no weights, smoothing or masses");
    const Shape& shape = call.inputs[0].shape;
    if (loss.form == oracles::Form::classes) {
      const std::size_t dimension = shape.size() == 1 ? 0 : 1;
      classes_ = shape[dimension];
      inner_ = oracles::count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(dimension) + 1, shape.end()));
    }
    rows_ = oracles::count(shape) / classes_;
    const bool is_one_row = shape.empty() || (loss.form == oracles::Form::classes && shape.size() == 1);
    samples_ = is_one_row ? 1 : shape[0];
    for (std::int64_t r = 0; r < rows_; ++r) used_ += ignored(r) ? 0 : 1;
    for (std::int64_t i = 0; i < oracles::count(shape); ++i) max_ = std::fmax(max_, steps_.read(call.inputs[0], i));
    for (std::int64_t r = 0; r < rows_; ++r)
      truths_.push_back(ignored(r) ? RowTruth{} : steps_.row(row(r), call.inputs[0].dtype));
  }

  void write_value() const {
    const View& out = *call_.value;
    std::vector<std::vector<Number>> groups(static_cast<std::size_t>(oracles::count(out.shape)));
    for (std::int64_t r = 0; r < rows_; ++r) {
      std::vector<Number>& group = groups[static_cast<std::size_t>(group_of(r))];
      if (!ignored(r))
        group.push_back(truths_[static_cast<std::size_t>(r)].value);
      else if (steps_.ignored)
        group.push_back(steps_.ignored(row(r)));
    }
    for (std::size_t o = 0; o < groups.size(); ++o) {
      put(out, static_cast<std::int64_t>(o), steps_.reduce(groups[o], divisor(), out.dtype));
    }
  }

  void write_gradient(oracles::Output output) const {
    const View& out = *call_.output(output);
    for (std::int64_t r = 0; r < rows_; ++r) {
      const double g = steps_.upstream(call_, group_of(r));
      const RowTruth& truth = truths_[static_cast<std::size_t>(r)];
      for (std::int64_t j = 0; j < classes_; ++j) {
        const auto derivative = [&]() -> const Number& {
          return output == oracles::Output::grad ? truth.grad[static_cast<std::size_t>(j)] : truth.grad_y;
        };
        put(out, at(r, j), ignored(r) ? 0.0 : steps_.scale(derivative(), g, divisor(), out.dtype));
      }
    }
  }

 private:
  std::int64_t at(std::int64_t r, std::int64_t j) const { return (r / inner_ * classes_ + j) * inner_ + r % inner_; }

  bool ignored(std::int64_t r) const {
    return loss_.takes.ignore_index && !oracles::is_real(call_.inputs[1].dtype) &&
           subjects::index_element(call_.inputs[1], r) == call_.attributes.ignore_index;
  }

  void put(const View& out, std::int64_t i, double v) const {
    if (!steps_.skips || !steps_.skips(i, oracles::count(out.shape))) subjects::write_real(out, i, v);
  }

  LossRow row(std::int64_t r) const {
    LossRow result;
    for (std::int64_t j = 0; j < classes_; ++j) result.x.push_back(steps_.read(call_.inputs[0], at(r, j)));
    result.matrix_max = max_;
    result.beta = call_.attributes.parameters.beta;
    if (call_.inputs.size() == 1) return result;
    if (loss_.form == oracles::Form::elements)
      result.y = steps_.read(call_.inputs[1], r);
    else if (!ignored(r))
      result.target = static_cast<std::size_t>(subjects::index_element(call_.inputs[1], r));
    return result;
  }

  std::int64_t group_of(std::int64_t r) const {
    if (call_.attributes.reduction == Reduction::none) return r;
    return call_.attributes.reduction == Reduction::per_sample ? r / (rows_ / samples_) : 0;
  }

  std::int64_t divisor() const {
    const std::int64_t positions = samples_ == 0 ? 0 : rows_ / samples_;
    return steps_.divisor({call_.attributes.reduction, rows_, used_, positions, samples_, classes_});
  }

  const oracles::Definition& loss_;
  const Call& call_;
  const Steps& steps_;
  std::int64_t rows_ = 0;
  std::int64_t classes_ = 1;
  std::int64_t inner_ = 1;
  std::int64_t samples_ = 1;
  std::int64_t used_ = 0;
  double max_ = -infinity;
  std::vector<RowTruth> truths_;
};

}  // namespace

std::int64_t right_divisor(const Group& group) {
  switch (group.reduction) {
    case Reduction::mean:
      return group.used;
    case Reduction::per_sample:
      return group.positions;
    case Reduction::batchmean:
      return group.batch;
    case Reduction::none:
    case Reduction::sum:
      break;
  }
  return 1;
}

double right_reduce(const std::vector<Number>& losses, std::int64_t divisor, DType dtype, const Round& rounding) {
  if (divisor == 0) return nan;
  bool up = false;
  bool down = false;
  Sum sum;
  for (const Number& loss : losses) {
    if (is_nan(loss)) return nan;
    if (loss.kind == Kind::infinite) (loss.sign > 0 ? up : down) = true;
    sum.terms.insert(sum.terms.end(), loss.sum.terms.begin(), loss.sum.terms.end());
    if (losses.size() == 1) sum.denominator = loss.sum.denominator;  // that of losses which are added up is 1
  }
  if (up && down) return nan;
  if (up || down) return up ? infinity : -infinity;
  return rounding(to_odd(sum, 1.0, divisor), dtype);
}

double right_scale(const Number& derivative, double g, std::int64_t divisor, DType dtype, const Round& rounding) {
  if (std::isnan(g) || derivative.kind == Kind::nan_input) return nan;
  if (g == 0.0) return 0.0;
  if (derivative.kind == Kind::nan_limit) return nan;
  if (derivative.kind == Kind::zero_limit) return std::isinf(g) ? nan : 0.0;
  if (derivative.kind == Kind::infinite) return std::copysign(infinity, g) * derivative.sign;
  if (!std::isinf(g)) return rounding(to_odd(derivative.sum, g, divisor), dtype);
  const int direction = sign(derivative.sum);
  return direction == 0 ? 0.0 : g * direction;
}

bool has_right_steps(std::string_view loss) { return truths().contains(loss); }

Steps right_steps(std::string_view loss, const Round& rounding) {
  Steps steps;
  const auto truth = truths().at(loss);
  steps.row = [truth](const LossRow& row, DType) { return truth(row); };
  steps.read = subjects::read_real;
  steps.upstream = [](const Call& call, std::int64_t i) { return subjects::read_real(*call.grad_output, i); };
  steps.divisor = right_divisor;
  steps.reduce = [rounding](const std::vector<Number>& losses, std::int64_t divisor, DType dtype) {
    return right_reduce(losses, divisor, dtype, rounding);
  };
  steps.scale = [rounding](const Number& derivative, double g, std::int64_t divisor, DType dtype) {
    return right_scale(derivative, g, divisor, dtype, rounding);
  };
  return steps;
}

bool Stepwise::offers(const oracles::Definition& loss, properties::DTypes) const { return has_right_steps(loss.name); }

void Stepwise::run(const oracles::Definition& loss, const Call& call) const {
  const Steps steps = loss.name == loss_ ? steps_ : right_steps(loss.name);
  const Rows rows(loss, call, steps);
  if (call.value) rows.write_value();
  if (call.grad) rows.write_gradient(oracles::Output::grad);
  if (call.grad_target) rows.write_gradient(oracles::Output::grad_target);
  if (steps.afterwards) steps.afterwards(call);
}

}  // namespace mutants
