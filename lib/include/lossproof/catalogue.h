// The names of all losses, one line each: the only list of them. Declarations, specs and CLI lists expand from it.
#pragma once

/// `LOSS(name)` for each.
#define LOSSPROOF_CATALOGUE(LOSS)        \
  LOSS(cross_entropy)                    \
  LOSS(binary_cross_entropy_with_logits) \
  LOSS(mse_loss)                         \
  LOSS(sigmoid)                          \
  LOSS(log_sigmoid)                      \
  LOSS(softplus)                         \
  /* the end of the list */
