#include "arith/interval.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lossproof::arith {
namespace {

template <int limbs>
using Bound = typename Interval<limbs>::Bound;

/// The endpoint op(a, b) of a sum, a product or a quotient, the last two apart from zeros.
template <int limbs, class Operation>
Bound<limbs> endpoint(Operation op, const Bound<limbs>& a, const Bound<limbs>& b, Direction direction) {
  bool inexact = false;
  const Wide<limbs> at = op(a.at, b.at, direction, inexact);
  return {at, inexact || a.open || b.open};
}

template <int limbs>
Bound<limbs> product(const Bound<limbs>& a, const Bound<limbs>& b, Direction direction) {
  Bound<limbs> r = endpoint<limbs>(Wide<limbs>::multiply, a, b, direction);
  if (r.at.sign == 0) r.open = (a.at.sign != 0 || a.open) && (b.at.sign != 0 || b.open);
  return r;
}

template <int limbs>
Bound<limbs> quotient(const Bound<limbs>& a, const Bound<limbs>& b, Direction direction) {
  Bound<limbs> r = endpoint<limbs>(Wide<limbs>::divide, a, b, direction);
  if (a.at.sign == 0) r.open = a.open;
  return r;
}

/// The smaller (`sense` 1) or larger (-1) of two candidates for one endpoint; attained if either of equals is.
template <int limbs>
Bound<limbs> outer(const Bound<limbs>& a, const Bound<limbs>& b, int sense) {
  const int order = sense * Wide<limbs>::compare(a.at, b.at);
  if (order == 0) return {a.at, a.open && b.open};
  return order < 0 ? a : b;
}

/// The elementary functions of one precision.
template <int limbs>
struct Functions {
  using Number = Wide<limbs>;
  using I = Interval<limbs>;

  /// Series stop when what they leave out is below 2^-target of their first term.
  static constexpr int target = Number::bits + 24;
  static constexpr int squarings = limbs == 4 ? 16 : 64;

  static I between(const Number& lo, const Number& hi) { return {{lo}, {hi}}; }

  /// 1 / k, kept for the small k that series ask for.
  static const I& inverse(int k) {
    static const std::vector<I> table = [] {
      std::vector<I> t(1);
      for (int n = 1; n <= 2048; ++n) t.push_back(I(1.0) / I(static_cast<double>(n)));
      return t;
    }();
    return table[static_cast<std::size_t>(k)];
  }

  /// How many terms of a series in w < 2^-k are needed.
  static constexpr int terms_for(int k) { return target / k + 1; }

  /// atanh(z) = z * sum over k of w^k / (2k + 1), w = z^2 < 1/4: `terms` of them by Horner's rule. What follows the
  /// last, w^(terms - 1) * sum over i >= 1 of w^i / (2 (terms - 1 + i) + 1), lies in w^(terms - 1) * [0, w].
  static I atanh(const I& z, int terms) {
    const I w = z * z;
    I sum = inverse(2 * terms - 1) + between(Number{}, w.hi.at);
    for (int k = terms - 2; k >= 0; --k) sum = inverse(2 * k + 1) + sum * w;
    return z * sum;
  }

  /// ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749) (Gauss); 26^-2 < 2^-9, 4801^-2 < 2^-24, 8749^-2 < 2^-26.
  static const I& ln2() {
    static const I value = [] {
      const auto atanh_inverse = [](double q, int k) { return atanh(I(1.0) / I(q), terms_for(k)); };
      return I(18.0) * atanh_inverse(26, 9) - I(2.0) * atanh_inverse(4801, 24) + I(8.0) * atanh_inverse(8749, 26);
    }();
    return value;
  }

  /// e^r - 1 for |r| < 0.36: Taylor's series at s = r / 2^halvings, |s| < 2^-k; of s, what is left out after n terms is
  /// below 2 |s|^n / (n + 1)! < 2^-(k n) <= 2^-target. Then p <- p (2 + p), which is e^(2s) - 1 from e^s - 1. An r that
  /// is small already needs fewer terms.
  static I expm1_reduced(const I& r) {
    const auto exponent = [](const Number& x) { return x.sign == 0 ? -target : x.exponent; };
    const std::int64_t size = std::clamp<std::int64_t>(std::max(exponent(r.lo.at), exponent(r.hi.at)), -target, 0);
    const int halvings = size <= -squarings ? 0 : squarings;
    const I s = r.scaled(-halvings);
    const Number rest = Number(1.0).scaled(-target);
    I sum(1.0);
    for (int i = terms_for(std::max(squarings, static_cast<int>(-size))); i > 1; --i)
      sum = I(1.0) + s * inverse(i) * sum;
    I p = s * (sum + between(-rest, rest));
    for (int i = 0; i < halvings; ++i) p = p * (I(2.0) + p);
    return p;
  }

  /// x = k ln2 + r, |r| < 0.36.
  static I exp(const Number& x) {
    if (x.sign == 0) return I(1.0);
    constexpr std::int64_t deepest = 40;
    if (x.exponent > deepest) return {{Number{}, true}, {Number(1.0).scaled(-(std::int64_t{1} << deepest)), true}};
    const double k = std::nearbyint(x.approximate() / 0.6931471805599453);
    return (I(1.0) + expm1_reduced(I(x) - I(k) * ln2())).scaled(static_cast<std::int64_t>(k));
  }

  static I expm1(const Number& x) { return expm1_reduced(I(x)); }

  /// log(1 + t) = 2 atanh(t / (2 + t)) for |t| < 2^-k.
  static I log1p_near_zero(const I& t, int k) { return atanh(t / (I(2.0) + t), terms_for(2 * k)).scaled(1); }

