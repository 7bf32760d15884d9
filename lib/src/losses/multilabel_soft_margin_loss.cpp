// The mean over the classes of w (max(x, 0) - x y + log(1 + e^-|x|)), where max(x, 0) - x y = a |x| with a = 1 - y for
// x >= 0 and y for others. Derivatives, before the weight and the division by the number of classes:
//   by x: sigmoid(x) - y = +-(a - e / (1 + e)) with e = e^-|x|;   by y: -x.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/multilabel_soft_margin_loss.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "arith/sum.h"
#include "engine/classes.h"
#include "engine/extremes.h"
#include "lossproof/losses.h"
#include "simd/binary_cross_entropy_with_logits-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// A row is a stretch of binary cross entropies of logits, whose sum is divided by the number of classes. Where they
/// are added up, so are rows together, unless one is not decided. A long row is evaluated again, one number at a time,
/// for one element that is not decided: that wants more precision.
template <Precision precision>
class MultilabelPass {
 public:
  MultilabelPass(const detail::Request& request, detail::Stretch& stretch)
      : stretch_(stretch),
        value_(request.value),
        reduced_(request.reduction != Reduction::none),
        classes_(detail::classes_of(request)),
        of_elements_(request) {
    of_elements_.reduction = Reduction::sum;
    of_elements_.grad_output.reset();
    if (request.grad && !reduced_) grad_output_.emplace(*request.grad_output);
  }

  void run() {
    constexpr std::int64_t at_once = TermSum::most * HWY_LANES(double);
    const std::int64_t together = reduced_ ? std::max<std::int64_t>(1, at_once / classes_) : 1;
    for (std::int64_t i = stretch_.begin; i < stretch_.end; i += together) {
      const std::int64_t n = std::min(together, stretch_.end - i);
      if (!stretch_.refuse && add(i, n)) continue;
      for (std::int64_t r = i; r < i + n; ++r) {
        if (stretch_.refuse || n == 1 || !add(r, 1)) stretch_.left.push_back(r);
      }
    }
  }

 private:
  /// n rows from i on; false if something of them is not decided.
  bool add(std::int64_t i, std::int64_t n) {
    const double g = grad_output_ ? (*grad_output_)[i] : stretch_.grad_output;
    if (grad_output_ && !(g != 0 && std::isfinite(g))) return false;
    const auto classes = static_cast<double>(classes_);
    detail::Stretch part{
        .begin = i * classes_, .end = (i + n) * classes_, .grad_output = g, .divisor = stretch_.divisor.hi * classes};
    element_pass<BinaryCrossEntropyWithLogitsLanes<precision>>(of_elements_, part);
    if (!part.left.empty()) return false;
    if (value_) {
      const arith::Approx<arith::Fast> sum = part.sum.over(classes);
      if (!reduced_ && !store_settled(sum, *value_, i)) return false;
      if (reduced_) stretch_.sum.add(sum);
    }
    stretch_.results += part.results + (value_ && !reduced_ ? 1u : 0u);
    return true;
  }

  detail::Stretch& stretch_;
  std::optional<MutableTensorView> value_;
  bool reduced_;
  std::int64_t classes_;
  detail::Request of_elements_;
  std::optional<Reals> grad_output_;
};

void multilabel_soft_margin_loss(const detail::Request& request, detail::Stretch& stretch) {
  if (!request.grad && request.reduction != Reduction::none) {
    return MultilabelPass<Precision::term>(request, stretch).run();
  }
  if (request.grad && precision_of_row(detail::classes_of(request)) == Precision::result) {
    return MultilabelPass<Precision::result>(request, stretch).run();
  }
  MultilabelPass<Precision::element>(request, stretch).run();
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(multilabel_soft_margin_loss);
}
namespace {

using arith::Tracked;
using detail::KnownDerivative;

template <class A>
class MultilabelSoftMargin {
 public:
  explicit MultilabelSoftMargin(const detail::RowInputs& row) : row_(row) {
    for (std::int64_t c = 0; c < row.logits.size(); ++c) {
      nan_ |= std::isnan(row.logits[c]) || std::isnan(label(c));
      if (const auto term = infinite_term(c)) infinite_.add(*term);
    }
  }

  bool has_nan() const { return nan_; }

  std::optional<double> known_value() const {
    if (row_.logits.size() == 0) return detail::nan_value;
    return infinite_.sum();
  }

