#include "oracles/shares.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace oracles::shares {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A gap such that e^-gap, times any number of classes, is below 2^-15800.
constexpr double far_below = 11'000;

double infinite_part(const Extended& c) { return c.is_finite() ? 0 : c.nonfinite(); }

/// The sum of all but c_j: infinities of both signs make NaN.
Extended sum_of_others(const std::vector<Extended>& c, std::size_t j) {
  double infinite = 0;
  Rational finite = 0;
  for (std::size_t k = 0; k < c.size(); ++k) {
    if (k == j) continue;
    infinite += infinite_part(c[k]);
    if (c[k].is_finite()) finite += c[k].rational();
  }
  return infinite == 0 ? Extended(finite) : Extended(infinite);
}

Extended negated(const Extended& c) { return c.is_finite() ? Extended(Rational(-c.rational())) : -c.nonfinite(); }

}  // namespace

Presence::Presence(const std::vector<double>& x) {
  for (const double v : x) {
    if (!is_absent(v)) ++present;
    if (v == infinity) ++infinite;
  }
}

bool is_absent(double x) { return x == -infinity; }

bool has_nan(const std::vector<double>& numbers) {
  return std::ranges::any_of(numbers, [](double v) { return std::isnan(v); });
}

// p_j of a class that is present is rational only if all classes present have the same logit, by the
// Lindemann-Weierstrass theorem: p_j = r is the relation (1 - r) e^(x_j) = r (sum of the others), which has nonzero
// coefficients where exponents differ. It is then one over their number. Where c classes have the largest logit and the
// others, whose e^(x_j - x_k) sum to s > 0, are far below, p_j = 1 / (c + s) lies below 1 / c for those c, and above 0
// for the others. At a logit of +inf p is its limit.
std::optional<Near> share(const std::vector<double>& x, std::size_t j, double temperature) {
  if (is_absent(x[j])) return Near{0};
  const double top = *std::ranges::max_element(x);
  long largest = 0;
  bool others = false;
  for (const double v : x) {
    if (v == top) ++largest;
    if (v == top || is_absent(v)) continue;
    if ((top - v) / temperature < far_below) return std::nullopt;
    others = std::isfinite(top);
  }
  if (x[j] == top) return Near{Rational(1, largest), others ? -1 : 0};
  return Near{0, others ? 1 : 0};
}

// The distance from the rational is that of p_j times `by`, which is 2^100 at most: it is below 2^-15600.
std::optional<Near> shifted_share(const Rational& at, const Rational& by, const std::optional<Near>& p) {
  if (by == 0) return Near{at};
  if (!p) return std::nullopt;
  const Near result{at + by * p->at, by.sign() * p->side};
  static const Rational large = std::ldexp(1.0, 100);
  const bool is_close = abs(by) <= large && (result.at == 0 || abs(result.at) >= 1 / large);
  return result.side == 0 || is_close ? std::optional(result) : std::nullopt;
}

// It is N / D, N = sum over k of (c_j - c_k) e^(x_j + x_k), D = (sum of e^(x_k))^2. Let v_1 > ... > v_m be the logits of
// the classes present, and G_i the sum of c_j - c_k over those of logit v_i. N = r D, r rational: the theorem compares
// coefficients. In D those of 2 v_1 and 2 v_m are positive; N has one of 2 v_1 only if x_j = v_1, and of 2 v_m only if
// x_j = v_m. So r = 0, and every G_i is 0, or m = 1.
std::optional<Rational> rational_share_of_difference(const std::vector<double>& x, const std::vector<Rational>& c,
                                                     std::size_t j) {
  if (is_absent(x[j])) return Rational(0);
  std::map<double, Rational> sums;
  long present = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (is_absent(x[k])) continue;
    sums[x[k]] += c[j] - c[k];
    ++present;
  }
  if (std::ranges::all_of(sums, [](const auto& sum) { return sum.second == 0; })) return Rational(0);
  if (sums.size() > 1) return std::nullopt;
  return sums.begin()->second / (Rational(present) * present);
}

// It is (1 - p_j) c_j - p_j (sum of the others). Where p_j is 0 or 1 exactly (a class that is absent, or alone), the
// factor 0 leaves nothing; where it is so in the limit of x, an infinite c that it meets has no limit.
std::vector<Extended> limits_of_minus_share(const std::vector<double>& x, const std::vector<Extended>& c) {
  const Presence presence(x);
  std::vector<Extended> result(x.size(), nan);
  for (std::size_t j = 0; j < x.size(); ++j) {
    const Extended others = sum_of_others(c, j);
    if (is_absent(x[j])) {
      result[j] = c[j];
    } else if (presence.is_sole()) {
      result[j] = negated(others);
    } else if (presence.is_one_hot()) {
      const bool has_all = x[j] == infinity;
      const bool meets_infinity = has_all ? !c[j].is_finite() : !others.is_finite();
      if (!meets_infinity) result[j] = has_all ? negated(others) : c[j];
    } else {
      result[j] = infinite_part(c[j]) - infinite_part(others);
    }
  }
  return result;
}

// It is the sum over k of p_j p_k (c_j - c_k).
std::vector<double> limits_of_share_of_difference(const std::vector<double>& x, const std::vector<double>& c) {
  const Presence presence(x);
  std::vector<double> result(x.size(), 0);
  if (presence.is_sole()) return result;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (is_absent(x[j])) continue;
    double sum = presence.is_one_hot() ? nan : 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double term = is_absent(x[k]) || !std::isinf(c[k]) ? 0 : c[k];
      sum += k == j ? term : -term;
    }
    result[j] = sum;
  }
  return result;
}

}  // namespace oracles::shares
