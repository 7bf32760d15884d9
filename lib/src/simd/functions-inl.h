// exp in lanes of f64, with its bound. Included once per target (Highway's foreach_target).
//
// The bounds hold with and without fused multiply-adds; op is 2^-53. Coefficients: arith/minimax.sollya.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_FUNCTIONS_INL_H_
#undef LOSSPROOF_SIMD_FUNCTIONS_INL_H_
#else
#define LOSSPROOF_SIMD_FUNCTIONS_INL_H_
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

/// A lambda in a loop over vectors is of use only if its vectors stay in registers.
#undef LOSSPROOF_INLINE_LAMBDA
#define LOSSPROOF_INLINE_LAMBDA HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<double>;
using Bits = hn::RebindToSigned<Lanes>;
using Vec = hn::Vec<Lanes>;
using Mask = hn::Mask<Lanes>;
inline constexpr Lanes lanes{};
inline constexpr Bits bits{};

HWY_INLINE Vec constant(double x) { return hn::Set(lanes, x); }

/// x, but no less than `least` and no more than `most`, numbers of x' type; NaN stays NaN.
template <class V>
HWY_INLINE V clamped(V x, double least, double most) {
  const hn::DFromV<V> d;
  using T = hn::TFromD<hn::DFromV<V>>;
  const V low = hn::Set(d, static_cast<T>(least));
  const V high = hn::Set(d, static_cast<T>(most));
#if HWY_TARGET == HWY_SCALAR || !HWY_ARCH_X86  // of NaN and a number, NEON's Min and Max take the number
  const V up = hn::IfThenElse(hn::Lt(x, low), low, x);
  return hn::IfThenElse(hn::Gt(up, high), high, up);
#else
  return hn::Min(high, hn::Max(low, x));
#endif
}

/// Lane k of a mask as bit k, and back.
template <class D>
HWY_INLINE std::uint64_t bits_of(D d, hn::Mask<D> mask) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  return bytes[0];
}
HWY_INLINE Mask mask_of(std::uint64_t lane_bits) {
  const std::uint8_t bytes[8] = {static_cast<std::uint8_t>(lane_bits)};
  return hn::LoadMaskBits(lanes, bytes);
}

/// The unevaluated sum of two doubles.
struct Pair {
  Vec hi;
  Vec lo;
};

/// a + b, exactly.
HWY_INLINE Pair two_sum(Vec a, Vec b) {
  const Vec s = hn::Add(a, b);
  const Vec t = hn::Sub(s, a);
  return {s, hn::Add(hn::Sub(a, hn::Sub(s, t)), hn::Sub(b, t))};
}

/// Adds v to the pair, without error before second order.
HWY_INLINE void accumulate(Pair& sum, Vec v) {
  const Pair s = two_sum(sum.hi, v);
  sum = {s.hi, hn::Add(sum.lo, s.lo)};
}

/// c[0] + x (c[1] + x (c[2] + ...)).
template <std::size_t n, std::size_t k = 0>
HWY_INLINE Vec polynomial(const double (&c)[n], Vec x) {
  if constexpr (k + 1 == n) {
    return constant(c[k]);
  } else {
    return hn::MulAdd(polynomial<n, k + 1>(c, x), x, constant(c[k]));
  }
}

inline constexpr int table_bits = 4;

/// ln2/16 as a number of 38 bits, whose product with an integer below 2^15 is exact, and the rest.
inline constexpr double ln2_16_hi = 0x1.62e42fefa0000p-5;
inline constexpr double ln2_16_lo = 0x1.cf79abc9e3b3ap-44;

/// The bits of 2^(k/16) less k * 2^48: with n = 16 q + k, adding n * 2^48 gives those of 2^(n/16).
HWY_ALIGN inline constexpr std::int64_t exp_table[1 << table_bits] = {
    0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
    0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
    0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
    0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da};

/// The entries of a table that the low four bits of each lane number.
template <class D>
HWY_INLINE hn::Vec<D> from_table(D d, const hn::TFromD<D>* table, hn::Vec<Bits> n) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  // Two registers hold all sixteen; Highway 1.0 has no operation for a look-up in two.
  const auto low = hn::BitCast(bits, hn::Load(d, table));
  const auto high = hn::BitCast(bits, hn::Load(d, table + 8));
  return hn::BitCast(d, hn::Vec<Bits>{_mm512_permutex2var_epi64(low.raw, n.raw, high.raw)});
#else
  return hn::GatherIndex(d, table, hn::And(n, hn::Set(bits, (1 << table_bits) - 1)));
#endif
}

/// How close functions come: as a term of a sum that is rounded once; as an element that is rounded itself, and
/// evaluated again by itself where that is not decided; or as a result of which many are decided together.
enum class Precision : std::uint8_t { term, element, result };

inline constexpr double exp_limit = 512;

/// The relative error of exp(x) for |x| <= exp_limit. x = n ln2/16 + r with |r| <= ln2/32 (1 + 2^-16).
///   term: the polynomial approximates e^r within 2^-38.53. ln2/16 is off by 2^-54.7 of itself, so r by that of |x|,
///     and, where the product is not fused, by op of it: below 2^-44; the rest is a few op.
///   element: likewise, with a polynomial that approximates e^r within 2^-47.3: 2^-44 (1 + 2^-1.7 + 2^-3.3) and
///     a few op.
///   result: the polynomial approximates e^r within 2^-56.9 and is evaluated within 1.1 op, since all but its 1 is
///     below 0.022; n times the first part of ln2/16, which has 38 bits, is exact, and so is the difference for an x of
///     24 bits; n times the second is below 2^-29, so r is off by 2^-58.4. The table and its product add an op each.
inline constexpr double exp_error(Precision precision) {
  return precision == Precision::term ? 0x1.7p-39 : precision == Precision::element ? 0x1.7p-44 : 0x1.cp-52;
}

