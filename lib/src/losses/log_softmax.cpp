// log_softmax(x)_j = -((top - x_j) + log Z): two terms that are at least 0. See exponentials.h.
//
// From grad_output g the gradient is g_j - p_j sum_k g_k.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/log_softmax.cpp"
#include <hwy/foreach_target.h>

#include "engine/maps.h"
#include "losses/exponentials.h"
#include "losses/infinite_terms.h"
#include "lossproof/losses.h"
#include "simd/minus_shares-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// x_j - L with L = log Z, and 2 op for the difference and the ends of the enclosure. The value of a class that has
/// more than half of Z is -log1p(the others over e_j).
template <DType input, Precision precision>
class LogSoftmaxPass {
 public:
  LogSoftmaxPass(const detail::Request& request, const detail::Stretch& stretch)
      : request_(request), row_(request, stretch, request.grad) {}

  bool operator()(std::int64_t i) {
    if (!row_.open(i)) return false;
    if (request_.value && !store_value(i)) return false;
    if (!request_.grad) return true;
    const TensorView& factors = *request_.grad_output;
    return with_dtype(factors.dtype(), [&](auto dtype) HWY_ATTR {
      const GivenMasses<decltype(dtype)::value> masses{factors.data(), row_.first()};
      return store_minus_shares(row_, masses, -1, *request_.grad);
    });
  }

 private:
  using Row = ShareRow<input, precision>;

  /// What rounds to -infinity, as that is no number to be rounded.
  static constexpr double lower_than_any = -0x1p200;

  bool store_value(std::int64_t i) {
    const arith::Approx<arith::Fast> total = row_.log_total();
    const double log = total.value;
    const double error = total.radius;
    const auto ends = [=, row = row_.view()](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
      const Vec x = hn::Max(row.x(k, n), constant(lower_than_any));
      return Ends{hn::Mul(hn::Sub(x, constant(log + error)), constant(1 + 4 * Row::op)),
                  hn::Mul(hn::Sub(x, constant(log - error)), constant(1 - 4 * Row::op))};
    };
    const MutableTensorView& out = *request_.value;
    const std::int64_t whole = row_.classes() / step * step;
    const bool far = out.dtype() == DType::f32 && store_far(total, static_cast<float*>(out.data()));
    if (row_.store(out, far ? whole : 0, row_.classes(), ends)) return true;
    const std::int64_t j = row_.dominant();
    if (j < 0) return store_in_pairs(i, 0, row_.classes());
    if (!store_dominant(j)) return false;
    if (row_.store(out, 0, j, ends) && row_.store(out, j + 1, row_.classes(), ends)) return true;
    return store_in_pairs(i, 0, j) && store_in_pairs(i, j + 1, row_.classes());
  }

  /// Whole vectors of values of -1/2 and less; false if one is greater.
  bool store_far(const arith::Approx<arith::Fast>& log, float* out) const {
    const Margin margin(2 * log.radius + 8 * Row::op);
    const auto row = row_.view();
    const std::int64_t classes = row_.classes();
    Mask decided = hn::FirstN(lanes, HWY_LANES(double));
    for (std::int64_t k = 0; k + step <= classes; k += step) {
      const Vec value = hn::Sub(row.x(k, step), constant(log.value));
      store_floats(value, out, row.first + k);
      decided = hn::And(decided, hn::And(hn::Le(value, constant(-0.5)), margin.decides(value)));
    }
    return hn::AllTrue(lanes, decided);
  }

  /// False too where the others are next to nothing, or absent.
  bool store_dominant(std::int64_t j) {
    const double others = row_.others_over(j);
    if (!(others > 0x1p-160)) return false;
    const Vec value = hn::Neg(log1p_of_fraction(constant(others)));
    constexpr double error = 2 * Row::e_error + sum_error + log_error(Precision::result) + 8 * Row::op;
    return row_.store(*request_.value, j, j + 1,
                      [&](std::int64_t, std::int64_t) HWY_ATTR { return within(value, error); });
  }

  /// With Z off by pair_error and 2^-70 of itself.
  bool store_in_pairs([[maybe_unused]] std::int64_t i, [[maybe_unused]] std::int64_t begin,
                      [[maybe_unused]] std::int64_t end) const {
#if HWY_NATIVE_FMA
    const void* logits = request_.inputs[0].data();
    const std::int64_t first = i * row_.classes();
    const arith::DD log = arith::log(row_sum_in_pairs<input>(logits, first, row_.classes()));
    const MutableTensorView& out = *request_.value;
    for (std::int64_t j = first + begin; j < first + end; ++j) {
      const double x = real_element(input, logits, j);
      double rounded = x;
      if (std::isfinite(x)) {
        const arith::DD value = arith::two_sum(x, -log.hi) + arith::DD{-log.lo};
        const double radius = 0x1p-60 + 0x1p-90 * (std::fabs(x) + std::fabs(log.hi));
        if (!settle(arith::Approx<arith::Fine>{value, radius}, detail::format_of(out.dtype()), rounded)) return false;
      }
      store_real(out.dtype(), out.data(), j, rounded);
    }
    return true;
#else
    return false;
#endif
  }

  const detail::Request& request_;
  Row row_;
};

void log_softmax(const detail::Request& request, detail::Stretch& stretch) {
  const Precision precision = is_f32(request.grad) ? Precision::result : precision_of_values(request);
  share_row_pass<LogSoftmaxPass>(request, stretch, precision, detail::results_of_a_row(request));
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(log_softmax);
}
namespace {

template <class A>
class LogSoftmax {
 public:
  explicit LogSoftmax(const detail::MapInputs& row) : e_(row.logits), g_(row.grad_output) {
    if (!g_) return;
    for (std::int64_t k = 0; k < g_->size(); ++k) {
      const double g = (*g_)[k];
      infinite_.add(g);
      if (std::isfinite(g)) sum_ = sum_ + arith::Tracked<A>(g);
    }
  }

  std::optional<double> known_value(std::int64_t j) const {
    if (e_.has_nan() || e_.is_undefined()) return detail::nan_value;
    if (e_.is_top(j) && (e_.is_one_hot() || e_.is_sole())) return 0.0;
    if (e_.is_one_hot() || e_.is_absent(j)) return -detail::infinity;
    return std::nullopt;
  }

  arith::Tracked<A> value(std::int64_t j) const { return -(e_.depth(j) + e_.log_total()); }

  std::optional<double> known_gradient(std::int64_t j) const {
    if (e_.has_nan() || infinite_.has_nan()) return detail::nan_value;
    if (infinite_.all_zero()) return 0.0;
    if (e_.is_undefined()) return detail::nan_value;
    return infinite_.minus_share(e_, j, (*g_)[j]);
  }

  detail::Fraction<A> gradient(std::int64_t j) const { return e_.minus_share((*g_)[j], j, sum_); }

 private:
  softmax_rows::Exponentials<A> e_;
  std::optional<detail::Numbers> g_;
  softmax_rows::InfiniteTerms infinite_;
  arith::Tracked<A> sum_;  // of g
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::map_kernel<LogSoftmax>(
    "log_softmax", arguments, [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::log_softmax)[simd::target_index()](request, stretch);
    });

}  // namespace

const Loss log_softmax{kernel};

}  // namespace lossproof
#endif
