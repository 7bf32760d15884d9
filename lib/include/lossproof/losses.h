// The losses. Formula, domain, edge cases and promise of each are stated here and nowhere else.
//
// Promise, for all: every element of a value or a gradient is the true value, for the real numbers that the inputs
// are, rounded once to nearest, ties to even, in the dtype of the tensor that it is written to (f16, bf16, f32 or f64;
// that of the first input where the library makes the tensor and the options name no other), never through another
// format. An exact zero is +0; a result too small for the dtype is the zero of its sign. A result beyond the dtype's
// range, that is, from half a unit above its largest number on (65520 in f16), is infinite.
// A result whose distance from the midpoint of two numbers is below 2^-4400 of it, and of which no argument tells the
// side, is rounded as the tie that it almost surely is; Refinements::undecided counts them, and no input is known that
// gives one but a sum whose terms cancel to exactly 0, as they may under weights of both signs: it is +0; those
// that softmax and distillation_kl name; and where logits lie 2^40 apart and more, the sign of a weighted sum of binary
// losses that rounds to 0.
//
// Dtypes, for all: inputs of real numbers are all f16, all bf16, all f32 or all f64; the value, the gradient and
// grad_output have any of these, each its own.
//
// Edges, for all: a result at infinite inputs is the limit in the extended reals, taken in the infinite inputs with the
// finite ones held fixed (grad_output counts as an input), where that limit exists and is unique; otherwise NaN, and
// NaN of all of a row of logits with two of +inf, whose logsumexp alone is +inf. So a grad_output of 0 gives a gradient
// of +0 whatever the loss is. A NaN in a used input gives NaN in the results of its row (element, for elementwise
// losses) and, through a reduction, in the value it is reduced into; in nothing else.
// Mean over nothing (no row, all ignored): NaN; sum over nothing: +0; none: empty.
// A weight may have any sign; one of 0 leaves +0 of a loss that is infinite or has no limit, but NaN of a NaN.
//
// Cost: one pass over the inputs in memory for a value, and for a value with its gradient. Losses over classes go over
// a row up to four times while it is in cache; of rows longer than 2^17 exponentials are evaluated twice, and in pairs
// of doubles for gradients of softmax, log_softmax and cross_entropy of numbers (without fused multiply-adds one by
// one).
// Inputs and outputs of f16, bf16 and f32 are evaluated in vectors, by as many threads as threads.h allows where there
// are 2^17 elements or more: all but nll_loss and distillation_kl. What lies in memory otherwise than in row-major
// order without gaps ([C] or [N, C] for losses over classes) is copied there and back, a few rows at a time. One number
// at a time are evaluated f64, gradients to the target, weights (but of cross_entropy, without gaps), pos_weight,
// strided rows of more than 2^18 classes, and what is NaN or infinite.
// Temporary memory, of one call at any one time, for each thread that it uses: 50 KiB of stack, 4 KiB of heap, and for
// what is stored of each class (gradients, softmax) 8 bytes for each class of one row beyond 2,048, up to 1 MiB; 8 KiB
// more for a row of classes that needs 4,608 bits; of tensors that are copied 2^13 elements of each, or a row if that
// is longer. For each row or element that vectors do not decide, NaN, infinite, or next to a midpoint, one element in
// 10^4 and more: 8 bytes (16 while they are copied), of at most 2^20 of them. Nothing grows with N or C.
// The floating-point environment of the calling thread (rounding, subnormal numbers flushed to zero, traps) is left as
// it is and plays no part.
#pragma once

#include "lossproof/loss.h"

