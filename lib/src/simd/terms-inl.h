// Results in lanes with what they are off by, and sums of them.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_TERMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_TERMS_INL_H_
#undef LOSSPROOF_SIMD_TERMS_INL_H_
#else
#define LOSSPROOF_SIMD_TERMS_INL_H_
#endif

#include <bit>
#include <cmath>
#include <cstdint>

#include "arith/ladder.h"
#include "simd/memory-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// Lanes of values with a bound of their distance from the true ones, as in arith::Approx.
struct Bounded {
  Vec value;
  Vec radius;
};

/// The ends of an enclosure, in either order.
struct Ends {
  Vec one;
  Vec other;
};
HWY_INLINE Ends ends_of(const Bounded& b) { return {hn::Sub(b.value, b.radius), hn::Add(b.value, b.radius)}; }
HWY_INLINE Ends ends_of(const Ends& ends) { return ends; }
/// A value that is off by less than `relative` of itself, the op of the ends of an enclosure included.
struct Near {
  Vec value;
  double relative;
};
HWY_INLINE Ends ends_of(const Near& near) {
  return {hn::Mul(near.value, constant(1 - near.relative)), hn::Mul(near.value, constant(1 + near.relative))};
}
HWY_INLINE Ends within(Vec value, double relative) { return ends_of(Near{value, relative}); }

/// Times a weight, and off by an op more.
HWY_INLINE Bounded weighted(const Bounded& b, Vec weight) {
  const Vec value = hn::Mul(b.value, weight);
  const Vec rounding = hn::Mul(hn::Abs(value), constant(2 * arith::Fast::op));
  return {value, hn::MulAdd(b.radius, hn::Abs(weight), rounding)};
}

/// Tells whether all that is off by less than `relative` of a value rounds to one number of f32, a normal one: that is
/// so where the 29 bits of a double that f32 has not are farther from a midpoint's than the true value may be.
class Margin {
 public:
  HWY_INLINE explicit Margin(double relative) {
    constexpr std::int64_t midpoint = std::int64_t{1} << 28;
    const double in_last_places = std::fmin(relative * 0x1p53, midpoint / 2);
    const auto radius = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(in_last_places) + 1));
    move_ = hn::Set(bits, midpoint + radius);
    mask_ = hn::Set(bits, 2 * (midpoint - radius));
  }

  HWY_INLINE Mask decides(Vec value) const { return any_bit_of(hn::Add(hn::BitCast(bits, value), move_), mask_); }

 private:
  hn::Vec<Bits> move_;
  hn::Vec<Bits> mask_;
};

/// Stores lanes of f32 at element `i`.
HWY_INLINE void store_floats(Vec value, float* out, std::int64_t i) { hn::StoreU(to_f32(value), floats, out + i); }

/// grad_output over divisor in lanes. If `exact`, no lane was rounded.
struct Factor {
  Vec value;
  bool exact;
};

/// Values in lanes added up, at most `most` in each lane.
///
/// Radius: n additions in a lane and at most 4 more of the lanes themselves are off by (n + 4) op of the mass.
class TermSum {
 public:
  static constexpr std::int64_t most = 256;

  TermSum() : value_(hn::Zero(lanes)), radius_(hn::Zero(lanes)), mass_(hn::Zero(lanes)) {}

  HWY_INLINE void add(const Bounded& term, Mask mask) {
    const Vec value = hn::IfThenElseZero(mask, term.value);
    value_ = hn::Add(value_, value);
    radius_ = hn::Add(radius_, hn::IfThenElseZero(mask, term.radius));
    mass_ = hn::Add(mass_, hn::Abs(value));
  }

  arith::Approx<arith::Fast> total() const {
    const auto sum = [](Vec v) { return hn::GetLane(hn::SumOfLanes(lanes, v)); };
    return {sum(value_), arith::radius_slack * (sum(radius_) + (most + 4) * arith::Fast::op * sum(mass_))};
  }

 private:
  Vec value_;
  Vec radius_;
  Vec mass_;
};

/// Stores what is enclosed as number i of `out`, a tensor that is dense; false if it is not decided.
inline bool store_settled(const arith::Approx<arith::Fast>& a, const MutableTensorView& out, std::int64_t i) {
  double rounded;
  if (!arith::settle(a, detail::format_of(out.dtype()), rounded)) return false;
  store_real(out.dtype(), out.data(), i, rounded);
  return true;
}

/// Of a function, which has no reduction.
struct NoSum {};

/// Formulas added up one by one: every one of them is to be usable.
template <class Formula>
class Terms {
 public:
  Terms() : usable_(hn::FirstN(lanes, HWY_LANES(double))) {}

  HWY_INLINE void add(const Formula& f, Mask mask) {
    usable_ = hn::And(usable_, hn::Or(f.usable(), hn::Not(mask)));
    terms_.add(f.value(false), mask);
  }
  bool usable() const { return hn::AllTrue(lanes, usable_); }
  bool decided() const { return true; }
  arith::Approx<arith::Fast> total() const { return terms_.total(); }

 private:
  Mask usable_;
  TermSum terms_;
};

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
