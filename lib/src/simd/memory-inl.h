// Numbers of any dtype but f64 to lanes of f64, and enclosures in lanes rounded into any of them.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_MEMORY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_MEMORY_INL_H_
#undef LOSSPROOF_SIMD_MEMORY_INL_H_
#else
#define LOSSPROOF_SIMD_MEMORY_INL_H_
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/output.h"
#include "lossproof/tensor.h"
#include "simd/functions-inl.h"
#include "tensor/elements.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

using Floats = hn::Rebind<float, Lanes>;
using FloatBits = hn::Rebind<std::int32_t, Lanes>;
using Shorts = hn::Rebind<std::uint16_t, Lanes>;
inline constexpr Floats floats{};
inline constexpr FloatBits float_bits{};
inline constexpr Shorts shorts{};

/// Bytes of an element of a dtype but f64.
template <DType dtype>
inline constexpr std::int64_t bytes_of = dtype == DType::f32 ? 4 : 2;

/// Bits of numbers of f16, each in 32 bits, as f32: shifted to its place and scaled by the ratio of the exponents'
/// biases, which is exact, subnormal numbers included; infinities and NaN get the largest exponent.
HWY_INLINE hn::Vec<Floats> from_f16(hn::Vec<FloatBits> h) {
  const auto magnitude = hn::And(h, hn::Set(float_bits, 0x7fff));
  const auto finite = hn::Mul(hn::BitCast(floats, hn::ShiftLeft<13>(magnitude)), hn::Set(floats, 0x1p112f));
  const auto special = hn::VecFromMask(float_bits, hn::Gt(magnitude, hn::Set(float_bits, 0x7bff)));
  const auto largest = hn::And(special, hn::Set(float_bits, 0x7f800000));
  const auto sign = hn::ShiftLeft<16>(hn::AndNot(hn::Set(float_bits, 0x7fff), h));
  return hn::BitCast(floats, hn::Or(hn::Or(hn::BitCast(float_bits, finite), largest), sign));
}

inline constexpr std::int64_t whole_vector = HWY_LANES(double);

/// Lanes of a dtype but f64 as memory has them.
template <DType dtype>
using Stored = std::conditional_t<dtype == DType::f32, Floats, Shorts>;

/// As f32, which is exact.
template <DType dtype>
HWY_INLINE hn::Vec<Floats> to_floats(hn::Vec<Stored<dtype>> v) {
  if constexpr (dtype == DType::f32) {
    return v;
  } else {
    const auto wide = hn::BitCast(float_bits, hn::PromoteTo(float_bits, v));
    if constexpr (dtype == DType::bf16) {
      return hn::BitCast(floats, hn::ShiftLeft<16>(wide));
    } else {
      return from_f16(wide);
    }
  }
}

/// The lanes at element `i` of data of this dtype, which is not f64.
template <DType dtype>
HWY_INLINE hn::Vec<Floats> load_floats(const void* data, std::int64_t i) {
  using Element = hn::TFromD<Stored<dtype>>;
  return to_floats<dtype>(hn::LoadU(Stored<dtype>(), static_cast<const Element*>(data) + i));
}
template <DType dtype>
HWY_INLINE Vec load(const void* data, std::int64_t i) {
  return hn::PromoteTo(lanes, load_floats<dtype>(data, i));
}

/// The n elements from `i` on; the lanes beyond them repeat the first.
template <DType dtype>
HWY_INLINE hn::Vec<Floats> load_floats_part(const void* data, std::int64_t i, std::int64_t n) {
  if (n == whole_vector) return load_floats<dtype>(data, i);
#if !HWY_MEM_OPS_MIGHT_FAULT
  using Element = hn::TFromD<Stored<dtype>>;
  constexpr Stored<dtype> stored{};
  const auto* from = static_cast<const Element*>(data) + i;
  const auto mask = hn::FirstN(stored, static_cast<std::size_t>(n));
  const auto first = hn::Set(stored, element<Element>(from, 0));
  return to_floats<dtype>(hn::IfThenElse(mask, hn::MaskedLoad(mask, stored, from), first));
#else
  constexpr std::int64_t size = bytes_of<dtype>;
  float part[HWY_MAX_BYTES / sizeof(double)];
  const char* first = static_cast<const char*>(data) + i * size;
  for (std::int64_t k = 0; k < whole_vector; ++k) {
    std::memcpy(reinterpret_cast<char*>(part) + k * size, first + (k < n ? k * size : 0),
                static_cast<std::size_t>(size));
  }
  return load_floats<dtype>(part, 0);
#endif
}
template <DType dtype>
HWY_INLINE Vec load_part(const void* data, std::int64_t i, std::int64_t n) {
  return hn::PromoteTo(lanes, load_floats_part<dtype>(data, i, n));
}

