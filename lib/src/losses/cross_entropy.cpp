// -log softmax(x)_t = log(sum over j of e^(x_j - x_t)). Of a mass that is spread over classes: soft_cross_entropy.h.
//
// Let `top` be the largest of the other logits, rest = sum over j != t of e^(x_j - top), which is at least 1, and
// gap = top - x_t. Then
//   gap < 0:  L = log1p(e^gap rest): a confident row keeps its relative accuracy, the condition is at most 1
//   gap >= 0: L = gap + log(rest + e^-gap): both terms are at least 0, and L >= ln 2
// and with the total Z = 1 + e^gap rest or Z = rest + e^-gap, relative to m, the largest logit of all,
//   dL/dx_j = e^(x_j - m) / Z for j != t
//   dL/dx_t = -(sum of the others) / Z, never p - 1.
//
// Radius, for n logits. A difference of logits d is off by op |d|, which is the relative error that it adds to e^d;
// |d| e^d <= 0.37 for d <= 0. So a term of rest is off by fn of itself and 0.37 op, and a sum of n terms by n op; as
// rest >= 1,
//   rest is off by fn + 1.4 n op of itself.
//   gap < 0: e^gap adds fn + |gap| op, the product op, log1p fn: 3 fn + (1.4 n + |gap| + 1) op. Where |gap| > 750 the
//     value is below the smallest subnormal, and Fast::exp counts no gap beyond 500: |gap| op <= 750 op.
//   gap >= 0: log's argument is at least 1 and off by fn + (1.4 n + 2) op of itself, its logarithm by as much
//     absolutely and by fn of itself; gap and the sum by op. L >= ln 2 and L >= gap: 3 fn + (2.1 n + 5) op of L.
//   Both are below 4 fn + (3 n + 760) op. `floor` is absolute, for each exponential: (n + 1) floor.
//   A gradient: e^(x_j - m), fn + 750 op, over Z, which is off as the value's argument: 4 fn + (3 n + 1520) op.
// In lanes: see simd/cross_entropy-inl.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/cross_entropy.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <limits>

#include "engine/classes.h"
#include "losses/soft_cross_entropy.h"
#include "lossproof/losses.h"
#include "simd/cross_entropy-inl.h"
#include "simd/soft_cross_entropy-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

void cross_entropy(const detail::Request& request, detail::Stretch& stretch) {
  if (detail::is_spread(request)) return soft_cross_entropy(request, stretch);
  class_pass<CrossEntropyLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(cross_entropy);
}
namespace {

using arith::Approx;
using detail::KnownDerivative;

/// What a row holds besides finite numbers, its largest logit but the target's, and the number of finite ones but that.
struct Scan {
  double top = -detail::infinity;
  bool nan = false;
  std::int64_t infinite = 0;        // logits of +inf
  std::int64_t infinite_class = 0;  // the last of them
  std::int64_t others = 0;
};

Scan scan(const detail::Numbers& x, std::int64_t target) {
  Scan s;
  for (std::int64_t j = 0; j < x.size(); ++j) {
    const double v = x[j];
    s.nan |= std::isnan(v);
    if (v == detail::infinity) {
      ++s.infinite;
      s.infinite_class = j;
    }
    if (j == target || v == -detail::infinity) continue;
    ++s.others;
    s.top = std::max(s.top, v);
  }
  return s;
}

template <class A>
class CrossEntropy {
 public:
  using Real = typename A::Real;

  explicit CrossEntropy(const detail::RowInputs& row)
      : x_(row.logits),
        target_(*row.target),
        weight_(row.weight(target_)),
        scan_(scan(x_, target_)),
        target_logit_(x_[target_]) {
    if (scan_.nan || scan_.infinite > 0 || scan_.others == 0) return;
    Real rest(0.0);
    for (std::int64_t j = 0; j < x_.size(); ++j) {
      const double v = x_[j];
      if (j != target_ && v != -detail::infinity) rest = rest + exp_of_difference(v, scan_.top);
    }
    others_ = confident() ? exp_of_difference(scan_.top, target_logit_) * rest : rest;
    own_ = confident() ? Real(1.0) : exp_of_difference(target_logit_, scan_.top);
    total_ = others_ + own_;
    relative_ = 4 * A::fn + (3 * static_cast<double>(x_.size()) + 1520) * A::op;
    absolute_ = static_cast<double>(x_.size() + 1) * A::floor;
  }

