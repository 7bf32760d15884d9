#include "oracles/shares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/exponential_sum.h"

namespace oracles::shares {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// How near Near is.
constexpr double near_bits = 15'000;

/// A bound for log2 of e^-(gap / temperature).
double bits_below(double gap, double temperature) { return gap / temperature * 1.4426; }

/// What lies on a side of `at`, and closer than 2^-bits, if that is near it.
std::optional<Near> beside(const Rational& at, int side, double bits) {
  return side == 0 || is_near(at, bits) ? std::optional(Near{at, side}) : std::nullopt;
}

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

bool is_near(const Rational& at, double bits) {
  return bits >= near_bits && (at == 0 || bits >= near_bits - log2_of(at) + 1);
}

// p_j of a class that is present is rational only if all classes present have the same logit, by the
// Lindemann-Weierstrass theorem: p_j = r is the relation (1 - r) e^(x_j) = r (sum of the others), which has nonzero
// coefficients where exponents differ. It is then one over their number. Where c classes have the largest logit and the
// others, whose e^(x_j - x_k) sum to s > 0, are far below, p_j = 1 / (c + s) lies below 1 / c for those c. Others that
// are far below the largest lie above 0. At a logit of +inf p is its limit.
std::optional<Beside> share(const std::vector<double>& x, std::size_t j, double temperature) {
  if (is_absent(x[j])) return Beside{{0}};
  const double top = *std::ranges::max_element(x);
  const bool is_top = x[j] == top;
  long largest = 0;
  bool others = false;
  double bits = is_top ? infinity : bits_below(top - x[j], temperature);
  for (const double v : x) {
    if (v == top) ++largest;
    if (v == top || is_absent(v)) continue;
    if (is_top) bits = std::min(bits, bits_below(top - v, temperature) - std::log2(static_cast<double>(x.size())));
    others = std::isfinite(top);
  }
  const auto found = beside(is_top ? Rational(1, largest) : Rational(0), !others ? 0 : is_top ? -1 : 1, bits);
  return found ? std::optional(Beside{*found, bits}) : std::nullopt;
}

std::optional<Near> shifted_share(const Rational& at, const Rational& by, const std::optional<Beside>& p) {
  if (by == 0) return Near{at};
  if (!p) return std::nullopt;
  return beside(at + by * p->at, by.sign() * p->side, p->bits - log2_of(by) - 1);
}

// It is N / D, N = sum over k of (c_j - c_k) e^(x_j + x_k), D = (sum of e^(x_k))^2, all x over T. Let v_1 > ... > v_m
// be the logits of the classes present, n_i the number and G_i the sum of c_j - c_k over those of logit v_i. N = r D, r
// rational: the theorem compares coefficients. In D those of 2 v_1 and 2 v_m are positive; N has one of 2 v_1 only if
// x_j = v_1, and of 2 v_m only if x_j = v_m. So r = 0, and every G_i is 0, or m = 1.
//
// Over e^(2 v_1) D is at least 1, and n_1^2 at most. With x_j = v_1, s = sum of n_i e^(v_i - v_1) and g = sum of
// G_i e^(v_i - v_1) over i > 1, n = n_1,
//   N / D - G_1 / n^2 = (G_1 + g) / (n + s)^2 - G_1 / n^2 = (n^2 g - 2 n G_1 s - G_1 s^2) / (n^2 (n + s)^2).
std::optional<Near> share_of_difference_beside(const std::vector<double>& x, const std::vector<Rational>& c,
                                               std::size_t j, double temperature, const Rational& divisor) {
  if (is_absent(x[j])) return Near{0};
  const double top = *std::ranges::max_element(x);
  const auto n = static_cast<long>(std::ranges::count(x, top));
  Rational at_top = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (x[k] == top) at_top += c[j] - c[k];
  }
  const double by_divisor = log2_of(divisor) - 1;
  if (x[j] != top || at_top == 0) {
    ExponentialSum sum(temperature);
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!is_absent(x[k])) sum.add(c[j] - c[k], Rational(x[k]) - Rational(top));
    }
    if (sum.is_zero()) return Near{0};
    const double bits = bits_below(top - x[j], temperature) + sum.bits_below_one() + by_divisor;
    return is_near(0, bits) ? std::optional(Near{0, sum.sign()}) : std::nullopt;
  }
  ExponentialSum linear(temperature), rest(temperature);
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (is_absent(x[k]) || x[k] == top) continue;
    const Rational below_top = Rational(x[k]) - Rational(top);
    linear.add(n * n * (c[j] - c[k]) - 2 * n * at_top, below_top);
    rest.add(1, below_top);
  }
  const Rational at = at_top / (n * n * divisor);
  if (rest.is_zero()) return Near{at};
  const double of_squares = 2 * rest.bits_below_one() - log2_of(at_top) - 1;
  if (!is_near(at, std::min(linear.bits_below_one(), of_squares) - 1 + by_divisor)) return std::nullopt;
  const auto side = sign_with_product(linear, -at_top, rest, rest);
  return side ? std::optional(Near{at, *side}) : std::nullopt;
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
