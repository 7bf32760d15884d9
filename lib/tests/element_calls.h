// Calls of a loss of one element with every option drawn, against its definition in MPFR: values, both gradients, every
// reduction, weights.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mpfr_operators.h"

namespace lossproof::testing {

using arith::testing::Draw;

/// The loss of an element and its derivatives with respect to the first input and the second.
struct ElementTruth {
  Number value;
  Number by_first;
  Number by_second;
};

struct ElementLoss {
  const Loss& loss;
  std::function<ElementTruth(double x, double y, double pos_weight)> truth;
  std::function<double(Draw&)> draw_first;
  std::function<double(Draw&)> draw_second;
  Options options{};
  bool mean_by_weights = false;
};

/// As the options weight and pos_weight have them: absent, one number, one for each column, or one for each element.
inline std::optional<Tensor> draw_weight(Draw& draw, DType dtype, const Extents& shape) {
  const Extents shapes[] = {{}, {shape[1]}, {shape[0], 1}, shape};
  const int kind = draw.integer(0, 4);
  if (kind == 4) return std::nullopt;
  const Extents& of_weight = shapes[kind];
  std::vector<double> drawn;
  for (std::int64_t i = 0; i < count(of_weight); ++i) {
    const double special[] = {0, 1, -1, 3};
    drawn.push_back(draw.integer(0, 2) == 0 ? special[draw.integer(0, 3)] : draw.uniform(-0.5, 4));
  }
  return tensor(dtype, of_weight, drawn);
}

/// Each element's number; 1 without a tensor.
inline std::vector<double> broadcast(const std::optional<Tensor>& weight, const Extents& shape) {
  std::vector<double> spread(static_cast<std::size_t>(count(shape)), 1);
  if (!weight) return spread;
  const std::vector<double> of = numbers(*weight);
  for (std::size_t i = 0; i < spread.size(); ++i) {
    const std::size_t columns = static_cast<std::size_t>(shape[1]);
    const bool by_row = weight->shape().size() == 2 && weight->shape()[1] == 1;
    spread[i] = of[(by_row ? i / columns : i) % of.size()];
  }
  return spread;
}

/// One call, drawn.
class ElementCall {
 public:
  ElementCall(Draw& draw, const ElementLoss& of, DType input)
      : of_(of), options_(of.options), x_(drawn(draw, of.draw_first, input)), y_(drawn(draw, of.draw_second, input)) {
    constexpr DType reals[] = {DType::f16, DType::bf16, DType::f32, DType::f64};
    result_ = reals[draw.integer(0, 3)];
    const Reduction reductions[] = {Reduction::none, Reduction::per_sample, Reduction::mean, Reduction::sum,
                                    Reduction::batchmean};
    options_.reduction = reductions[draw.integer(0, 4)];
    if (of.loss.takes().weight) weight_ = draw_weight(draw, input, shape);
    if (of.loss.takes().pos_weight) pos_weight_ = draw_weight(draw, input, shape);
    if (weight_) options_.weight = std::as_const(*weight_).view();
    if (pos_weight_) options_.pos_weight = std::as_const(*pos_weight_).view();
    const Extents of_value = of.loss.value_shape(inputs(), options_);
    std::vector<double> g;
    for (std::int64_t i = 0; i < count(of_value); ++i) g.push_back(draw.integer(0, 3) == 0 ? 1 : draw.uniform(-4, 4));
    grad_output_.emplace(tensor(DType::f32, of_value, g));
  }

  void expect_rounded_once() const {
    Tensor value(result_, grad_output_->shape());
    Tensor by_first(result_, shape);
    Tensor by_second(result_, shape);
    of_.loss.value_and_gradient(inputs(), options_, grad_output_->view(), value.view(),
                                Gradients{.first = by_first.view(), .second = by_second.view()});
    const std::vector<double> x = numbers(x_), y = numbers(y_), g = numbers(*grad_output_);
    const std::vector<double> w = broadcast(weight_, shape), p = broadcast(pos_weight_, shape);
    const std::size_t size = x.size() / g.size();
    for (std::size_t group = 0; group < g.size(); ++group) {
      const Number divisor = divisor_of(w, size);
      Number sum = number(0);
      for (std::size_t i = group * size; i < (group + 1) * size; ++i) {
        const ElementTruth truth = of_.truth(x[i], y[i], p[i]);
        sum = sum + number(w[i]) * truth.value;
        const Number factor = number(g[group]) * number(w[i]) / divisor;
        const auto trace = [&](const char* what) {
          return std::string(what) + " at " + std::to_string(x[i]) + ", " + std::to_string(y[i]) + ", weight " +
                 std::to_string(w[i]) + ", pos_weight " + std::to_string(p[i]);
        };
        expect(numbers(by_first)[i], is_zero(divisor), factor * truth.by_first, trace("gradient"));
        expect(numbers(by_second)[i], is_zero(divisor), factor * truth.by_second, trace("gradient of the target"));
      }
      expect(numbers(value)[group], is_zero(divisor), sum / divisor, "value");
    }
  }

  static inline const Extents shape{3, 4};

 private:
  static Tensor drawn(Draw& draw, const std::function<double(Draw&)>& number, DType dtype) {
    std::vector<double> all;
    for (std::int64_t i = 0; i < count(shape); ++i) all.push_back(number(draw));
    return tensor(dtype, shape, all);
  }

  std::vector<TensorView> inputs() const { return {x_.view(), y_.view()}; }

  Number divisor_of(const std::vector<double>& weights, std::size_t size) const {
    if (options_.reduction == Reduction::batchmean) return number(static_cast<double>(shape[0]));
    if (options_.reduction == Reduction::none || options_.reduction == Reduction::sum) return number(1);
    if (options_.reduction == Reduction::per_sample || !of_.mean_by_weights) return number(static_cast<double>(size));
    Number sum = number(0);
    for (const double w : weights) sum = sum + number(w);
    return sum;
  }

  void expect(double got, bool is_nan, const Number& truth, const std::string& where) const {
    SCOPED_TRACE(std::string(of_.loss.name()) + " of " + std::string(name(x_.dtype())) + ", reduction " +
                 std::to_string(static_cast<int>(*options_.reduction)) + ", " + where);
    if (is_nan) {
      EXPECT_TRUE(std::isnan(got)) << got;
    } else {
      expect_promised(got, truth, result_);
    }
  }

  const ElementLoss& of_;
  Options options_;
  Tensor x_;
  Tensor y_;
  std::optional<Tensor> weight_{};
  std::optional<Tensor> pos_weight_{};
  std::optional<Tensor> grad_output_{};
  DType result_ = DType::f32;
};

/// `calls` of them with inputs of each dtype.
inline void expect_calls_rounded_once(const ElementLoss& of, int calls) {
  for (const DType input : {DType::f16, DType::bf16, DType::f32, DType::f64}) {
    Draw draw(static_cast<std::uint64_t>(input) + 1);
    for (int k = 0; k < calls && !::testing::Test::HasFailure(); ++k)
      ElementCall(draw, of, input).expect_rounded_once();
  }
}

}  // namespace lossproof::testing
