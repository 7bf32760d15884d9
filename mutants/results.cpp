#include <algorithm>
#include <cmath>
#include <limits>

#include "mutants/mutants.h"
#include "properties/edit.h"
#include "properties/floats.h"
#include "subjects/strided.h"

namespace mutants {

using oracles::DType;
using oracles::Output;
using oracles::Reduction;
using properties::Call;
using properties::ClassAxes;
using properties::to_dtype;
using subjects::read_real;
using subjects::write_real;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

ClassAxes axes_of(const Call& call) { return properties::class_axes(call.inputs[0].shape); }

double negated(const Call&, std::int64_t, double v) { return -v; }
double without_sign(const Call&, std::int64_t, double v) { return std::fabs(v); }
double clamped_at_4(const Call&, std::int64_t, double v) { return v > 4 ? 4 : v; }

double mean_of_exponentials(const Call& call, std::int64_t, double v) {
  return v - std::log(static_cast<double>(axes_of(call).classes));
}

double times_classes(const Call& call, std::int64_t, double v) {
  return v * static_cast<double>(axes_of(call).classes);
}

double one_ulp_low(const Call& call, std::int64_t, double v) {
  return v > 0 ? properties::step(call.value->dtype, v, -1) : v;
}

double flushed(const Call& call, std::int64_t, double v) {
  return std::fabs(v) < properties::format(call.value->dtype).min_normal ? 0 : v;
}

double lowest_for_minus_infinity(const Call& call, std::int64_t, double v) {
  return v == -infinity ? -properties::format(call.value->dtype).max : v;
}

// -log(p + 1e-7) of -log p.
double probability_and_epsilon(const Call&, std::int64_t, double v) { return -std::log(std::exp(-v) + 1e-7); }

// A logarithm clamped at -100, of which a target of 1 leaves 100.
double clamped_at_99(const Call&, std::int64_t, double v) { return v == 100 ? 99 : v; }
double not_clamped(const Call&, std::int64_t, double v) { return v == 100 ? infinity : v; }

// The derivative of p at 0 and 1 as 0 / 0.
double nan_at_certainty(const Call& call, std::int64_t i, double v) {
  const double p = read_real(call.inputs[0], i);
  return p == 0 || p == 1 ? nan : v;
}

// 0 log 0, as floating point has it.
double nan_without_mass(const Call& call, std::int64_t i, double v) {
  const bool is_element = call.attributes.reduction == Reduction::none && !call.attributes.parameters.log_target;
  return is_element && read_real(call.inputs[1], i) == 0 ? nan : v;
}

/// Of the row that this is the loss of: 0 times each logit but one.
double nan_of_unused(const Call& call, std::int64_t i, double v) {
  if (call.attributes.reduction != Reduction::none) return v;
  const ClassAxes axes = axes_of(call);
  double zeros = 0;
  for (std::int64_t j = 0; j < axes.classes; ++j) {
    zeros += 0 * read_real(call.inputs[0], static_cast<std::int64_t>(axes.at(i, j)));
  }
  return v + zeros;
}

void clamp_at_15(const Call&, Dense& x) {
  x.change([](double v) { return std::isnan(v) ? v : std::clamp(v, -15.0, 15.0); });
}

void absent_as_zero(const Call&, Dense& x) {
  x.change([](double v) { return v == -infinity ? 0 : v; });
}

void absent_as_nan(const Call&, Dense& x) {
  x.change([](double v) { return v == -infinity ? nan : v; });
}

// The masses of each row divided by their sum; class indices are none.
void masses_normalised(const std::string& loss, const Call& call) {
  if (!oracles::is_real(call.inputs[1].dtype)) return answer(loss, call);
  const auto normalise = [](const Call&, Dense& q) {
    const ClassAxes axes = properties::class_axes(q.view().shape);
    const auto place = [&](std::int64_t row, std::int64_t j) { return static_cast<std::int64_t>(axes.at(row, j)); };
    for (std::int64_t row = 0; row < axes.rows(); ++row) {
      double sum = 0;
      for (std::int64_t j = 0; j < axes.classes; ++j) sum += q.at(place(row, j));
      for (std::int64_t j = 0; j < axes.classes; ++j) q.put(place(row, j), q.at(place(row, j)) / sum);
    }
  };
  with_input(1, normalise)(loss, call);
}

// Positions of a sample in the opposite order.
void positions_exchanged(const std::string& loss, const Call& call) {
  answer(loss, call);
  if (!call.value || call.inputs[0].shape.size() < 3) return;
  const Dense value(*call.value);
  const std::int64_t inner = value.count() / std::max<std::int64_t>(1, call.inputs[0].shape[0]);
  for (std::int64_t i = 0; i < value.count(); ++i) {
    write_real(*call.value, i, value.at(i / inner * inner + inner - 1 - i % inner));
  }
}

// Of three classes and more, so that another order of the classes shows it.
void first_classes_exchanged(const std::string& loss, const Call& call) {
  answer(loss, call);
  const ClassAxes axes = axes_of(call);
  if (!call.value || axes.classes < 3) return;
  const Dense value(*call.value);
  for (std::int64_t row = 0; row < axes.rows(); ++row) {
    for (const std::int64_t j : {0, 1}) {
      const auto to = static_cast<std::int64_t>(axes.at(row, j));
      write_real(*call.value, to, value.at(static_cast<std::int64_t>(axes.at(row, 1 - j))));
    }
  }
}

/// The softmax of the call's logits, rounded into this dtype.
Dense softmax_rounded(const Call& call, DType dtype) {
  Dense p(dtype, call.inputs[0].shape);
  Call other;
  other.inputs = {call.inputs[0]};
  other.attributes.reduction = Reduction::none;
  other.value = p.view();
  answer(softmax_of, other);
  return p;
}

// p g, for p (g - sum of p g).
void gradient_without_the_sum(const std::string& loss, const Call& call) {
  answer(loss, call);
  if (!call.grad) return;
  const Dense p = softmax_rounded(call, call.grad->dtype);
  const auto product = [&](const Call&, std::int64_t i, double) { return p.at(i) * read_real(*call.grad_output, i); };
  spoil(call, Output::grad, product);
}

void log_of_softmax(const std::string& loss, const Call& call) {
  answer(loss, call);
  if (!call.value) return;
  const Dense p = softmax_rounded(call, call.value->dtype);
  spoil(call, Output::value, [&](const Call&, std::int64_t i, double) { return std::log(p.at(i)); });
}

// e^y (y - x) for e^y (y - x + 1), of which e^y is the negated derivative by x.
void one_missing_in_the_targets_gradient(const std::string& loss, const Call& call) {
  answer(loss, call);
  if (!call.grad_target || !call.attributes.parameters.log_target) return;
  Dense grad(call.grad_target->dtype, call.grad_target->shape);
  Call other = call;
  other.value.reset(), other.grad_target.reset();
  other.grad = grad.view();
  answer(loss, other);
  spoil(call, Output::grad_target, [&](const Call&, std::int64_t i, double v) { return v + grad.at(i); });
}

// Results in f64, rounded into f32 and on from there.
void by_way_of_f32(const std::string& loss, const Call& call) {
  for (const Output output : {Output::value, Output::grad, Output::grad_target}) {
    if (!call.output(output)) continue;
    Dense wide(DType::f64, call.output(output)->shape);
    Call other = call;
    other.value.reset(), other.grad.reset(), other.grad_target.reset();
    other.output(output) = wide.view();
    answer(loss, other);
    const auto narrowed = [&](const Call&, std::int64_t i, double) { return to_dtype(DType::f32, wide.at(i)); };
    spoil(call, output, narrowed);
  }
}

}  // namespace