  bool has_nan() const { return scan_.nan; }
  double weight() const { return weight_; }

  std::optional<double> known_value() const {
    if (undefined()) return detail::nan_value;
    if (scan_.infinite == 1) return scan_.infinite_class == target_ ? 0.0 : detail::infinity;
    if (scan_.others == 0) return 0.0;
    if (target_logit_ == -detail::infinity) return detail::infinity;
    return std::nullopt;
  }

  Approx<A> value() const {
    const Real gap = A::difference(scan_.top, target_logit_);
    if (!confident() && is_gap_alone(gap)) return {gap, 0, 1};
    const Real l = confident() ? A::log1p(others_) : gap + A::log(total_);
    return {l, relative_ * A::magnitude(l) + absolute_};
  }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const {
    if (undefined()) return KnownDerivative{detail::nan_value};
    if (scan_.infinite == 1) return one_hot(j);
    if (j == target_ && target_logit_ == -detail::infinity) return KnownDerivative{-1};
    if (scan_.others == 0 || (j != target_ && x_[j] == -detail::infinity)) return KnownDerivative{0};
    return std::nullopt;
  }

  arith::Share<A> derivative(std::int64_t j) const {
    if (j == target_) return {-1, others_, own_, total_, relative_, absolute_};
    const Real e = exp_of_difference(x_[j], std::max(scan_.top, target_logit_));
    return {1, e, total_ - e, total_, relative_, absolute_};
  }

 private:
  bool confident() const { return target_logit_ > scan_.top; }

  /// Whether the value is the gap, exact, and log(1 + e^-gap) <= e^-gap, next to nothing but not 0.
  bool is_gap_alone(const Real& gap) const {
    return scan_.others == 1 && A::difference_is_exact(scan_.top, target_logit_) && A::is_remainder(own_, gap);
  }

  bool undefined() const {
    const bool all_absent = scan_.others == 0 && target_logit_ == -detail::infinity;
    return scan_.nan || scan_.infinite > 1 || all_absent;
  }

  /// The derivative where one logit is +inf: softmax is 1 there. Zeros are limits unless no other class is present.
  KnownDerivative one_hot(std::int64_t j) const {
    if (j != target_ && x_[j] == -detail::infinity) return {0};
    const double d = (j == scan_.infinite_class ? 1 : 0) - (j == target_ ? 1 : 0);
    return {d, scan_.others > 0};
  }

  /// e^(a - b), b finite and not below a.
  static Real exp_of_difference(double a, double b) {
    return a == -detail::infinity ? Real(0.0) : A::exp(A::difference(a, b));
  }

  detail::Numbers x_;
  std::int64_t target_;
  double weight_;
  Scan scan_;
  double target_logit_;
  Real others_{0.0};  // of Z, the sum of the others' e^(x_j - m)
  Real own_{0.0};     // of Z, the target's
  Real total_{0.0};   // Z
  double relative_ = 0;
  double absolute_ = 0;
};

Refinements run(const detail::Kernel& loss, const detail::Request& request) {
  return detail::is_spread(request) ? detail::run_classes<softmax_rows::SoftCrossEntropy>(loss, request)
                                    : detail::run_classes<CrossEntropy>(loss, request);
}

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::class_target}};
constexpr detail::Kernel kernel{"cross_entropy",
                                detail::Form::classes,
                                arguments,
                                {.ignore_index = true, .weight = true, .label_smoothing = true},
                                run,
                                [](const detail::Request& request, detail::Stretch& stretch) {
                                  HWY_DISPATCH_TABLE(simd::cross_entropy)[simd::target_index()](request, stretch);
                                },
                                {.weight = true, .label_smoothing = true}};

}  // namespace

const Loss cross_entropy{kernel};

}  // namespace lossproof
#endif
