// Cross entropy of a mass for each class in lanes: see losses/soft_cross_entropy.h.
//   L = sum_c m_c (log Z - x_c)
// where no class with a mass has nearly all of Z. Otherwise, with the largest logit x_t,
//   L = sum_c m_c (x_t - x_c) + M l,  l = log(Z / e_t),
// where l is log1p(the others over e_t) if e_t has more than half of Z.
//
// Radius of the first: what log Z is off by times sum_c |m_c|; the sum by sum_error of its mass, and 3 op and what m_c
// is off by of each term. Of the second, with E the error of exp: Z - e_t, if at least Z / 64, is off by E + 64
// sum_error of itself; where it is less the others are added up again, to E + sum_error. So is Z / e_t by 2 E + 65
// sum_error, l by that over log 2 and by less than 2^-46 of itself, and by the clamped exponentials over e_t, which are
// at most C e^lowest; the sums by sum_error of their masses, and 2 op and what m_c is off by of each term.
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

/// With masses that are `made` of targets and options, or with those that are the targets.
template <DType input, Precision precision, bool made>
class SoftCrossEntropyPass {
 public:
  SoftCrossEntropyPass(const detail::Request& request, detail::Stretch& stretch)
      : request_(request),
        stretch_(stretch),
        row_(request, stretch, request.grad),
        reduced_(request.reduction != Reduction::none),
        kept_(arith::two_sum(1, -request.parameters.label_smoothing)),
        even_(arith::DD{request.parameters.label_smoothing} / arith::DD{static_cast<double>(row_.classes())}) {
    if (request.grad && !reduced_) grad_output_.emplace(*request.grad_output);
    if (detail::has_class_indices(request.inputs)) targets_.emplace(request.inputs[1]);
  }

  /// Whether row i is ignored; then its results are 0.
  bool skips(std::int64_t i) const {
    if (!targets_ || (*targets_)[i] != request_.ignore_index) return false;
    if (request_.grad) row_.store_zeros(i * row_.classes(), *request_.grad);
    if (request_.value && !reduced_) store_real(request_.value->dtype(), request_.value->data(), i, 0);
    return true;
  }

  bool operator()(std::int64_t i) {
    if (!row_.open(i)) return false;
    if constexpr (made) {
      const void* weights = request_.weight ? request_.weight->data() : nullptr;
      if (targets_) return pass(i, MadeMasses<input>{nullptr, weights, row_.first(), (*targets_)[i], kept_, even_});
      const MadeMasses<input> masses{request_.inputs[1].data(), weights, row_.first(), 0, kept_, even_};
      return are_masses_signed_alike(masses) && pass(i, masses);
    } else {
      return pass(i, GivenMasses<input>{request_.inputs[1].data(), row_.first()});
    }
  }

 private:
  using Row = ShareRow<input, precision>;
  using Loss = std::optional<arith::Approx<arith::Fast>>;

  template <class Masses>
  HWY_INLINE bool pass(std::int64_t i, const Masses& m) {
    Loss loss;
    if (request_.value) {
      loss = value(m);
      if (!loss || (!reduced_ && !store_settled(*loss, *request_.value, i))) return false;
    }
    if (request_.grad && !store_gradient(i, m)) return false;
    if (loss && reduced_) stretch_.sum.add(*loss);
    return true;
  }

  /// Whether no target has another sign than the smoothing, or is NaN.
  bool are_masses_signed_alike(const MadeMasses<input>& m) const {
    if (request_.parameters.label_smoothing == 0) return true;
    Mask alike = hn::FirstN(lanes, HWY_LANES(double));
    for (std::int64_t k = 0; k < row_.classes(); k += step) {
      alike = hn::And(alike, hn::Ge(m.y(k, std::min(step, row_.classes() - k)), hn::Zero(lanes)));
    }
    return hn::AllTrue(lanes, alike);
  }

  template <class Masses>
  bool store_gradient(std::int64_t i, const Masses& m) {
    const double g = grad_output_ ? (*grad_output_)[i] : stretch_.grad_output;
    if (g == 0 || !std::isfinite(g)) return false;
    return store_minus_shares(row_, m, arith::DD{g} / stretch_.divisor, *request_.grad);
  }