/// Of results of a row that is evaluated again where one of them is not decided: in `element` that is one in 2^17, one
/// row of 1,024 in 2^7.
inline constexpr Precision precision_of_row(std::int64_t results) {
  return results <= 1024 ? Precision::element : Precision::result;
}

/// e^x as a number of the table, in its binade, times a polynomial.
struct Power {
  Power() {}  // what the compiler would make by itself is not of the target, and NEON's vectors ask for that
  Vec table;
  Vec polynomial;
};

/// Calls work(k) for each k below n, as a constant once it is inlined.
template <std::size_t n, class Work>
HWY_INLINE void for_each_below(const Work& work) {
  [&]<std::int64_t... k>(std::integer_sequence<std::int64_t, k...>) LOSSPROOF_INLINE_LAMBDA { (work(k), ...); }
  (std::make_integer_sequence<std::int64_t, n>());
}

template <Precision precision>
constexpr auto exp_coefficients() {
  if constexpr (precision == Precision::term) {
    return std::array{0x1p0, 0x1.fffffffb13626p-1, 0x1.00000002767dp-1, 0x1.5557e55057491p-3, 0x1.5554fdca5cecbp-5};
  } else if constexpr (precision == Precision::element) {
    return std::array{0x1p0,
                      0x1.fffffffffff02p-1,
                      0x1.fffffffdb3b28p-2,
                      0x1.5555555cef8f7p-3,
                      0x1.55573f224a40bp-5,
                      0x1.110eb8e58c6b6p-7};
  } else {
    return std::array{0x1p0,
                      0x1.000000000000ap0,
                      0x1.fffffffffffd2p-2,
                      0x1.555555540669ep-3,
                      0x1.55555557558f4p-5,
                      0x1.11126e752d55fp-7,
                      0x1.6c16257142e19p-10};
  }
}

/// How many vectors to evaluate side by side, each step of all before the next one: a core looks only so far ahead for
/// work that does not wait for a result. AVX2, whose look-ups need a register more for a mask, does better with two.
inline constexpr std::size_t side_by_side = HWY_TARGET == HWY_AVX2 ? 2 : 4;

/// Of each of n vectors, all side by side.
template <Precision precision, std::size_t n>
HWY_INLINE void powers_of(const Vec* x, Power* p) {
  const auto each = [](const auto& work) LOSSPROOF_INLINE_LAMBDA { for_each_below<n>(work); };
  const Vec shift = constant(0x1.8p52);  // the last place of 1.5 * 2^52 is 1
  Vec shifted[n];
  Vec r[n];
  each([&](std::int64_t k)
           LOSSPROOF_INLINE_LAMBDA { shifted[k] = hn::MulAdd(x[k], constant(0x1.71547652b82fep+4), shift); });
  each([&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
    const auto index = hn::BitCast(bits, shifted[k]);
    p[k].table = hn::BitCast(lanes, hn::Add(from_table(bits, exp_table, index), hn::ShiftLeft<52 - table_bits>(index)));
  });
  each([&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA {
    const Vec index = hn::Sub(shifted[k], shift);
    if constexpr (precision != Precision::result) {
      r[k] = hn::NegMulAdd(index, constant(0x1.62e42fefa39efp-5), x[k]);
    } else {
      r[k] = hn::NegMulAdd(index, constant(ln2_16_lo), hn::NegMulAdd(index, constant(ln2_16_hi), x[k]));
    }
  });
  constexpr auto c = exp_coefficients<precision>();
  each([&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA { p[k].polynomial = constant(c.back()); });
  for_each_below<c.size() - 1>([&](std::int64_t i) LOSSPROOF_INLINE_LAMBDA {
    const Vec next = constant(c[c.size() - 2 - i]);
    each([&](std::int64_t k) LOSSPROOF_INLINE_LAMBDA { p[k].polynomial = hn::MulAdd(p[k].polynomial, r[k], next); });
  });
}

/// Of each of n vectors. What it gives for |x| > 700, or NaN, means nothing.
template <Precision precision, std::size_t n>
HWY_INLINE void powers(const Vec (&x)[n], Power (&p)[n]) {
  constexpr std::size_t first = n < side_by_side ? n : side_by_side;
  powers_of<precision, first>(x, p);
  if constexpr (n > first) powers_of<precision, n - first>(x + first, p + first);
  static_assert(n <= 2 * side_by_side);
}

/// e^x.
template <Precision precision>
HWY_INLINE Vec exp(Vec x) {
  Power p[1];
  powers<precision>({x}, p);
  return hn::Mul(p[0].table, p[0].polynomial);
}

/// e^x for x <= exp_limit, but no less than e^-limit. In elements of f32 or less that is as good as what is below
/// e^-512, which is below 2^-738: times numbers of up to 2^500 both round to 0, of one sign; next to a number of those
/// dtypes, or a product of two, which is 0 or at least 2^-298, both are below 2^-400 of it, which a radius has room
/// for: it counts the error of an exponential too. NaN becomes any number, and is the caller's to tell.
template <Precision precision>
HWY_INLINE Vec decay(Vec x, double limit = exp_limit) {
  return exp<precision>(hn::Max(x, constant(-limit)));
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
