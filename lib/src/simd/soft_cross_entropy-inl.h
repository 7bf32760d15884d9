// Cross entropy of a mass for each class in lanes: see losses/soft_cross_entropy.h.
//   L = sum_c m_c (log Z - x_c)
// where no class with a mass has nearly all of Z. Otherwise, with the largest logit x_t,
//   L = sum_c m_c (x_t - x_c) + M l,  l = log(Z / e_t),
// where l is log1p(the others over e_t) if e_t has more than half of Z.
//
// Radius of the first: what log Z is off by times sum_c |m_c|; the sum by sum_error of its mass, and 3 op of each term.
// Of the second, with E the error of exp: Z - e_t, if at least Z / 64, is off by E + 64 sum_error of itself; where it
// is less the others are added up again, to E + sum_error. So is Z / e_t by 2 E + 65 sum_error, l by that over log 2
// and by less than 2^-46 of itself; the sums by sum_error of their masses, and 2 op of each term.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_SOFT_CROSS_ENTROPY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_SOFT_CROSS_ENTROPY_INL_H_
#undef LOSSPROOF_SIMD_SOFT_CROSS_ENTROPY_INL_H_
#else
#define LOSSPROOF_SIMD_SOFT_CROSS_ENTROPY_INL_H_
#endif

#include <cmath>
#include <cstdint>
#include <optional>

#include "simd/minus_shares-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

template <DType input, Precision precision>
class SoftCrossEntropyPass {
 public:
  SoftCrossEntropyPass(const detail::Request& request, detail::Stretch& stretch)
      : request_(request),
        stretch_(stretch),
        row_(request, stretch, request.grad),
        reduced_(request.reduction != Reduction::none) {
    if (request.grad && !reduced_) grad_output_.emplace(*request.grad_output);
  }

  bool operator()(std::int64_t i) {
    if (!row_.open(i)) return false;
    std::optional<arith::Approx<arith::Fast>> loss;
    if (request_.value) {
      loss = value();
      if (!loss || (!reduced_ && !store_settled(*loss, *request_.value, i))) return false;
    }
    if (request_.grad && !store_gradient(i)) return false;
    if (loss && reduced_) stretch_.sum.add(*loss);
    return true;
  }

 private:
  using Row = ShareRow<input, precision>;

  bool store_gradient(std::int64_t i) {
    const double g = grad_output_ ? (*grad_output_)[i] : stretch_.grad_output;
    if (g == 0 || !std::isfinite(g)) return false;
    return store_minus_shares(row_, request_.inputs[1], arith::DD{g} / arith::DD{stretch_.divisor}, *request_.grad);
  }

  HWY_INLINE Vec masses(std::int64_t k, std::int64_t n) const {
    return load_part<input>(request_.inputs[1].data(), row_.first() + k, n);
  }

  /// Not that of a row without a mass, nor of one whose terms are infinite or cancel.
  std::optional<arith::Approx<arith::Fast>> value() {
    const arith::Approx<arith::Fast> log = row_.log_total();
    Vec sizes = hn::Zero(lanes);
    const auto row = row_.view();
    const Sums sums = row_.add_up([&](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
      const Vec m = masses(k, n);
      sizes = hn::Add(sizes, hn::Abs(m));
      return hn::Mul(m, hn::Sub(constant(log.value), row.x(k, n)));
    });
    const double size = hn::GetLane(hn::SumOfLanes(lanes, sizes)) * (1 + 0x1p-20);
    const double radius = size * log.radius + sums.mass * (sum_error + 4 * Row::op);
    if (sums.mass > 0x1p-100 && radius < 0x1p-36 * std::fabs(sums.sum)) {
      return arith::Approx<arith::Fast>{sums.sum, radius};
    }
    return value_over_largest();
  }

  std::optional<arith::Approx<arith::Fast>> value_over_largest() {
    const std::int64_t top = row_.largest();
    const double largest = row_.logit(top);
    const double l = log_over(top, largest);
    const Sums mass = row_.add_up([&](std::int64_t k, std::int64_t n) HWY_ATTR { return masses(k, n); });
    const Sums deep = row_.add_up([&](std::int64_t k, std::int64_t n) HWY_ATTR {
      const Vec m = masses(k, n);
      const Vec depth = hn::Sub(constant(largest), row_.view().x(k, n));
      return hn::IfThenZeroElse(hn::Eq(m, hn::Zero(lanes)), hn::Mul(m, depth));
    });
    constexpr double of_l = 3 * Row::e_error + 96 * sum_error + 0x1p-46;
    const double loss = deep.sum + mass.sum * l;
    const double size = deep.mass + mass.mass * l;
    const double radius =
        deep.mass * (sum_error + 4 * Row::op) + mass.mass * l * (of_l + sum_error) + 4 * Row::op * size;
    if (!(size > 0x1p-100 && radius < 0x1p-30 * std::fabs(loss))) return std::nullopt;
    return arith::Approx<arith::Fast>{loss, radius};
  }

  /// log(Z / e_top), not normal where that is next to nothing.
  double log_over(std::int64_t top, double largest) {
    const double own = hn::GetLane(exp<precision>(constant(largest)));
    if (own < row_.total() / 2) return hn::GetLane(log_of_normal(constant(row_.total() / own)));
    const double rest = row_.total() - own;
    const double others = rest >= row_.total() / 64 ? rest / own : row_.others_over(top);
    return hn::GetLane(log1p_of_fraction(constant(std::fmin(others, 1))));
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  Row row_;
  bool reduced_;
  std::optional<Reals> grad_output_;
};

inline void soft_cross_entropy(const detail::Request& request, detail::Stretch& stretch) {
  const bool stores_value = request.value && request.reduction == Reduction::none;
  const std::int64_t results = detail::results_of_gradient(request) + (stores_value ? 1 : 0);
  const Precision precision = is_f32(request.grad) ? Precision::result : Precision::term;
  share_row_pass<SoftCrossEntropyPass>(request, stretch, precision, results);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
