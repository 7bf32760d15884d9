// softmax(x)_j = e_j / Z: see exponentials.h, and share_gradient.h for the gradient from grad_output.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/softmax.cpp"
#include <hwy/foreach_target.h>

#include <cmath>

#include "engine/maps.h"
#include "losses/infinite_terms.h"
#include "losses/share_gradient.h"
#include "lossproof/losses.h"
#include "simd/pair_gradients-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Values are shares: see ShareRow. With the mean m = sum_k e_k g_k / Z, off by mean_error of the terms' mass over Z,
/// the gradient is e_j / Z (g_j - m), off by share_error of itself, and by what m is off by. An exponential that was
/// clamped is off by less than e^lowest, which m is off by as well; the sign of its own gradient is that of the
/// difference.
template <DType input, Precision precision>
class SoftmaxPass {
 public:
  SoftmaxPass(const detail::Request& request, const detail::Stretch& stretch)
      : request_(request), row_(request, stretch, request.grad ? request.grad : request.value) {}

  bool operator()(std::int64_t i) {
    if (!row_.open(i)) return false;
    if (request_.value && !row_.store_shares(1, *request_.value)) return false;
    if (!request_.grad) return true;
    return with_dtype(request_.grad_output->dtype(), [&](auto dtype) HWY_ATTR {
      const auto g = [data = request_.grad_output->data(), first = row_.first()](std::int64_t k, std::int64_t n)
                         LOSSPROOF_INLINE_LAMBDA { return load_part<decltype(dtype)::value>(data, first + k, n); };
      return store_gradient(g);
    });
  }

 private:
  using Row = ShareRow<input, precision>;
  static constexpr double mean_error = 2 * Row::e_error + 2 * sum_error + 8 * Row::op;

  template <class Factors>
  bool store_gradient(const Factors& g) {
    const auto in_pairs = [&](double of_clamped) {
      return store_softmax_gradient_in_pairs(row_.view(), row_.classes(), g, of_clamped, *request_.grad);
    };
    if (!row_.keeps()) return in_pairs(mass_of_clamped(g));
    Mask clamped_here = hn::FirstN(lanes, 0);
    Mask differs = clamped_here;
    const Vec first = constant(hn::GetLane(g(0, 1)));
    const auto row = row_.view();
    const Sums sums = row_.add_up([&](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
      const Vec factor = g(k, n);
      clamped_here = hn::Or(clamped_here, is_clamped(row.x(k, n)));
      differs = hn::Or(differs, hn::Ne(factor, first));
      return hn::Mul(row.e(k, n), factor);
    });
    if (!std::isfinite(sums.mass)) return false;
    // The mean is each of the factors.
    if (hn::AllFalse(lanes, differs)) return row_.store_zeros(row_.first(), *request_.grad), true;
    const double of_clamped = hn::AllFalse(lanes, clamped_here) ? 0 : mass_of_clamped(g);
    if (sums.mass == 0 && of_clamped == 0) return row_.store_zeros(row_.first(), *request_.grad), true;
    const double share = 1 / row_.total();
    const double mean = sums.sum * share;
    const double of_mean = (sums.mass * mean_error + of_clamped) * share * (1 + 8 * Row::op);
    const auto enclosed = [=](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
      const Vec p = hn::Mul(row.e(k, n), constant(share));
      const Vec difference = hn::Sub(g(k, n), constant(mean));
      const Vec error = hn::MulAdd(hn::Abs(difference), constant(Row::share_error), constant(of_mean));
      const Mask absent = row.absent(k, n);
      // Products that underflow keep their signs.
      return Ends{hn::IfThenZeroElse(absent, hn::Mul(p, hn::Sub(difference, error))),
                  hn::IfThenZeroElse(absent, hn::Mul(p, hn::Add(difference, error)))};
    };
    return row_.store(*request_.grad, 0, row_.classes(), enclosed) || in_pairs(of_clamped);
  }

  static HWY_INLINE Mask is_clamped(Vec x) {
    return hn::And(hn::Lt(x, constant(lowest)), hn::Gt(x, constant(-HUGE_VAL)));
  }

  /// What the sum of e_k g_k may be off by since exponentials were clamped.
  template <class Factors>
  double mass_of_clamped(const Factors& g) const {
    const Sums sums = row_.add_up([&](std::int64_t k, std::int64_t n) HWY_ATTR {
      return hn::IfThenElseZero(is_clamped(row_.view().x(k, n)), g(k, n));
    });
    return sums.mass * 0x1p-738;
  }

  const detail::Request& request_;
  Row row_;
};

void softmax(const detail::Request& request, detail::Stretch& stretch) {
  const Precision precision = is_f32(request.grad) ? Precision::result : precision_of_values(request);
  share_row_pass<SoftmaxPass>(request, stretch, precision, detail::results_of_a_row(request));
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(softmax);
}
namespace {

template <class A>
class Softmax {
 public:
  explicit Softmax(const detail::MapInputs& row) : e_(row.logits), g_(row.grad_output) {
    if (!g_) return;
    for (std::int64_t k = 0; k < g_->size(); ++k) {
      const double g = (*g_)[k];
      all_zero_ &= g == 0;
      has_nan_ |= std::isnan(g);
      if (!e_.is_absent(k)) infinite_.add(g);
      if (e_.is_top(k)) at_top_ = g;
    }
    if (e_.has_nan() || has_nan_ || infinite_.any() || e_.is_undefined()) return;
    gradient_.emplace(e_, g_->size(), [this](std::int64_t k) { return above(k); });
  }
  Softmax(const Softmax&) = delete;
  Softmax& operator=(const Softmax&) = delete;

  std::optional<double> known_value(std::int64_t j) const {
    if (e_.has_nan() || e_.is_undefined()) return detail::nan_value;
    if (e_.is_top(j) && (e_.is_one_hot() || e_.is_sole())) return 1.0;
    if (e_.is_one_hot() || e_.is_absent(j) || e_.vanishes(j)) return 0.0;
    return std::nullopt;
  }

  detail::Fraction<A> value(std::int64_t j) const { return {e_[j], e_.total()}; }

  std::optional<double> known_gradient(std::int64_t j) const {
    if (e_.has_nan() || has_nan_) return detail::nan_value;
    if (all_zero_) return 0.0;
    if (e_.is_undefined()) return detail::nan_value;
    if (e_.is_absent(j)) return 0.0;
    return infinite_.share_of_difference(e_, (*g_)[j]);
  }

  detail::Fraction<A> gradient(std::int64_t j) const { return (*gradient_)(j, above(j)); }

 private:
  arith::Tracked<A> above(std::int64_t k) const { return arith::Tracked<A>::difference((*g_)[k], at_top_); }

  softmax_rows::Exponentials<A> e_;
  std::optional<detail::Numbers> g_;
  bool all_zero_ = true;
  bool has_nan_ = false;
  softmax_rows::InfiniteTerms infinite_;
  double at_top_ = 0;  // the factor of the last class at the top
  std::optional<softmax_rows::ShareGradient<A>> gradient_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}};
constexpr detail::Kernel kernel =
    detail::map_kernel<Softmax>("softmax", arguments, [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::softmax)[simd::target_index()](request, stretch);
    });

}  // namespace

const Loss softmax{kernel};

}  // namespace lossproof
#endif
