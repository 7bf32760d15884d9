// The softmax p of a row of logits x, each divided by a temperature: what losses over classes are made of.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "oracles/definition.h"

namespace oracles::shares {

/// As the textbook has it: Bishop, Pattern Recognition and Machine Learning, eq. 4.104.
template <class R>
struct Softmax {
  explicit Softmax(const std::vector<R>& x) : p(x.size()) {
    using std::exp;
    for (std::size_t j = 0; j < p.size(); ++j) sum = sum + (p[j] = exp(x[j]));
    for (R& p_j : p) p_j = p_j / sum;
  }

  std::vector<R> p;
  R sum = 0;  ///< of the exponentials
};

/// The position of a largest logit; `from` where it is one of them.
template <class R>
std::size_t largest(const std::vector<R>& x, std::size_t from = 0) {
  std::size_t top = from;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (is_greater(x[j], x[top])) top = j;
  }
  return top;
}

/// With e_j = exp(-depth_j), depth_j = (x_top - x_j) / T and rest the sum of e_j over j != top, p_j = e_j / (1 + rest) and
/// -log(p_j) = depth_j + log(1 + rest), two terms that are at least 0. An e_j that is too small for MPFR ([0, 2^-2^30])
/// leaves enclosures with one end exact.
template <class R>
struct Exponentials {
  explicit Exponentials(const std::vector<R>& x, double temperature = 1)
      : top(largest(x)), depth(x.size(), R(0)), e(x.size(), R(1)) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      if (j == top) continue;
      const R gap = x[top] - x[j];
      depth[j] = temperature == 1 ? gap : R(gap / R(temperature));
      e[j] = exp_enclosure(R(-depth[j]));
      rest = rest + e[j];
    }
    total = 1 + rest;
  }

  /// The sum of all but e_j, which where j is not the top is at least 1.
  R others(std::size_t j) const { return j == top ? rest : R(total - e[j]); }
  /// -log(p_j).
  R cost(std::size_t j) const { return j == top ? log1p_enclosure(rest) : R(depth[j] + log1p_enclosure(rest)); }

  std::size_t top;
  std::vector<R> depth;
  std::vector<R> e;
  R rest = 0;
  R total;
};

/// For each number the sum of the others, of which nothing is subtracted.
template <class R>
std::vector<R> sums_of_others(const std::vector<R>& numbers) {
  std::vector<R> sums(numbers.size(), R(0));
  R before = 0, after = 0;
  for (std::size_t j = 0; j < numbers.size(); ++j) {
    sums[j] = before;
    before = before + numbers[j];
  }
  for (std::size_t j = numbers.size(); j-- > 0;) {
    sums[j] = sums[j] + after;
    after = after + numbers[j];
  }
  return sums;
}

/// c_j - p_j sum over k of c_k = (c_j (sum of the other e_k) - e_j (sum of the other c_k)) / (sum of all e_k): nothing
/// cancels where one c_k alone is not 0.
template <class R>
std::vector<R> minus_share(const Exponentials<R>& p, const std::vector<R>& c) {
  std::vector<R> result = sums_of_others(c);
  for (std::size_t j = 0; j < c.size(); ++j) result[j] = (c[j] * p.others(j) - p.e[j] * result[j]) / p.total;
  return result;
}

/// p_j (c_j - sum over k of p_k c_k) = e_j (c_j (sum of all e_k) - sum of e_k c_k) / (sum of all e_k)^2, where what all
/// c_k have in common may be left out: c_top is to be 0. A class whose e_k is 0 has no part in it.
template <class R>
std::vector<R> share_of_difference(const Exponentials<R>& p, const std::vector<R>& c) {
  R sum = 0;
  for (std::size_t k = 0; k < c.size(); ++k) {
    if (!is_zero(p.e[k])) sum = sum + p.e[k] * c[k];
  }
  std::vector<R> result(c.size(), R(0));
  for (std::size_t j = 0; j < c.size(); ++j) {
    if (!is_zero(p.e[j])) result[j] = p.e[j] * (c[j] * p.total - sum) / p.total / p.total;
  }
  return result;
}

/// How the infinities of a row of logits without NaN lie. A logit of -inf is an absent class.
struct Presence {
  explicit Presence(const std::vector<double>& x);

  /// No class is present, or two logits are +inf.
  bool is_undefined() const { return present == 0 || infinite > 1; }
  bool is_one_hot() const { return infinite == 1; }
  bool is_sole() const { return present == 1; }

  std::size_t present = 0;   ///< classes
  std::size_t infinite = 0;  ///< logits of +inf
};

bool is_absent(double x);
bool has_nan(const std::vector<double>& numbers);

/// A number that is rational, or closer to it than 2^-bits.
struct Beside : Near {
  double bits = 0;
};

/// Whether what is closer than 2^-bits to `at`, and not it, lies beside it as `Near` means it.
bool is_near(const Rational& at, double bits);

/// p_j where it is rational, or known to lie beside a rational.
std::optional<Beside> share(const std::vector<double>& x, std::size_t j, double temperature = 1);

/// at + by * p_j of such a p_j.
std::optional<Near> shifted_share(const Rational& at, const Rational& by, const std::optional<Beside>& p);

/// p_j (c_j - sum over k of p_k c_k) / divisor where it is rational, or known to lie beside a rational; divisor > 0.
std::optional<Near> share_of_difference_beside(const std::vector<double>& x, const std::vector<Rational>& c,
                                               std::size_t j, double temperature = 1, const Rational& divisor = 1);

/// The limits of c_j - p_j sum over k of c_k where a c_k is infinite or x is one-hot; x is defined.
std::vector<Extended> limits_of_minus_share(const std::vector<double>& x, const std::vector<Extended>& c);

/// The limits, 0, infinite or NaN, of p_j (c_j - sum over k of p_k c_k) where c is infinite at a class that is present;
/// x is defined.
std::vector<double> limits_of_share_of_difference(const std::vector<double>& x, const std::vector<double>& c);

}  // namespace oracles::shares