  /// In enclosures the weights of classes of one |x| are added up first: where they cancel, so do the logarithms.
  Tracked<A> value() const {
    arith::Sum<A> sum;
    std::map<double, Tracked<A>> weights;
    for (std::int64_t c = 0; c < row_.logits.size(); ++c) {
      const double x = row_.logits[c];
      if (row_.weight(c) == 0 || std::isinf(x)) continue;
      const Tracked<A> weight = row_.weight(c);
      const Tracked<A> linear = x == 0 ? Tracked<A>() : miss(x, label(c)) * Tracked<A>(std::fabs(x));
      if constexpr (Tracked<A>::encloses) {
        sum.add((linear * weight).approx());
        weights[std::fabs(x)] = weights[std::fabs(x)] + weight;
      } else {
        sum.add(((linear + log1p(decay(x))) * weight).approx());
      }
    }
    const auto first = weights.upper_bound(far_out);
    const bool are_moved = first == weights.upper_bound(far_out / 2);
    for (auto group = weights.begin(); group != weights.end(); ++group) {
      const bool is_moved = are_moved && group->first > far_out;
      const Tracked<A> e =
          is_moved ? exp(Tracked<A>::difference(first->first, group->first) - far_out) : decay(group->first);
      sum.add((group->second * log1p(e)).approx());
    }
    return Tracked<A>(sum.over(1)) / classes();
  }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const {
    const double x = row_.logits[j];
    const double y = label(j);
    const double weight = row_.weight(j);
    if (weight == 0) return KnownDerivative{0};
    if (std::isinf(y)) return KnownDerivative{-y * weight};
    if (x == 0 && y == 0.5) return KnownDerivative{0};
    if (std::isinf(x) && y == (x > 0 ? 1 : 0)) return KnownDerivative{0, true};
    return std::nullopt;
  }

  detail::Fraction<A> derivative(std::int64_t j) const {
    const double x = row_.logits[j];
    const Tracked<A> e = decay(x);
    const Tracked<A> d = miss(x, label(j)) - e / (Tracked<A>(1.0) + e);
    return {(x >= 0 ? d : -d) * Tracked<A>(row_.weight(j)), classes()};
  }

  std::optional<KnownDerivative> known_target_derivative(std::int64_t j) const {
    const double x = row_.logits[j];
    if (row_.weight(j) == 0) return KnownDerivative{0};
    if (std::isinf(x)) return KnownDerivative{-x * row_.weight(j)};
    return std::nullopt;
  }

  detail::Fraction<A> target_derivative(std::int64_t j) const {
    return {Tracked<A>(-row_.logits[j]) * Tracked<A>(row_.weight(j)), classes()};
  }

 private:
  /// Beyond it, where in the end not even an exponent tells one e^-|x| from another, all are brought closer by one
  /// factor, so that the first of them is there. No class may lie between half of it and it: then the others' terms are
  /// larger by e^(2^38), before and after, and what is far out decides nothing but a sign, in which it is linear.
  static constexpr double far_out = 0x1p39;

  double label(std::int64_t c) const { return (*row_.second)[c]; }
  Tracked<A> classes() const { return static_cast<double>(row_.logits.size()); }

  static Tracked<A> miss(double x, double y) { return x >= 0 ? Tracked<A>::difference(1, y) : Tracked<A>(y); }
  static Tracked<A> decay(double x) {
    if (x == 0) return 1.0;
    return std::isinf(x) ? Tracked<A>() : exp(Tracked<A>(-std::fabs(x)));
  }

  /// A term that is infinite.
  std::optional<double> infinite_term(std::int64_t c) const {
    const double x = row_.logits[c];
    const double y = label(c);
    const double weight = row_.weight(c);
    if (weight == 0 || x == 0) return std::nullopt;
    if (std::isinf(y)) return -x * y * weight;
    if (!std::isinf(x)) return std::nullopt;
    const double a = x > 0 ? 1 - y : y;
    return a == 0 ? std::nullopt : std::optional(detail::infinity * a * weight);
  }

  detail::RowInputs row_;
  bool nan_ = false;
  detail::Extremes infinite_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::class_kernel<MultilabelSoftMargin>(
    "multilabel_soft_margin_loss", arguments, {.weight = true},
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::multilabel_soft_margin_loss)[simd::target_index()](request, stretch);
    });

}  // namespace

const Loss multilabel_soft_margin_loss{kernel};

}  // namespace lossproof
#endif
