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
    arith::Sum<A> sum;
    for (std::int64_t j = 0; j < s_.size(); ++j) {
      if (e_.has_mass(j)) sum.add((e_[j] * (f_.depth(j) - e_.depth(j))).approx());
    }
    const Tracked<A> entropies = f_.log_total() - e_.log_total();
    arith::Approx<A> kl = (Tracked<A>(sum.over(1)) / e_.total() + entropies).approx();
    if constexpr (Tracked<A>::encloses) {
      if (kl.value.lo.at.sign < 0) kl.value.lo = {{}, true};
    }
    return kl;
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

  /// Where both are of one sign, and so small that no enclosure tells which is larger, their logarithms tell.
  Tracked<A> between_deviations(std::int64_t j) const {
    const Tracked<A> of_student = f_.deviation(j), of_teacher = e_.deviation(j);
    const Tracked<A> difference = of_student - of_teacher;
    if constexpr (Tracked<A>::encloses) {
      arith::Approx<A> known = difference.approx();
      const bool is_top = f_.is_top(j);
      if (sign_of(known.value) != 0 || is_top != e_.is_top(j) || of_student.is_zero() || of_teacher.is_zero())
        return difference;
      const Tracked<A> of_totals = e_.log_total() - f_.log_total();
      const int larger = sign_of((f_.log_deviation(j) - e_.log_deviation(j) + of_totals).approx().value);
      const int sign = is_top ? -larger : larger;
      if (sign > 0) known.value.lo = {{}, true};
      if (sign < 0) known.value.hi = {{}, true};
      return known;
    } else {
      return difference;
    }
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