  /// y = log a in f64, then y + log(a e^-y); a e^-y - 1 is below 2^-40.
  static I log(const Number& a) {
    const double y = std::log(a.approximate());
    return I(y) + log1p_near_zero(I(a) * exp(Number(-y)) - I(1.0), 40);
  }

  static I log1p(const Number& t) {
    if (t.sign == 0 || t.exponent <= -4) return log1p_near_zero(I(t), t.exponent <= -40 ? 40 : 4);
    bool inexact = false;
    const Number below = Number::add(Number(1.0), t, Direction::down, inexact);
    const Number above = Number::add(Number(1.0), t, Direction::up, inexact);
    if (!inexact) return log(below);
    return {{log(below).lo.at, true}, {log(above).hi.at, true}};
  }

  /// A strictly increasing function of an interval, from its enclosures at points.
  static I increasing(I (*at)(const Number&), const I& x) {
    const I below = at(x.lo.at);
    if (Number::compare(x.lo.at, x.hi.at) == 0) return below;
    const I above = at(x.hi.at);
    return {{below.lo.at, below.lo.open || x.lo.open}, {above.hi.at, above.hi.open || x.hi.open}};
  }
};

}  // namespace

template <int limbs>
Interval<limbs> Interval<limbs>::add(const Interval& a, const Interval& b) {
  return {endpoint<limbs>(Number::add, a.lo, b.lo, Direction::down),
          endpoint<limbs>(Number::add, a.hi, b.hi, Direction::up)};
}

template <int limbs>
Interval<limbs> Interval<limbs>::multiply(const Interval& a, const Interval& b) {
  const auto times = product<limbs>;
  if (a.lo.at.sign >= 0 && b.lo.at.sign >= 0) {
    return {times(a.lo, b.lo, Direction::down), times(a.hi, b.hi, Direction::up)};
  }
  if (a.lo.at.sign < 0 && a.hi.at.sign <= 0) return -multiply(-a, b);
  if (b.lo.at.sign < 0 && b.hi.at.sign <= 0) return -multiply(a, -b);
  Interval r{times(a.lo, b.lo, Direction::down), times(a.lo, b.lo, Direction::up)};
  for (const auto& [x, y] : {std::pair{a.lo, b.hi}, std::pair{a.hi, b.lo}, std::pair{a.hi, b.hi}}) {
    r.lo = outer<limbs>(r.lo, times(x, y, Direction::down), 1);
    r.hi = outer<limbs>(r.hi, times(x, y, Direction::up), -1);
  }
  return r;
}

template <int limbs>
Interval<limbs> Interval<limbs>::divide(const Interval& a, const Interval& b) {
  return {quotient<limbs>(a.lo, a.lo.at.sign >= 0 ? b.hi : b.lo, Direction::down),
          quotient<limbs>(a.hi, a.hi.at.sign >= 0 ? b.lo : b.hi, Direction::up)};
}

template <int limbs>
Interval<limbs> Interval<limbs>::share(const Interval& part, const Interval& other, const Interval& factor,
                                       const Interval& divisor) {
  const auto at = [&](const Number& p, const Number& o) {
    return divide(Interval(p) * factor, (Interval(p) + Interval(o)) * divisor);
  };
  const auto moves = [](const Bound& moving, const Bound& fixed) { return moving.open && fixed.at.sign != 0; };
  Bound below = at(part.lo.at, other.hi.at).lo;
  Bound above = at(part.hi.at, other.lo.at).hi;
  below.open = below.open || moves(part.lo, other.hi) || moves(other.hi, part.lo);
  above.open = above.open || moves(part.hi, other.lo) || moves(other.lo, part.hi);
  Bound whole = divide(factor, divisor).hi;
  whole.open = whole.open || other.lo.at.sign > 0 || other.lo.open;
  return {below, outer<limbs>(above, whole, 1)};
}

template <int limbs>
Interval<limbs> Interval<limbs>::exp(const Interval& x) {
  return Functions<limbs>::increasing(Functions<limbs>::exp, x);
}

template <int limbs>
Interval<limbs> Interval<limbs>::expm1(const Interval& x) {
  return Functions<limbs>::increasing(Functions<limbs>::expm1, x);
}

template <int limbs>
Interval<limbs> Interval<limbs>::log(const Interval& a) {
  return Functions<limbs>::increasing(Functions<limbs>::log, a);
}

template <int limbs>
Interval<limbs> Interval<limbs>::log1p(const Interval& t) {
  return Functions<limbs>::increasing(Functions<limbs>::log1p, t);
}

template <int limbs>
double Interval<limbs>::nearest(const Format& format, bool& decided) const {
  const double below = lo.at.nearest(format, lo.open ? 1 : 0);
  const double above = hi.at.nearest(format, hi.open ? -1 : 0);
  if (std::bit_cast<std::uint64_t>(below) == std::bit_cast<std::uint64_t>(above)) return below;
  decided = false;
  if (below == 0 || above == 0) return below == above ? 0.0 : (below == 0 ? below : above);
  if (std::isinf(below) || std::isinf(above)) return std::isinf(below) ? below : above;  // beside an odd mantissa
  const double spacing = std::ldexp(1.0, std::max(std::ilogb(below) + 1 - format.precision, format.quantum) + 1);
  return std::fmod(below, spacing) == 0 ? below : above;
}

template struct Interval<4>;
template struct Interval<20>;
template struct Interval<72>;

}  // namespace lossproof::arith