std::vector<Mutant> result_mutants() {
  const std::string accuracy = "accuracy";
  const std::string absent = "minus_inf_is_identity";
  const std::vector<properties::DTypes> sixteen{DType::f16, DType::bf16};
  return {{"mean_of_exponentials", lse, "logsumexp_lies_above_the_largest_logit", with_value(mean_of_exponentials)},
          {"negated", lse, "logsumexp_rises_with_each_logit", with_value(negated)},
          {"clamped_at_4", lse, "logsumexp_is_convex", with_value(clamped_at_4)},
          {"absent_class_counts", lse, absent, with_input(0, absent_as_zero)},
          {"positions_exchanged", lse, "class_axis_may_move", positions_exchanged},
          {"one_ulp_low", softmax_of, "softmax_sums_to_one", with_value(one_ulp_low)},
          {"subnormals_flushed", softmax_of, "equals_exp_of_log_softmax", with_value(flushed)},
          {"gradient_without_the_sum", softmax_of, "gradient_rows_sum_to_zero", gradient_without_the_sum},
          {"first_classes_exchanged", softmax_of, "class_permutation", first_classes_exchanged},
          {"log_of_softmax", logsoft, "log_softmax_is_the_negative_cross_entropy", log_of_softmax},
          {"lowest_number_for_minus_infinity", logsoft, accuracy, with_value(lowest_for_minus_infinity)},
          {"by_way_of_f32", logsoft, accuracy, by_way_of_f32, sixteen},
          {"nan_for_absent_class", logsoft, absent, with_input(0, absent_as_nan)},
          {"probability_and_epsilon", ce, "equals_nll_of_log_softmax", with_value(probability_and_epsilon)},
          {"probability_and_epsilon", bcep, "loss_is_nonnegative_for_targets_in_unit_interval",
           with_value(probability_and_epsilon)},
          {"masses_normalised", ce, "cross_entropy_is_entropy_plus_divergence", masses_normalised},
          {"logarithm_clamped_at_99", bcep, accuracy, with_value(clamped_at_99)},
          {"logarithm_not_clamped", bcep, accuracy, with_value(not_clamped)},
          {"nan_at_certainty", bcep, accuracy, with_gradients(nan_at_certainty)},
          {"nan_without_mass", kl, accuracy, with_value(nan_without_mass)},
          {"negated", kl, "divergence_is_at_least_that_of_the_sums", with_value(negated)},
          {"one_missing_in_the_targets_gradient", kl, "equal_logarithms_do_not_diverge",
           one_missing_in_the_targets_gradient},
          {"classes_summed", multilabel, "equals_the_mean_of_bce_with_logits", with_value(times_classes)},
          {"gradient_of_the_sum", multilabel, "equals_the_mean_of_bce_with_logits", with_gradients(times_classes)},
          {"gradient_without_its_sign", multilabel, accuracy, with_gradients(without_sign)},
          {"nan_of_unused_classes", nll, accuracy, with_value(nan_of_unused)},
          {"logits_clamped_at_15", bce, "equals_bce_of_sigmoid", with_input(0, clamp_at_15)},
          {"by_way_of_f32", focal, accuracy, by_way_of_f32, sixteen}};
}

}  // namespace mutants
