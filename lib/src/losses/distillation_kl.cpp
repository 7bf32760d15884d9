// KL(p || q) = sum_j p_j (log p_j - log q_j), p = softmax(t / T), q = softmax(s / T) of the teacher's logits t and the
// student's s; see exponentials.h, of which the teacher's are e, Z and the student's f, Y:
//   KL = sum_j e_j (depth of s_j - depth of t_j) / Z + log Y - log Z.
// Its derivatives are by s_j (q_j - p_j) / T, and by t_j the gradient of p from factors (t - s) / T, over T: what all
// factors have in common cancels there, so that no logarithm is evaluated. See share_gradient.h.
//
// Terms cancel where the rows are nearly equal; the ladder goes on. Rows that differ by a constant are found exactly.
#include <algorithm>
#include <vector>

#include "engine/classes.h"
#include "engine/extremes.h"
#include "losses/infinite_terms.h"
#include "losses/share_gradient.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

using arith::Tracked;
using detail::KnownDerivative;
using softmax_rows::add_below;
using softmax_rows::told;

/// Whether a - b = c - d, of finite numbers; where a difference is beyond the range, but for the last two bits of
/// subnormal numbers, which are nothing beside it.
bool are_equal_differences(double a, double b, double c, double d) {
  const auto pair = [](double x, double y) { return arith::two_sum(x / 4, -y / 4); };
  const bool may_overflow = std::isinf(a - b) || std::isinf(c - d);
  const arith::DD p = may_overflow ? pair(a, b) : arith::two_sum(a, -b);
  const arith::DD q = may_overflow ? pair(c, d) : arith::two_sum(c, -d);
  return p.hi == q.hi && p.lo == q.lo;
}

template <class A>
class DistillationKl {
 public:
  explicit DistillationKl(const detail::RowInputs& row)
      : s_(row.logits),
        t_(*row.second),
        temperature_(row.parameters.temperature),
        f_(s_, temperature_),
        e_(t_, temperature_) {
    if (has_nan() || is_undefined()) return;
    are_equal_ = std::isfinite(e_.top()) && std::isfinite(f_.top());
    for (std::int64_t j = 0; j < s_.size(); ++j) add(j);
    are_permuted_ = !are_equal_ && std::isfinite(e_.top()) && std::isfinite(f_.top()) && are_equal_when_sorted();
    if (e_.is_one_hot() || infinite_.any()) return;
    by_teacher_.emplace(e_, s_.size(), [this](std::int64_t k) { return above(k); });
  }
  DistillationKl(const DistillationKl&) = delete;
  DistillationKl& operator=(const DistillationKl&) = delete;

  bool has_nan() const { return e_.has_nan() || f_.has_nan(); }

  std::optional<double> known_value() const {
    if (is_undefined()) return detail::nan_value;
    if (has_infinite_cost_) return detail::infinity;
    if (has_vanishing_mass_at_infinite_cost_) return detail::nan_value;
    if (are_equal_ || f_.is_one_hot()) return 0;
    return std::nullopt;
  }

  /// Above 0, as the rows are not equal.
  arith::Approx<A> value() const {
    if constexpr (Tracked<A>::encloses) {
      arith::Approx<A> kl = (f_.tops() == e_.tops() ? value_beside_mean() : value_of_terms()).approx();
      if (kl.value.lo.at.sign < 0) kl.value.lo = {{}, true};
      return kl;
    } else {
      return value_of_terms().approx();
    }
  }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const {
    if (is_undefined()) return KnownDerivative{detail::nan_value};
    if (are_equal_ || (e_.is_absent(j) && f_.is_absent(j))) return KnownDerivative{0};
    if (are_permuted_ && are_as_deep(j)) return KnownDerivative{0};
    if (!e_.has_mass(j) && !f_.has_mass(j)) return KnownDerivative{0, true};
    const auto is_whole = [j](const auto& p) { return p.is_top(j) && (p.is_sole() || p.is_one_hot()); };
    if (is_whole(e_) && is_whole(f_)) return KnownDerivative{0, !(e_.is_sole() && f_.is_sole())};
    return std::nullopt;
  }