  /// Not that of a row whose terms are infinite or cancel.
  template <class Masses>
  Loss value(const Masses& m) {
    const arith::Approx<arith::Fast> log = row_.log_total();
    Vec sizes = hn::Zero(lanes);
    const auto row = row_.view();
    const Sums sums = row_.add_up([&](std::int64_t k, std::int64_t n) LOSSPROOF_INLINE_LAMBDA {
      const Vec mass = m(k, n);
      sizes = hn::Add(sizes, hn::Abs(mass));
      return hn::Mul(mass, hn::Sub(constant(log.value), row.x(k, n)));
    });
    const double size = hn::GetLane(hn::SumOfLanes(lanes, sizes)) * (1 + 0x1p-20);
    const double radius = size * log.radius + sums.mass * (sum_error + Masses::error + 4 * Row::op);
    if (sums.mass > 0x1p-100 && radius < 0x1p-36 * std::fabs(sums.sum)) {
      return arith::Approx<arith::Fast>{sums.sum, radius};
    }
    return value_over_largest(m);
  }

  template <class Masses>
  Loss value_over_largest(const Masses& m) {
    const Sums mass = row_.add_up(m);
    if (mass.mass == 0) return arith::Approx<arith::Fast>{0, 0};
    const std::int64_t top = row_.largest();
    const double largest = row_.logit(top);
    const double own = hn::GetLane(exp<precision>(constant(largest)));
    const double l = log_over(top, own);
    const double of_clamped = static_cast<double>(row_.classes()) * 0x1p-738 / own;
    const Sums deep = row_.add_up([&](std::int64_t k, std::int64_t n) HWY_ATTR {
      const Vec here = m(k, n);
      const Vec depth = hn::Sub(constant(largest), row_.view().x(k, n));
      return hn::IfThenZeroElse(hn::Eq(here, hn::Zero(lanes)), hn::Mul(here, depth));
    });
    constexpr double of_l = 3 * Row::e_error + 96 * sum_error + 0x1p-46;
    const double loss = deep.sum + mass.sum * l;
    const double size = deep.mass + mass.mass * l;
    const double radius = deep.mass * (sum_error + Masses::error + 4 * Row::op) +
                          mass.mass * l * (of_l + sum_error + Masses::error) + mass.mass * of_clamped +
                          4 * Row::op * size;
    if (!(size > 0x1p-100 && radius < 0x1p-30 * std::fabs(loss))) return std::nullopt;
    return arith::Approx<arith::Fast>{loss, radius};
  }

  /// log(Z / own), own = e_top, not normal where that is next to nothing.
  double log_over(std::int64_t top, double own) {
    if (own < row_.total() / 2) return hn::GetLane(log_of_normal(constant(row_.total() / own)));
    const double rest = row_.total() - own;
    const double others = rest >= row_.total() / 64 ? rest / own : row_.others_over(top);
    return hn::GetLane(log1p_of_fraction(constant(std::fmin(others, 1))));
  }

  const detail::Request& request_;
  detail::Stretch& stretch_;
  Row row_;
  bool reduced_;
  arith::DD kept_;  ///< see MadeMasses
  arith::DD even_;
  std::optional<Reals> grad_output_;
  std::optional<Integers> targets_;
};

template <DType input, Precision precision>
using GivenPass = SoftCrossEntropyPass<input, precision, false>;
template <DType input, Precision precision>
using MadePass = SoftCrossEntropyPass<input, precision, true>;

/// A smoothing that is next to nothing is left: its masses might leave the range of normal numbers.
inline void soft_cross_entropy(const detail::Request& request, detail::Stretch& stretch) {
  const bool stores_value = request.value && request.reduction == Reduction::none;
  const std::int64_t results = detail::results_of_gradient(request) + (stores_value ? 1 : 0);
  const Precision precision = is_f32(request.grad) ? Precision::result : Precision::term;
  const double s = request.parameters.label_smoothing;
  if (s == 0 && !request.weight) return share_row_pass<GivenPass>(request, stretch, precision, results);
  if (s != 0 && s < 0x1p-64) stretch.refuse = true;
  share_row_pass<MadePass>(request, stretch, precision, results);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
