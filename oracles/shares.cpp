#include "oracles/shares.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

namespace oracles::shares {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// How near Near is.
constexpr double near_bits = 15'000;

/// A bound for log2 of e^-(gap / temperature).
double bits_below(double gap, double temperature) { return gap / temperature * 1.4426; }

/// log2 |x| to within 1, x not 0.
double log2_of(const Rational& x) {
  const Rational size = abs(x);
  return static_cast<double>(msb(numerator(size))) - static_cast<double>(msb(denominator(size)));
}

/// What lies on a side of `at`, and closer than 2^-bits, if that is near it.
std::optional<Near> beside(const Rational& at, int side, double bits) {
  const double least = at == 0 ? near_bits : near_bits - log2_of(at) + 1;
  return side == 0 || bits >= std::max(near_bits, least) ? std::optional(Near{at, side}) : std::nullopt;
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

// p_j of a class that is present is rational only if all classes present have the same logit, by the
// Lindemann-Weierstrass theorem: p_j = r is the relation (1 - r) e^(x_j) = r (sum of the others), which has nonzero
// coefficients where exponents differ. It is then one over their number. Where c classes have the largest logit and the
// others, whose e^(x_j - x_k) sum to s > 0, are far below, p_j = 1 / (c + s) lies below 1 / c for those c, and above 0
// for the others. At a logit of +inf p is its limit.
std::optional<Beside> share(const std::vector<double>& x, std::size_t j, double temperature) {
  if (is_absent(x[j])) return Beside{{0}};
  const double top = *std::ranges::max_element(x);
  long largest = 0;
  bool others = false;
  double bits = infinity;
  for (const double v : x) {
    if (v == top) ++largest;
    if (v == top || is_absent(v)) continue;
    bits = std::min(bits, bits_below(top - v, temperature) - std::log2(static_cast<double>(x.size())));
    others = std::isfinite(top);
  }
  const bool is_top = x[j] == top;
  const auto found = beside(is_top ? Rational(1, largest) : Rational(0), !others ? 0 : is_top ? -1 : 1, bits);
  return found ? std::optional(Beside{*found, bits}) : std::nullopt;
}

std::optional<Near> shifted_share(const Rational& at, const Rational& by, const std::optional<Beside>& p) {
  if (by == 0) return Near{at};
  if (!p) return std::nullopt;
  return beside(at + by * p->at, by.sign() * p->side, p->bits - log2_of(by) - 1);
}

namespace {

/// The classes of one logit: how many, and the sum of c_j - c_k over them.
struct Group {
  long count = 0;
  Rational sum = 0;
};
using Groups = std::map<double, Group, std::greater<>>;

/// The sign of the sum of weight(group) e^(x / T), where that of the first group with a weight other than 0 outweighs all
/// others together; `bits` is what the sum lies below 1 by, over the largest logit.
struct Leading {
  int sign;
  double bits;
};
template <class Weight>
std::optional<Leading> leading(Groups::const_iterator begin, const Groups& groups, double temperature,
                               const Weight& weight) {
  const auto has_weight = [&](const auto& group) { return weight(group.second) != 0; };
  const auto first = std::find_if(begin, groups.end(), has_weight);
  if (first == groups.end()) return std::nullopt;
  const Rational most = abs(weight(first->second));
  Rational others = 0;
  for (auto next = std::next(first); next != groups.end(); ++next) others += abs(weight(next->second));
  const auto next = std::next(first);
  if (others != 0 && bits_below(first->first - next->first, temperature) < log2_of(others) - log2_of(most) + 3)
    return std::nullopt;
  const double below = bits_below(groups.begin()->first - first->first, temperature);
  return Leading{weight(first->second).sign(), below - log2_of(most) - 2};
}

}  // namespace

// It is N / D, N = sum over k of (c_j - c_k) e^(x_j + x_k), D = (sum of e^(x_k))^2, all x over T. Let v_1 > ... > v_m be the
// logits of the classes present, n_i the number and G_i the sum of c_j - c_k over those of logit v_i. N = r D, r rational:
// the theorem compares coefficients. In D those of 2 v_1 and 2 v_m are positive; N has one of 2 v_1 only if x_j = v_1, and
// of 2 v_m only if x_j = v_m. So r = 0, and every G_i is 0, or m = 1.
//
// Beside 0 it has the sign of the sum of G_i e^(v_i). With x_j = v_1, over e^(2 v_1) and with s = sum of n_i e^(v_i - v_1)
// over i > 1, N / D - G_1 / n_1^2 is the sum over i > 1 of (n_1 G_i - 2 n_i G_1) e^(v_i - v_1) / n_1^3 but for terms of
// second order in s, which the first of these outweighs if it is not 0 and v_2 is far below.
std::optional<Near> share_of_difference_beside(const std::vector<double>& x, const std::vector<Rational>& c,
                                               std::size_t j, double temperature, const Rational& divisor) {
  if (is_absent(x[j])) return Near{0};
  Groups groups;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (is_absent(x[k])) continue;
    Group& group = groups[x[k]];
    ++group.count, group.sum += c[j] - c[k];
  }
  const auto& [top, at_top] = *groups.begin();
  const Rational n = at_top.count;
  if (std::ranges::all_of(groups, [](const auto& group) { return group.second.sum == 0; })) return Near{0};
  const Rational at = at_top.sum / (n * n * divisor);
  if (groups.size() == 1) return Near{at};
  const double own = bits_below(top - x[j], temperature) + log2_of(divisor) - 2;
  if (x[j] != top || at_top.sum == 0) {
    const auto sum = leading(groups.begin(), groups, temperature, [](const Group& group) { return group.sum; });
    return sum ? beside(0, sum->sign, own + sum->bits) : std::nullopt;
  }
  const auto second = std::next(groups.begin());
  const auto weight = [&](const Group& group) { return Rational(n * group.sum - 2 * group.count * at_top.sum); };
  if (weight(second->second) == 0) return std::nullopt;
  const auto sum = leading(second, groups, temperature, weight);
  return sum ? beside(at, sum->sign, own + sum->bits) : std::nullopt;
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