  detail::Fraction<A> derivative(std::int64_t j) const {
    const double n = e_.tops();
    const double m = f_.tops();
    const Tracked<A> between_tops = (f_.is_top(j) ? n : 0) - (e_.is_top(j) ? m : 0);
    const Tracked<A> both = n * m;
    return {between_tops + both * between_deviations(j), both * Tracked<A>(temperature_)};
  }

  std::optional<KnownDerivative> known_target_derivative(std::int64_t j) const {
    if (is_undefined()) return KnownDerivative{detail::nan_value};
    if (are_equal_ || e_.is_absent(j) || e_.is_sole()) return KnownDerivative{0};
    if (const auto limit = infinite_.share_of_difference(e_, infinite_factor(j))) return KnownDerivative{*limit};
    if (e_.is_one_hot()) return KnownDerivative{0, true};
    return std::nullopt;
  }

  detail::Fraction<A> target_derivative(std::int64_t j) const {
    const detail::Fraction<A> d = (*by_teacher_)(j, above(j));
    return {d.numerator, d.denominator * Tracked<A>(temperature_) * Tracked<A>(temperature_)};
  }

 private:
  bool is_undefined() const { return e_.is_undefined() || f_.is_undefined(); }

  void add(std::int64_t j) {
    has_infinite_cost_ |= e_.has_mass(j) && !f_.has_mass(j);
    has_vanishing_mass_at_infinite_cost_ |= !e_.is_absent(j) && !e_.has_mass(j) && !f_.has_mass(j);
    if (!e_.is_absent(j)) infinite_.add(infinite_factor(j));
    if (e_.is_top(j)) reference_ = j;
    if (are_equal_) are_equal_ = are_as_deep(j) || (e_.is_absent(j) && f_.is_absent(j));
  }

  /// Whether the class is present in both rows, as far below their tops.
  bool are_as_deep(std::int64_t j) const {
    return !e_.is_absent(j) && !f_.is_absent(j) && are_equal_differences(t_[j], e_.top(), s_[j], f_.top());
  }

  /// Whether one row is the other in another order, but for a constant: then q_j = p_j of a class as deep in both, and
  /// only then, by the Lindemann-Weierstrass theorem. Few rows have sums that come so close that they are sorted.
  bool are_equal_when_sorted() const {
    if (e_.tops() != f_.tops() || (f_.rest() - e_.rest()).sign() != 0) return false;
    const auto sorted = [](const detail::Numbers& x) {
      std::vector<double> all;
      for (std::int64_t j = 0; j < x.size(); ++j) all.push_back(x[j]);
      std::ranges::sort(all);
      return all;
    };
    const std::vector<double> s = sorted(s_), t = sorted(t_);
    for (std::size_t j = 0; j < s.size(); ++j) {
      const bool both_absent = std::isinf(s[j]) && std::isinf(t[j]);
      if (both_absent) continue;
      if (std::isinf(s[j]) || std::isinf(t[j]) || !are_equal_differences(t[j], e_.top(), s[j], f_.top())) return false;
    }
    return true;
  }

  Tracked<A> value_of_terms() const {
    arith::Sum<A> sum;
    for (std::int64_t j = 0; j < s_.size(); ++j) {
      if (e_.has_mass(j)) sum.add((e_[j] * (f_.depth(j) - e_.depth(j))).approx());
    }
    return Tracked<A>(sum.over(1)) / e_.total() + (f_.log_total() - e_.log_total());
  }

  /// With as many classes at both tops, n, and M the mean over the teacher's of the student's depth,
  ///   KL = M + (sum over the others of e_j (depth of s_j - depth of t_j - M)) / Z + log(Y / n) - log(Z / n),
  /// of which all after M is next to nothing if the rests are, and has a sign.
  Tracked<A> value_beside_mean() const {
    const Tracked<A> n = e_.tops(), scale = n * Tracked<A>(temperature_);
    Tracked<A> at_top, below;  // times n T
    for (std::int64_t j = 0; j < s_.size(); ++j) {
      if (e_.is_top(j)) at_top = at_top + f_.gap(j);
    }
    for (std::int64_t j = 0; j < s_.size(); ++j) {
      if (e_.is_below(j)) below = below + e_[j] * (n * (f_.gap(j) - e_.gap(j)) - at_top);
    }
    const Tracked<A> small = below / (scale * e_.total()) + (log1p(f_.rest() / n) - log1p(e_.rest() / n));
    return at_top / scale + told(small, [&] { return sign_beside_mean(at_top); });
  }