namespace lossproof {

/// Cross entropy: `-log(softmax(logits)[target])` per row for a class index, and for a number y_c for each class
/// `-sum over c of y_c * log(softmax(logits)_c)`, of which one-hot numbers are the same to the bit.
/// Inputs: logits [C], [N, C] or [N, C, d1, ...] (real; class dimension 1, or 0 at rank 1), target of the shape
/// without the class dimension (i32 or i64), or of the logits' shape and dtype (real; any numbers, negative ones and
/// sums other than 1 included). `none` has the shape without the class dimension, `per_sample` has shape [N].
/// Option `ignore_index` (-100), for class indices: rows with this target are not looked at; their loss is +0 under
/// `none`, their gradient +0, and `mean` divides by the number of the others (`per_sample` and `batchmean` do not).
/// Option `weight` [C]: each class's term is multiplied with its own; for class indices `mean` divides by the sum of
/// weight[target] over the rows not ignored (NaN if that is 0), for numbers by that of rows.
/// Option `label_smoothing` e (0): e / C + (1 - e) y_c in the place of y_c, y_c of a class index being one-hot.
/// With m_c, the smoothed target times the weight, and p the softmax the gradient is
/// `p_j * (sum over c of m_c) - m_j`, and that to the numbers y_j `-(1 - e) * weight_j * log(p_j)`.
/// A logit of -inf is an absent class (gradient +0); at the target, the loss is +inf and the gradient there
/// -grad_output. One logit of +inf: loss 0 for that class and +inf for others, softmax one-hot; two or more, or all
/// -inf: NaN. A mass m_c of 0 has no part in the loss, whatever the logits: it is +0 where all are 0, and p is that of
/// the classes present. A y_c of +-inf: the limit, +-inf for a loss that is not 0 whatever y_c is.
/// Error: a target outside [0, C) that is not ignore_index; an ignore_index of 0 or more for numbers.
/// Source: Bishop, Pattern Recognition and Machine Learning, eq. 4.108; label smoothing: Szegedy et al., "Rethinking
/// the inception architecture for computer vision", 2016, section 7; with weights as PyTorch documents
/// CrossEntropyLoss.
extern const Loss cross_entropy;

/// The logarithm of the sum of exponentials of each row: `log(sum over j of exp(logits_j))`; its gradient is softmax.
/// Input: logits [C], [N, C] or [N, C, d1, ...] (real; class dimension 1, or 0 at rank 1). The value and grad_output
/// have the shape without the class dimension. A function, not a loss: the only reduction is `none`.
/// A logit of -inf is an absent class (gradient +0). No class present, or C = 0: -inf, gradient +0. One logit of +inf
/// or more: +inf; the gradient is one-hot for one, and NaN for more, but for absent classes.
/// Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", 2021, eq. 1.1.
extern const Loss logsumexp;

/// The softmax of each row: `exp(logits_j) / sum over k of exp(logits_k)`. From grad_output g and the values p the
/// gradient is `p_j * (g_j - sum over k of p_k * g_k)`.
/// Input: as of logsumexp. The value and grad_output have the logits' shape; the only reduction is `none`.
/// A logit of -inf is an absent class: value 0, gradient +0, its g is used only if it is NaN. One logit of +inf: 1 for
/// that class, 0 for others. Two or more, or no class present: NaN. A NaN among the logits or grad_output of a row:
/// NaN in all of it. A grad_output of 0 in all of a row gives +0; where one is infinite, the gradient is the limit,
/// which with p in (0, 1) has the sign of g_j there and its opposite elsewhere, or NaN where several disagree.
/// Where all classes but those of the largest logit are more than 3,000 below it, and change the gradient in both
/// directions by amounts that cancel to less than 2^-2,400 of them, a gradient next to a midpoint may be taken for the
/// tie, and one too small for its dtype for +0: Refinements::undecided.
/// Source: Bishop, eq. 4.62, with derivative eq. 4.106.
extern const Loss softmax;

/// The logarithm of the softmax of each row: `logits_j - logsumexp(logits)`. From grad_output g the gradient is
/// `g_j - p_j * (sum over k of g_k)`, p the softmax.
/// Input, shapes and reduction: as of softmax. A logit of -inf is an absent class: value -inf; its p is 0, so that its
/// gradient is its g. One logit of +inf: 0 for that class, -inf for others. Two or more, or no class present: NaN. NaN,
/// and grad_output of 0 or infinite: as of softmax.
/// Source: as of logsumexp, eq. 1.2.
extern const Loss log_softmax;

/// Negative log-likelihood: `-weight[target] * log_probabilities[target]` per row, each weight 1 where none is given.
/// Inputs: log_probabilities [C], [N, C] or [N, C, d1, ...] (real, any numbers), target of the shape without the class
/// dimension (i32 or i64). Shapes of values and the options `ignore_index` and `weight`: as of cross_entropy.
/// Of a row only the element at its target is used: -inf there gives +inf, a weight of 0 gives +0. The gradient there
/// is -weight[target] * grad_output, and +0 elsewhere; NaN where the mean divides by weights that sum to 0. Error: as
/// of cross_entropy.
/// Source: Bishop, eq. 4.108; with weights as PyTorch documents NLLLoss.
extern const Loss nll_loss;

/// The divergence of a student from its teacher: `sum over j of p_j * (log(p_j) - log(q_j))` per row, where p is the
/// softmax of `teacher_logits / T` and q that of `logits / T`; neither is ever rounded. Without a factor of T^2: where
/// gradients of several temperatures are to be of one size, as Hinton proposes, grad_output is multiplied with it.
/// Inputs: logits and teacher_logits of one shape [C], [N, C] or [N, C, d1, ...] and real dtype. Shapes of values as
/// of cross_entropy; `mean` is over rows, as `batchmean` is for [N, C]. Option `temperature` T (1), taken exactly.
/// Gradients: `(q_j - p_j) / T`, and to the teacher's logits `p_j * (log(p_j) - log(q_j) - loss) / T`.
/// Rows that are equal but for a constant: +0, with gradients of +0. A teacher's logit of -inf is a class of no mass,
/// which costs nothing, and one of both is absent. A student's logit of -inf where the teacher's is finite: +inf; the
/// student's gradient is as above, the teacher's +inf there and -inf at other classes, or NaN where several disagree,
/// and +0 where it has one class alone. A student's one logit of +inf where the teacher has mass elsewhere: +inf; the
/// teacher's gradient is -inf there and +inf at other classes.
/// A teacher's one logit of +inf: one-hot p, loss `-log(q)` there; NaN where the student has no mass at another of the
/// teacher's classes, and +inf where it has none at this one. Two logits of +inf in a row of either, or none but -inf, or
/// C = 0: NaN.
/// Logits more than 3,000 T below the largest of their row: as of softmax, for the loss and both gradients. A gradient
/// that is 0 as the rows have equal logits, but for a constant, in another order is +0.
/// Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015, eq. 1 and 2; divergence:
/// Bishop, eq. 1.113.
extern const Loss distillation_kl;

/// Multi-label classification by a sigmoid for each class: per row the mean over the classes of
/// `-weight * (target * log(sigmoid(logits)) + (1 - target) * log(1 - sigmoid(logits)))`.
/// Inputs: logits and target of one shape [C], [N, C] or [N, C, d1, ...] and real dtype; targets are any real numbers.
/// Option `weight` [C], or of the logits' shape (1 for each). Shapes of values as of cross_entropy.
/// Gradients: `weight_j * (sigmoid(logits_j) - target_j) / C`, and to the target `-weight_j * logits_j / C`.
/// Each term at infinite logits and targets: as of binary_cross_entropy_with_logits, or +0 for a weight of 0. C = 0:
/// NaN.
/// Source: as of binary_cross_entropy_with_logits; PyTorch's MultiLabelSoftMarginLoss.
extern const Loss multilabel_soft_margin_loss;

/// Binary cross entropy from logits: `-target * log(sigmoid(logits)) - (1 - target) * log(1 - sigmoid(logits))`.
/// Inputs: logits and target of one shape and real dtype, any rank. Targets are any real numbers; outside [0, 1]
/// the loss is the same formula. At logits of +-inf the limit: 0 where target and sigmoid agree, +inf for other
/// targets in [0, 1], -inf beyond. At a target of +-inf, -logits * target: log(2) at a logit of 0, as for every target.
/// Gradients: to the logits, and to the target: `-logits`, whatever the target is.
/// Options: `weight`; `mean` divides by the number of elements, as PyTorch does. `pos_weight` p, of any sign:
/// `-p * target * log(sigmoid(logits)) - (1 - target) * log(1 - sigmoid(logits))`, with limits as above, which at a
/// logit of -inf are those of p * target * infinity, and at a target of +-inf of target times the slope
/// `(p - 1) * log(1 + exp(-logits)) - logits`, which is the gradient to the target.
/// Source: Bishop, eq. 4.90, with the logistic sigmoid of eq. 4.59; the weights as in PyTorch's BCEWithLogitsLoss.
extern const Loss binary_cross_entropy_with_logits;

/// Binary cross entropy of probabilities: `-target * log(input) - (1 - target) * log(1 - input)`, where each logarithm is
/// at least -100, so that the loss of a probability of 0 or 1 is at most 100.
/// Inputs: input and target of one shape and real dtype, any rank. Input in [0, 1] (or NaN); targets are any real
/// numbers. Gradients: to the input, that of the clamped function, `(input - target) / (input * (1 - input))`, but a
/// clamped logarithm is a constant: `(1 - target) / (1 - input)` for an input up to e^-100, 0 among them, and `-target`
/// at 1. (PyTorch divides by max(input * (1 - input), 1e-12) instead.) To the target, `log(1 - input) - log(input)`,
/// clamped likewise.
/// At a target of +-inf the loss is target times that gradient, log(2) at 1/2, and the gradient to the input -target.
/// Option `weight`; `mean` divides by the number of elements, as PyTorch does.
/// Error: an input outside [0, 1].
/// Source: Bishop, eq. 4.90; the clamp as in PyTorch's BCELoss.
extern const Loss binary_cross_entropy;

/// Kullback-Leibler divergence, element by element: `target * (log(target) - input)`, where input is a log-probability,
/// and with option `log_target` target too: `exp(target) * (target - input)`.
/// Inputs: input and target of one shape and real dtype, any rank. Gradients: to the input, -target (-exp(target)); to
/// the target, `log(target) + 1 - input` (`exp(target) * (target + 1 - input)`).
/// A target of 0 (-inf, where it is a logarithm) has a loss of 0 whatever the input is; its gradient to the input is 0,
/// and to the target -inf (0). A negative target: NaN. At an input of -inf, +inf for any other target, and at +inf, -inf; a
/// target of +inf gives +inf, but NaN at an input of +inf. A target above 2^30 that is a logarithm counts as infinite
/// where the input is another number.
/// `mean` divides by the number of elements, `batchmean`, the divergence of distributions, by the extent of the first
/// dimension.
/// Source: Kullback and Leibler, "On information and sufficiency", 1951; the options as in PyTorch's KLDivLoss.
extern const Loss kl_div;

/// Squared error: `(input - target)^2`. Inputs: input and target of one shape and real dtype, any rank. Gradients: to
/// both. Option `weight`: `mean` divides by the sum of the weights, as PyTorch does; where that is 0, it is NaN.
/// Source: Bishop, eq. 3.12, without its factor 1/2, as every framework has it.
extern const Loss mse_loss;

/// The focal loss of binary classification, from logits: `alpha_t * (1 - p_t)^gamma * ce`, where
/// `p_t = p * target + (1 - p) * (1 - target)`, p = sigmoid(logits), ce is their binary cross entropy, and
/// `alpha_t = alpha * target + (1 - alpha) * (1 - target)`, or 1 for an alpha below 0.
/// Inputs: logits and target of one shape and real dtype, any rank; targets in [0, 1] (or NaN). Gradients: to both.
/// Options: `alpha` (0.25), `gamma` (2), real numbers as they are. The reduction is `mean` if not given, as of all losses
/// here (torchvision's is none).
/// At logits of +-inf the limit: 0 where target and sigmoid agree, +inf otherwise, and 0 where alpha_t is; so of the
/// gradients, which have one for every gamma, those below 1 among them.
/// Where gamma is no integer up to 64, a logit is beyond +-3,000 and (1 - p_t)^gamma tends to a fraction of few bits that
/// is not 1 (a target of 1/4, a gamma of 1/2), a result next to a midpoint may be taken for the tie: Refinements::undecided.
/// Error: a target outside [0, 1].
/// Source: Lin et al., "Focal loss for dense object detection", 2017; the options as in torchvision's sigmoid_focal_loss.
extern const Loss sigmoid_focal_loss;

/// The logistic sigmoid of each element: `1 / (1 + exp(-input))`, with its limits 0 and 1 at -inf and +inf.
/// Input: any rank, real. A function, not a loss: the only reduction is `none`, and grad_output has the input's shape.
/// Source: Bishop, eq. 4.59; derivative eq. 4.88.
extern const Loss sigmoid;

/// The logarithm of the sigmoid of each element: `-log(1 + exp(-input))`; -inf at -inf, 0 at +inf.
/// Input: any rank, real. A function: the only reduction is `none`. Source: as of sigmoid.
extern const Loss log_sigmoid;

/// The smooth positive part of each element: `log(1 + exp(beta * input)) / beta`, whatever beta * input is: there is no
/// threshold from which it is replaced by the input. For a positive beta 0 at -inf and +inf at +inf; a negative one
/// gives `-softplus(-input)` with |beta|.
/// Input: any rank, real. A function: the only reduction is `none`. Option `beta` (1): finite, not 0, taken exactly.
/// Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", 2001.
extern const Loss softplus;

}  // namespace lossproof