/// x rounded to nearest, ties to even, in f16 or bf16; 2^overflow and more stay what they are. See arith::nearest.
template <DType dtype>
HWY_INLINE Vec nearest(Vec x) {
  constexpr int precision = dtype == DType::f16 ? 11 : 8;
  constexpr double smallest_normal = dtype == DType::f16 ? 0x1p-14 : 0x1p-126;
  const Vec size = hn::Abs(x);
  const Vec power = hn::BitCast(lanes, hn::And(hn::BitCast(bits, size), hn::Set(bits, std::int64_t{0x7ff} << 52)));
  const Vec binade = hn::Max(power, constant(smallest_normal));
  const Vec shift = hn::Mul(binade, constant(1.5 * static_cast<double>(std::int64_t{1} << (53 - precision))));
  return hn::CopySign(hn::Sub(hn::Add(size, shift), shift), x);
}

/// To f32: rounded to nearest, ties to even, infinite beyond its range.
HWY_INLINE hn::Vec<Floats> to_f32(Vec x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Vec<Floats>(static_cast<float>(x.raw));  // Highway's own stops at the largest number
#else
  return hn::DemoteTo(floats, x);
#endif
}

/// Rounded once to f16 or bf16, whose bits are the low half of each lane.
template <DType dtype>
HWY_INLINE hn::Vec<FloatBits> to_16_bits(Vec x) {
  const auto f32 = hn::BitCast(float_bits, to_f32(nearest<dtype>(x)));  // exact, or infinite as it is in bf16
  const auto upper = hn::And(hn::ShiftRight<16>(f32), hn::Set(float_bits, 0xffff));
  if constexpr (dtype == DType::bf16) return upper;
  const auto magnitude = hn::BitCast(floats, hn::And(f32, hn::Set(float_bits, 0x7fffffff)));
  const auto rebiased = hn::BitCast(float_bits, hn::Mul(magnitude, hn::Set(floats, 0x1p-112f)));
  const auto clamped = hn::Min(hn::ShiftRight<13>(rebiased), hn::Set(float_bits, 0x7c00));
  return hn::Or(clamped, hn::And(upper, hn::Set(float_bits, 0x8000)));
}

/// Where a and b have a bit in common.
HWY_INLINE Mask any_bit_of(hn::Vec<Bits> a, hn::Vec<Bits> b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return Mask{_mm512_test_epi64_mask(a.raw, b.raw)};  // Highway 1.0 has no operation for both steps
#else
  return hn::RebindMask(lanes, hn::Ne(hn::And(a, b), hn::Zero(bits)));
#endif
}

/// Stores what is in lanes as `Stored` has it, of n lanes the first.
template <class D>
HWY_INLINE void store_part(hn::Vec<D> v, D d, std::int64_t n, hn::TFromD<D>* out) {
#if !HWY_MEM_OPS_MIGHT_FAULT
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(n)), d, out);
#else
  hn::TFromD<D> part[HWY_LANES(double)];
  hn::StoreU(v, d, part);
  std::memcpy(out, part, static_cast<std::size_t>(n) * sizeof(part[0]));
#endif
}

/// Stores at element `i` the number that both ends of an enclosure round to, of n lanes the first. The result is 0 in
/// the lanes where they do; elsewhere what is stored means nothing. Neither end is NaN.
template <DType dtype>
HWY_INLINE hn::Vec<FloatBits> round_and_store(Vec low, Vec high, void* data, std::int64_t i,
                                              std::int64_t n = whole_vector) {
  const auto store = [=](auto v, auto d) LOSSPROOF_INLINE_LAMBDA {
    auto* out = static_cast<hn::TFromD<decltype(d)>*>(data) + i;
    n == whole_vector ? hn::StoreU(v, d, out) : store_part(v, d, n, out);
  };
  if constexpr (dtype == DType::f32) {
    const auto a = to_f32(low);
    store(a, floats);
    return hn::Xor(hn::BitCast(float_bits, a), hn::BitCast(float_bits, to_f32(high)));
  } else {
    const auto a = to_16_bits<dtype>(low);
    store(hn::DemoteTo(shorts, a), shorts);
    return hn::Xor(a, to_16_bits<dtype>(high));
  }
}

HWY_INLINE bool all_zero(hn::Vec<FloatBits> x) { return hn::AllTrue(float_bits, hn::Eq(x, hn::Zero(float_bits))); }

/// Calls `work` with the dtype, which is not f64, as a constant.
template <class Work>
HWY_INLINE decltype(auto) with_dtype(DType dtype, const Work& work) {
  if (dtype == DType::f32) return work(std::integral_constant<DType, DType::f32>{});
  if (dtype == DType::f16) return work(std::integral_constant<DType, DType::f16>{});
  return work(std::integral_constant<DType, DType::bf16>{});
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
