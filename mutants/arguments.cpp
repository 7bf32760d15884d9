#include <algorithm>
#include <cmath>
#include <utility>

#include "mutants/mutants.h"
#include "properties/edit.h"
#include "subjects/strided.h"

namespace mutants {

using oracles::Reduction;
using properties::Call;

namespace {

oracles::Parameters& parameters(Call& call) { return call.attributes.parameters; }

void without_weight(Call& call) { call.weight.reset(); }
void without_pos_weight(Call& call) { call.pos_weight.reset(); }

void without_weight_of_masses(Call& call) {
  if (oracles::is_real(call.inputs[1].dtype)) call.weight.reset();
}

// e / (C - 1) for each other class is e / C for each class of a larger e.
void smoothing_over_other_classes(Call& call) {
  const auto classes = static_cast<double>(properties::class_axes(call.inputs[0].shape).classes);
  double& e = parameters(call).label_smoothing;
  if (classes > 1) e = std::min(1.0, e * classes / (classes - 1));
}

void exchanged_alpha(Call& call) {
  double& alpha = parameters(call).alpha;
  if (alpha >= 0) alpha = 1 - alpha;
}

void alpha_always(Call& call) {
  double& alpha = parameters(call).alpha;
  if (alpha < 0) alpha = 0.25;
}

void batchmean_as_mean(Call& call) {
  Reduction& reduction = call.attributes.reduction;
  if (reduction == Reduction::batchmean) reduction = Reduction::mean;
}

// Indices of the class that is to be ignored are taken for ordinary ones; those out of range would be refused.
void ignores_minus_100(Call& call) {
  if (call.attributes.ignore_index >= 0) call.attributes.ignore_index = -100;
}

void without_value_beside_gradient(Call& call) {
  if (call.grad) call.value.reset();
}

void normalise(const Call&, Dense& weight) {
  double sum = 0;
  for (std::int64_t i = 0; i < weight.count(); ++i) sum += weight.at(i);
  if (sum != 0) weight.change([=](double w) { return w / sum; });
}

void without_sign(const Call&, Dense& weight) {
  weight.change([](double w) { return std::fabs(w); });
}

void drop_last(const Call&, Dense& weight) { weight.put(weight.count() - 1, 0); }

// A weighted sum over the number of rows, for a mean over their weights.
void mean_over_rows(const std::string& loss, const Call& call) {
  Call sum = call;
  const bool is_spoiled = call.weight && call.attributes.reduction == Reduction::mean;
  if (is_spoiled) sum.attributes.reduction = Reduction::sum;
  answer(loss, sum);
  const auto rows = static_cast<double>(properties::class_axes(call.inputs[0].shape).rows());
  const auto divide = [=](const Call&, std::int64_t, double v) { return is_spoiled ? v / rows : v; };
  for (const auto output : {oracles::Output::value, oracles::Output::grad}) spoil(call, output, divide);
}

/// Gradients of a grad_output of ones.
void with_ones_from_above(const std::string& loss, const Call& call) {
  if (!call.grad_output) return answer(loss, call);
  Call other = call;
  Dense ones(call.grad_output->dtype, call.grad_output->shape);
  ones.change([](double) { return 1; });
  other.grad_output = ones.view();
  answer(loss, other);
}

}  // namespace

std::vector<Mutant> argument_mutants() {
  const std::string accuracy = "accuracy";
  const std::string smoothing = "smoothing_equals_smoothed_target";
  const std::string no_focus = "without_focus_equals_bce_with_logits";
  const auto no_smoothing = [](Call& call) { parameters(call).label_smoothing = 0; };
  const auto steeper = [](Call& call) { parameters(call).gamma += 1; };
  const auto whole = [](Call& call) { parameters(call).gamma = std::floor(parameters(call).gamma); };
  const auto no_temperature = [](Call& call) { parameters(call).temperature = 1; };
  const auto exchanged = [](Call& call) { std::swap(call.inputs[0], call.inputs[1]); };
  const auto no_logarithm = [](Call& call) { parameters(call).log_target = false; };
  return {{"weight_forgotten", nll, accuracy, with_call(without_weight)},
          {"weight_forgotten", bcep, accuracy, with_call(without_weight)},
          {"weight_forgotten", multilabel, accuracy, with_call(without_weight)},
          {"weight_forgotten_of_masses", ce, "one_hot_equals_index", with_call(without_weight_of_masses)},
          {"weight_forgotten_in_gradient", mse, accuracy, with_gradients_of(without_weight)},
          {"weight_forgotten_in_gradient", bcep, accuracy, with_gradients_of(without_weight)},
          {"pos_weight_forgotten_in_gradient", bce, accuracy, with_gradients_of(without_pos_weight)},
          {"weight_without_its_sign", mse, accuracy, with_weight(without_sign)},
          {"weights_normalised", mse, "weights_of_one_change_nothing", with_weight(normalise)},
          {"weights_normalised", nll, "weights_of_one_change_nothing", with_weight(normalise)},
          {"last_weight_dropped", multilabel, "weights_of_one_change_nothing", with_weight(drop_last)},
          {"weighted_mean_over_rows", nll, "equal_scaling_of_weights", mean_over_rows},
          {"weighted_mean_over_rows", ce, "equal_scaling_of_weights", mean_over_rows},
          {"smoothing_forgotten", ce, smoothing, with_call(no_smoothing)},
          {"smoothing_over_other_classes", ce, smoothing, with_call(smoothing_over_other_classes)},
          {"alpha_exchanged", focal, accuracy, with_call(exchanged_alpha)},
          {"alpha_never_absent", focal, no_focus, with_call(alpha_always)},
          {"gamma_and_one", focal, no_focus, with_call(steeper)},
          {"gamma_without_its_fraction", focal, accuracy, with_call(whole)},
          {"log_target_forgotten", kl, "equal_logarithms_do_not_diverge", with_call(no_logarithm)},
          {"temperature_forgotten", distillation, accuracy, with_call(no_temperature)},
          {"temperature_forgotten_in_gradients", distillation, accuracy, with_gradients_of(no_temperature)},
          {"teacher_and_student_exchanged", distillation, accuracy, with_call(exchanged)},
          {"batchmean_as_mean", distillation, accuracy, with_call(batchmean_as_mean)},
          {"batchmean_as_mean", kl, accuracy, with_call(batchmean_as_mean)},
          {"minus_100_is_ignored", nll, "ignored_rows_equal_deleted_rows", with_call(ignores_minus_100)},
          {"value_not_written_beside_gradient", nll, "inputs_unchanged_and_outputs_written",
           with_call(without_value_beside_gradient)},
          {"grad_output_taken_for_ones", logsoft, "gradient_is_linear_in_grad_output", with_ones_from_above},
          {"grad_output_taken_for_ones", focal, "gradient_is_linear_in_grad_output", with_ones_from_above}};
}

}  // namespace mutants
