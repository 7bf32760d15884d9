#include "oracles/share_pairs.h"

#include <algorithm>

#include "oracles/exponential_sum.h"
#include "oracles/limits.h"
#include "oracles/shares.h"

namespace oracles::shares {
namespace {

/// A row over its largest logit, which n classes have; `rest` is the sum of e of those below it.
struct Below {
  Below(const std::vector<double>& logits, double t)
      : x(logits), temperature(t), top(*std::ranges::max_element(x)), rest(t) {
    n = static_cast<long>(std::ranges::count(x, top));
    add_to(rest, 1);
  }

  bool is_top(std::size_t j) const { return x[j] == top; }
  bool is_below(std::size_t j) const { return !is_top(j) && !is_absent(x[j]) && top != infinity; }
  /// T log(e_j), of a class that is present.
  Rational power(std::size_t j) const { return is_top(j) ? Rational(0) : Rational(Rational(x[j]) - Rational(top)); }
  /// Adds coefficient e^(shift / T) times rest.
  void add_to(ExponentialSum& sum, const Rational& coefficient, const Rational& shift = 0) const {
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (is_below(k)) sum.add(coefficient, power(k) + shift);
    }
  }

  const std::vector<double>& x;
  double temperature;
  double top;
  long n;
  ExponentialSum rest;
};

/// q_j - p_j times the sums E of e and F of f, f_j E - e_j F, of rows without +inf.
ExponentialSum difference_of_shares(const Below& student, const Below& teacher, std::size_t j) {
  ExponentialSum sum(student.temperature);
  const auto add = [&sum, j](const Below& one, const Below& other, int sign) {
    if (is_absent(one.x[j])) return;
    sum.add(sign * other.n, one.power(j));
    other.add_to(sum, sign, one.power(j));
  };
  add(student, teacher, 1);
  add(teacher, student, -1);
  return sum;
}

/// The sign of q_j - q - (p_j - p), q and p the rationals 1 / m and 1 / n beside which they lie, m not n, or with
/// others on another side: with r and s the student's and the teacher's rest,
///   1 / (m + r) - 1 / m - (1 / (n + s) - 1 / n) = (m^2 s - n^2 r + (m - n) r s) / (m n (m + r) (n + s)).
std::optional<int> side_of_difference(const Below& student, const Below& teacher, int q_side, int p_side) {
  if (q_side * p_side <= 0) return q_side != 0 ? q_side : -p_side;
  const long m = student.n, n = teacher.n;
  ExponentialSum linear(student.temperature);
  student.add_to(linear, -n * n);
  teacher.add_to(linear, m * m);
  return sign_with_product(linear, m - n, student.rest, teacher.rest);
}

}  // namespace

// With n classes at the teacher's top, as many at the student's, r and s the sums of the others' e and f, and A the
// mean over the former of the student's depth,
//   KL - A = (sum of e_j (student's depth_j - teacher's depth_j - A) over the others) / (n + r)
//            + log1p(s / n) - log1p(r / n),
// which times n is L = s + (sum of e_j (student's depth_j - teacher's depth_j - A - 1)) but for less than c (r + s)^2,
// where c - 1 is the largest of these |student's depth_j - teacher's depth_j - A|. L +- c (r + s)^2 is not 0, as the
// smallest exponent of the square is below all others.
std::optional<Near> divergence_beside(const std::vector<double>& y, const std::vector<double>& x, double temperature) {
  const Below student(x, temperature), teacher(y, temperature);
  if (student.n != teacher.n) return std::nullopt;
  Rational mean = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (teacher.is_top(j)) mean -= student.power(j) / (Rational(temperature) * teacher.n);
  }
  ExponentialSum linear = student.rest, rest = student.rest;
  teacher.add_to(rest, 1);
  if (rest.is_zero()) return Near{mean};
  Rational most = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (!teacher.is_below(j)) continue;
    const Rational factor = (teacher.power(j) - student.power(j)) / Rational(temperature) - mean;
    most = std::max<Rational>(most, abs(factor));
    linear.add(factor - 1, teacher.power(j));
  }
  const Rational c = most + 1;
  const double of_squares = 2 * rest.bits_below_one() - log2_of(c) - 1;
  if (!is_near(mean, std::min(linear.bits_below_one(), of_squares) - 1)) return std::nullopt;
  const auto side = sign_with_product(linear, c, rest, rest);
  return side && side == sign_with_product(linear, -c, rest, rest) ? std::optional(Near{mean, *side}) : std::nullopt;
}

// q_j - p_j = r is r E F = f_j E - e_j F over the sums E of e and F of f, exponentials of rationals with rational
// coefficients, which the Lindemann-Weierstrass theorem compares. For r > 0 the largest and the smallest exponent of E
// F, whose coefficients are positive, are among those of f_j E: all x present are equal, then q_j is rational and p_j
// too; so for r < 0. E F is at least 1. Both beside 0 on one side, or beside one 1 / n, their difference is beside 0.
std::optional<Near> difference_beside(const std::vector<double>& x, const std::vector<double>& y, std::size_t j,
                                      double temperature) {
  const Below student(x, temperature), teacher(y, temperature);
  const double by_divisor = log2_of(Rational(temperature)) - 2;
  const bool are_finite = student.top != infinity && teacher.top != infinity;
  if (are_finite) {
    const ExponentialSum difference = difference_of_shares(student, teacher, j);
    if (difference.is_zero()) return Near{0};
    if (is_near(0, difference.bits_below_one() + by_divisor)) return Near{0, difference.sign()};
  }
  const auto q = share(x, j, temperature);
  const auto p = share(y, j, temperature);
  if (!q || !p || (are_finite && q->at == p->at)) return std::nullopt;
  const double bits = std::min(q->side == 0 ? infinity : q->bits, p->side == 0 ? infinity : p->bits) + by_divisor;
  const Rational at = (q->at - p->at) / Rational(temperature);
  const auto side = side_of_difference(student, teacher, q->side, p->side);
  if (!side || (*side != 0 && !is_near(at, bits))) return std::nullopt;
  return Near{at, *side};
}

}  // namespace oracles::shares
