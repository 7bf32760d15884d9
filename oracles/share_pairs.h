// What is known exactly of the softmaxes q and p of two rows of logits, a student's x and a teacher's y, each divided
// by a temperature T.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "oracles/definition.h"

namespace oracles::shares {

/// The rational that the divergence, the sum of p_j (log(p_j) - log(q_j)), lies beside. Both rows are finite but for
/// absent classes or the teacher's one logit of +inf, and the divergence is.
std::optional<Near> divergence_beside(const std::vector<double>& y, const std::vector<double>& x, double temperature);

/// (q_j - p_j) / T where it is rational, or known to lie beside a rational.
std::optional<Near> difference_beside(const std::vector<double>& x, const std::vector<double>& y, std::size_t j,
                                      double temperature);

}  // namespace oracles::shares