  /// Times n^2 T it is sum over the others of e_j (n (gap of s_j - gap of t_j - T) - n T M) + n T (the others' sum of
  /// f_j), but for less than c (both rests)^2: c is n T and all |n (gap of s_j - gap of t_j) - n T M|.
  int sign_beside_mean(const Tracked<A>& at_top) const {
    const Tracked<A> n = e_.tops(), scale = n * Tracked<A>(temperature_);
    const Tracked<A> either_sign = arith::Approx<A>{typename A::Real({{-1.0}, true}, {{1.0}, true}), 0};
    Terms linear(temperature_), rests(temperature_);
    Tracked<A> c = either_sign * scale;
    for (std::int64_t j = 0; j < s_.size(); ++j) {
      if (!e_.is_below(j)) continue;
      const Tracked<A> factor = n * (f_.gap(j) - e_.gap(j)) - at_top;
      linear.add(factor - scale, -e_.gap(j));
      c = c + either_sign * factor;
    }
    add_below(linear, f_, scale);
    add_below(rests, e_, 1.0);
    add_below(rests, f_, 1.0);
    return e_.rest().is_zero() && f_.rest().is_zero() ? 0 : linear.sign_with_product(c, rests, rests);
  }

  Tracked<A> between_deviations(std::int64_t j) const {
    const Tracked<A> difference = f_.deviation(j) - e_.deviation(j);
    if constexpr (Tracked<A>::encloses) {
      if (f_.is_top(j) != e_.is_top(j)) return difference;
      return told(difference, [&] { return f_.is_top(j) ? sign_between_tops() : sign_between_shares(j); });
    }
    return difference;
  }

  using Terms = softmax_rows::ExponentialTerms<A>;

  /// With r and s the rests of student and teacher, s / (n Z) - r / (m Y) = (m^2 s - n^2 r + (m - n) r s) / (m n Y Z).
  int sign_between_tops() const {
    const Tracked<A> m = f_.tops(), n = e_.tops();
    Terms linear(temperature_), r(temperature_), s(temperature_);
    add_below(linear, e_, m * m);
    add_below(linear, f_, -(n * n));
    if (f_.tops() == e_.tops()) return linear.sign();
    add_below(r, f_, 1.0);
    add_below(s, e_, 1.0);
    return linear.sign_with_product(m - n, r, s);
  }

  /// Of f_j Z - e_j Y, j being below both tops.
  int sign_between_shares(std::int64_t j) const {
    Terms sum(temperature_);
    const auto add = [&sum, j](const auto& one, const auto& other, double weight) {
      sum.add(weight * other.tops(), -one.gap(j));
      add_below(sum, other, weight, -one.gap(j));
    };
    add(f_, e_, 1);
    add(e_, f_, -1);
    return sum.sign();
  }

  /// Of the factor t_j - s_j, what the student's logit makes infinite.
  double infinite_factor(std::int64_t j) const { return std::isinf(s_[j]) ? -s_[j] : 0; }

  /// The factor, times T, less that of one class at the top.
  Tracked<A> above(std::int64_t k) const {
    return Tracked<A>::difference(t_[k], t_[reference_]) - Tracked<A>::difference(s_[k], s_[reference_]);
  }

  detail::Numbers s_;
  detail::Numbers t_;
  double temperature_;
  softmax_rows::Exponentials<A> f_;
  softmax_rows::Exponentials<A> e_;
  bool are_equal_ = false;     // but for a constant
  bool are_permuted_ = false;  // and for the order
  bool has_infinite_cost_ = false;
  bool has_vanishing_mass_at_infinite_cost_ = false;  // at a teacher's +inf
  std::int64_t reference_ = 0;
  softmax_rows::InfiniteTerms infinite_;
  std::optional<softmax_rows::ShareGradient<A>> by_teacher_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}, {"teacher_logits", Argument::Kind::real}};
constexpr detail::Kernel kernel =
    detail::class_kernel<DistillationKl>("distillation_kl", arguments, {.temperature = true});

}  // namespace

const Loss distillation_kl{kernel};

}  // namespace lossproof
