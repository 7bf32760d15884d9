// The names of all losses, one line each: the only list of them. Declarations, specs and CLI lists expand from it.
#pragma once

/// `LOSS(name)` for each.
#define LOSSPROOF_CATALOGUE(LOSS)        \
  LOSS(cross_entropy)                    \
  LOSS(nll_loss)                         \
  LOSS(binary_cross_entropy)             \
  LOSS(binary_cross_entropy_with_logits) \
  LOSS(kl_div)                           \
  LOSS(distillation_kl)                  \
  LOSS(mse_loss)                         \
  LOSS(multilabel_soft_margin_loss)      \
  LOSS(sigmoid_focal_loss)               \
  LOSS(logsumexp)                        \
  LOSS(softmax)                          \
  LOSS(log_softmax)                      \
  LOSS(sigmoid)                          \
  LOSS(log_sigmoid)                      \
  LOSS(softplus)                         \
  /* the end of the list */
