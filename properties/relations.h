// Relations: what must hold between runs of one subject, without asking what is true. Two correctly rounded results of
// one true quantity are one number, so most relations are equalities of bits (Trial::slack for other promises).
#pragma once

#include "properties/property.h"

namespace properties {

// memory.cpp: any loss
Property inputs_unchanged_and_outputs_written();
Property layout_independence();
Property fused_equals_apart();

// batch.cpp: any loss
Property batch_permutation();
Property batch_splitting();
Property sum_of_parts();
Property nan_stays_in_its_row();

// reductions.cpp: any loss
Property reductions_agree();
Property gradient_is_linear_in_grad_output();

// classes.cpp: losses over classes
Property class_axis_may_move();
Property exactly_representable_shift();
Property class_permutation();
Property gradient_rows_sum_to_zero();
Property minus_inf_is_identity();
Property ignored_rows_equal_deleted_rows();

// softmax.cpp: losses over classes, by their kind
Property softmax_sums_to_one();
Property log_softmax_is_the_negative_cross_entropy();
Property equal_scaling_of_weights();
Property one_hot_equals_index();
Property smoothing_equals_smoothed_target();

// logsumexp.cpp: the logarithm of a sum
Property logsumexp_lies_above_the_largest_logit();
Property logsumexp_rises_with_each_logit();
Property logsumexp_is_convex();

// intermediates.cpp: a loss by way of a function's rounded results
Property equals_nll_of_log_softmax();
Property equals_exp_of_log_softmax();
Property equals_bce_of_sigmoid();

// divergence.cpp: Kullback and Leibler's
Property equal_logarithms_do_not_diverge();
Property divergence_is_at_least_that_of_the_sums();
Property cross_entropy_is_entropy_plus_divergence();

// elements.cpp: elementwise losses
Property bce_symmetry();
Property bce_equals_two_class_cross_entropy();
Property symmetry_in_inputs();
Property mse_scales_by_powers_of_two();

// attributes.cpp: what weights and parameters make of a loss
Property weights_of_one_change_nothing();
Property without_focus_equals_bce_with_logits();
Property equals_the_mean_of_bce_with_logits();

// functions.cpp: functions of one input
Property softplus_is_the_mirrored_log_sigmoid();
Property log_sigmoid_is_the_loss_of_target_one();
Property sigmoid_lies_between_zero_and_one();

// sign.cpp: for the targets for which the loss cannot be negative (BCE: those in [0, 1])
Property loss_is_nonnegative();
Property loss_is_nonnegative_for_targets_in_unit_interval();

/// The relations that hold for any loss, and those of them that need no reduction.
std::vector<Property> common_relations();
std::vector<Property> relations_of_functions();

/// Adds properties to a spec.
void add(Spec& spec, std::vector<Property> more);

}  // namespace properties
