#include "arith/interval.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

namespace lossproof::arith {
namespace {

using Operation = Wide (*)(const Wide&, const Wide&, Direction, bool&);

/// The endpoint op(a, b). For sums and for quotients with positive divisors.
Bound endpoint(Operation op, const Bound& a, const Bound& b, Direction direction) {
  bool inexact = false;
  const Wide at = op(a.at, b.at, direction, inexact);
  return {at, inexact || a.open || b.open};
}

Bound product(const Bound& a, const Bound& b, Direction direction) {
  Bound r = endpoint(multiply, a, b, direction);
  if (r.at.sign == 0) r.open = (a.at.sign != 0 || a.open) && (b.at.sign != 0 || b.open);
  return r;
}

/// The smaller (`sense` 1) or larger (-1) of two candidates for one endpoint; attained if either of equals is.
Bound outer(const Bound& a, const Bound& b, int sense) {
  const int order = sense * compare(a.at, b.at);
  if (order == 0) return {a.at, a.open && b.open};
  return order < 0 ? a : b;
}

Bound quotient(const Bound& a, const Bound& b, Direction direction) {
  Bound r = endpoint(divide, a, b, direction);
  if (a.at.sign == 0) r.open = a.open;
  return r;
}

Interval hull(const Wide& lo, const Wide& hi) { return {Bound{lo}, Bound{hi}}; }

const Interval one(1.0);

/// atanh(z) = z * sum over k of w^k / (2k + 1), w = z^2, for |z| <= 1/16: `terms` of them by Horner's rule. What
/// follows the last, w^(terms - 1) * sum over i >= 1 of w^i / (2 (terms - 1 + i) + 1), lies in w^(terms - 1) * [0, w].
Interval atanh_series(const Interval& z, int terms) {
  const Interval w = z * z;
  Interval sum = hull(Wide{}, w.hi.at);
  for (int k = terms - 1; k >= 0; --k) {
    const Interval coefficient = one / Interval(2.0 * k + 1);
    sum = k == terms - 1 ? coefficient + sum : coefficient + sum * w;
  }
  return z * sum;
}

/// ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749) (Gauss). 30 terms leave 26^-60 < 2^-280.
const Interval& ln2() {
  static const Interval value = [] {
    auto atanh_inverse = [](double q) { return atanh_series(one / Interval(q), 30); };
    return Interval(18.0) * atanh_inverse(26) - Interval(2.0) * atanh_inverse(4801) +
           Interval(8.0) * atanh_inverse(8749);
  }();
  return value;
}

constexpr int squarings = 16;
constexpr std::size_t exp_degree = 14;

/// 1 / k for k = 0 .. exp_degree (entry 0 unused).
const std::array<Interval, exp_degree + 1>& inverses() {
  static const auto table = [] {
    std::array<Interval, exp_degree + 1> c;
    for (std::size_t k = 1; k < c.size(); ++k) c[k] = one / Interval(static_cast<double>(k));
    return c;
  }();
  return table;
}

/// e^r - 1 for |r| < 0.36: Taylor's series at s = r / 2^16, whose terms after the 14th are below 2 |s|^14 / 15! <
/// 2^-280 of s; then p <- p (2 + p) sixteen times, which is e^(2s) - 1 from e^s - 1.
Interval expm1_reduced(const Interval& r) {
  const Interval s = scale(r, -squarings);
  const Wide rest = scale(Wide(1.0), -280);
  Interval sum = one;
  for (std::size_t i = exp_degree; i > 1; --i) sum = one + s * inverses()[i] * sum;
  Interval p = s * (sum + hull(-rest, rest));
  for (int i = 0; i < squarings; ++i) p = p * (Interval(2.0) + p);
  return p;
}

/// e^x at a point x <= 0: x = k ln2 + r, |r| < 0.36.
Interval exp_at(const Wide& x) {
  if (x.sign == 0) return one;
  constexpr std::int64_t deepest = 40;
  if (x.exponent > deepest) {
    return {{Wide{}, true}, {scale(Wide(1.0), -(std::int64_t{1} << deepest)), true}};
  }
  const double k = std::nearbyint(approximate(x) / 0.6931471805599453);
  return scale(one + expm1_reduced(Interval(x) - Interval(k) * ln2()), static_cast<std::int64_t>(k));
}

Interval expm1_at(const Wide& x) { return expm1_reduced(Interval(x)); }

/// log(1 + t) = 2 atanh(z), z = t / (2 + t), for |t| < 2^-k: z^2 < 2^(-2 k - 1), and 4 terms for k = 40 or 28 for
/// k = 4 leave less than 2^-250 of it.
Interval log1p_near_zero(const Interval& t, int terms) {
  return scale(atanh_series(t / (Interval(2.0) + t), terms), 1);
}

/// log(a) at a point a >= 1: y = log a in f64, then y + log(a e^-y); a e^-y - 1 is below 2^-40.
Interval log_at(const Wide& a) {
  const double y = std::log(approximate(a));
  return Interval(y) + log1p_near_zero(Interval(a) * exp_at(Wide(-y)) - one, 4);
}

Interval log1p_at(const Wide& t) {
  if (t.sign == 0 || t.exponent <= -4) return log1p_near_zero(Interval(t), t.exponent <= -40 ? 4 : 28);
  bool inexact = false;
  const Wide below = add(Wide(1.0), t, Direction::down, inexact);
  const Wide above = add(Wide(1.0), t, Direction::up, inexact);
  if (!inexact) return log_at(below);
  return {{log_at(below).lo.at, true}, {log_at(above).hi.at, true}};
}

/// A strictly increasing function of an interval, from its enclosures at points.
Interval increasing(Interval (*at)(const Wide&), const Interval& x) {
  const Interval below = at(x.lo.at);
  if (compare(x.lo.at, x.hi.at) == 0) return below;
  const Interval above = at(x.hi.at);
  return {{below.lo.at, below.lo.open || x.lo.open}, {above.hi.at, above.hi.open || x.hi.open}};
}

}  // namespace

Interval operator+(const Interval& a, const Interval& b) {
  return {endpoint(add, a.lo, b.lo, Direction::down), endpoint(add, a.hi, b.hi, Direction::up)};
}

Interval operator-(const Interval& a, const Interval& b) { return a + -b; }

Interval operator*(const Interval& a, const Interval& b) {
  if (a.lo.at.sign >= 0 && b.lo.at.sign >= 0) {
    return {product(a.lo, b.lo, Direction::down), product(a.hi, b.hi, Direction::up)};
  }
  if (a.hi.at.sign <= 0) return -(-a * b);
  if (b.hi.at.sign <= 0) return -(a * -b);
  Interval r{product(a.lo, b.lo, Direction::down), product(a.lo, b.lo, Direction::up)};
  for (const auto& [x, y] : {std::pair{a.lo, b.hi}, std::pair{a.hi, b.lo}, std::pair{a.hi, b.hi}}) {
    r.lo = outer(r.lo, product(x, y, Direction::down), 1);
    r.hi = outer(r.hi, product(x, y, Direction::up), -1);
  }
  return r;
}

Interval operator/(const Interval& a, const Interval& b) {
  return {quotient(a.lo, a.lo.at.sign >= 0 ? b.hi : b.lo, Direction::down),
          quotient(a.hi, a.hi.at.sign >= 0 ? b.lo : b.hi, Direction::up)};
}

Interval exp(const Interval& x) { return increasing(exp_at, x); }

Interval expm1(const Interval& x) { return increasing(expm1_at, x); }

Interval log(const Interval& a) { return increasing(log_at, a); }

Interval log1p(const Interval& t) { return increasing(log1p_at, t); }

double nearest(const Interval& a, const Format& format, bool& decided) {
  const double below = nearest(a.lo.at, format, a.lo.open ? 1 : 0);
  const double above = nearest(a.hi.at, format, a.hi.open ? -1 : 0);
  if (std::bit_cast<std::uint64_t>(below) == std::bit_cast<std::uint64_t>(above)) return below;
  decided = false;
  if (below == 0 || above == 0) return below == above ? 0.0 : (below == 0 ? below : above);
  const double spacing = std::ldexp(1.0, std::max(std::ilogb(below) + 1 - format.precision, format.quantum) + 1);
  return std::fmod(below, spacing) == 0 ? below : above;
}

}  // namespace lossproof::arith
