// log in lanes of f64: to f64's precision by a quotient; to what an element of f32 wants from tables.
//
// The bounds hold with and without fused multiply-adds; op is 2^-53. Coefficients and tables: arith/minimax.sollya.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_LOGARITHM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_LOGARITHM_INL_H_
#undef LOSSPROOF_SIMD_LOGARITHM_INL_H_
#else
#define LOSSPROOF_SIMD_LOGARITHM_INL_H_
#endif

#include <cstdint>

#include "simd/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// 2 atanh(s) for |s| <= 1/3 (1 + 2^-50), off by 2^-48.7 of itself, and by s' own relative error once and an eighth
/// (the condition is at most 1.09). The polynomial is off by 2^-49 and its evaluation, with s^2 <= 1/9, by less than 3
/// op.
HWY_INLINE Vec twice_atanh(Vec s) {
  constexpr double c[] = {0x1.0000000000008p1,  0x1.555555554a48cp-1, 0x1.999999ae0a9cp-2,
                          0x1.249241db886cbp-2, 0x1.c71f0a4f5e3bfp-3, 0x1.741ae292fd685p-3,
                          0x1.3eeb47e0b1cb9p-3, 0x1.e0bbc0c970dbcp-4, 0x1.808bba4f4bf33p-3};
  const Vec w = hn::Mul(s, s);
  return hn::Mul(s, polynomial(c, w));
}

/// The relative error of log1p_of_fraction, and in `result` the absolute one that log_of_normal adds to its terms.
///   result: 2^-48.7, and 1.125 * 3 op of s (a sum, a difference, a quotient), together below 2^-48.4.
///   term, element: from a table, the polynomial's 2^-43.34 of what it gives, and 8 op.
inline constexpr double log_error(Precision precision) { return precision == Precision::result ? 0x1p-48 : 0x1.98p-44; }

/// Numbers c of 8 bits, 1 over the middle of each of 16 parts of an interval, and -log c: for an a of that part
/// log a = -log c + log(1 + s) with s = a c - 1, |s| <= 1/30. The c of the part around 1 is 1, where no term is lost,
/// and |log(1 + s)| <= |log a| in all of them.
struct LogTable {
  HWY_ALIGN double c[16];
  HWY_ALIGN double minus_log[16];
};

/// For 1 + t, t next to k/15.
inline constexpr LogTable fractions = {
    {0x1p0, 0x1.ep-1, 0x1.c4p-1, 0x1.aap-1, 0x1.94p-1, 0x1.8p-1, 0x1.6ep-1, 0x1.5ep-1, 0x1.4ep-1, 0x1.4p-1, 0x1.34p-1,
     0x1.28p-1, 0x1.1cp-1, 0x1.12p-1, 0x1.08p-1, 0x1p-1},
    {0, 0x1.08598b59e3a07p-4, 0x1.fe89139dbd566p-4, 0x1.7898d85444c73p-3, 0x1.e530effe71012p-3, 0x1.269621134db92p-2,
     0x1.57bf753c8d1fbp-2, 0x1.85855776dcbfbp-2, 0x1.b56fa04462909p-2, 0x1.e148a1a2726cep-2, 0x1.04360be7603adp-1,
     0x1.188ee40f23ca6p-1, 0x1.2dbf557b0df43p-1, 0x1.4019c2125ca93p-1, 0x1.5322e26867857p-1, 0x1.62e42fefa39efp-1}};

/// For mantissas from 45/64 to 45/32, in steps of 1/32 below 1 and of 1/16 above it.
inline constexpr LogTable mantissas = {
    {0x1.64p0, 0x1.55p0, 0x1.48p0, 0x1.3bp0, 0x1.2fp0, 0x1.25p0, 0x1.1ap0, 0x1.11p0, 0x1.08p0, 0x1p0, 0x1.e2p-1,
     0x1.c8p-1, 0x1.bp-1, 0x1.9ap-1, 0x1.86p-1, 0x1.74p-1},
    {-0x1.51aad872df82dp-2, -0x1.2596010df763ap-2, -0x1.fb9186d5e3e2bp-3, -0x1.a8becfc882f19p-3, -0x1.59338d9982086p-3,
     -0x1.14785846742acp-3, -0x1.8c345d6319b21p-4, -0x1.075983598e471p-4, -0x1.f829b0e783300p-6, 0,
     0x1.eea31c006b87cp-5, 0x1.da727638446a2p-4, 0x1.5bf406b543db2p-3, 0x1.c6ffbc6f00f71p-3, 0x1.16b5ccbacfb73p-2,
     0x1.4718dc271c41bp-2}};

/// log(1 + s) - log c.
HWY_INLINE Vec log_near(Vec s, Vec minus_log) {
  constexpr double q[] = {0x1.ffffffffffff6p-1, -0x1.00000000294fdp-1, 0x1.55555555efdafp-2, -0x1.ffffedd94dddfp-3,
                          0x1.9999837f7b878p-3, -0x1.55d4e8ff9019ep-3, 0x1.2511b46936226p-3};
  return hn::MulAdd(s, polynomial(q, s), minus_log);
}

/// log(1 + t) for t in [0, 1], off by log_error of itself. In `result` it is 2 atanh(t / (2 + t)).
template <Precision precision = Precision::result>
HWY_INLINE Vec log1p_of_fraction(Vec t) {
  if constexpr (precision == Precision::result) {
    return twice_atanh(hn::Div(t, hn::Add(t, constant(2))));
  } else {
    const auto k = hn::BitCast(bits, hn::MulAdd(t, constant(15), constant(0x1.8p52)));
    const Vec c = from_table(lanes, fractions.c, k);
    return log_near(hn::MulAdd(t, c, hn::Sub(c, constant(1))), from_table(lanes, fractions.minus_log, k));
  }
}

/// Integers below 2^51 as doubles: they are added to the bits of 1.5 * 2^52.
HWY_INLINE Vec to_double(hn::Vec<Bits> n) {
  const Vec shift = constant(0x1.8p52);
  return hn::Sub(hn::BitCast(lanes, hn::Add(hn::BitCast(bits, shift), n)), shift);
}

/// A normal number m 2^exponent, with m in [sqrt(1/2), sqrt(2)].
struct Scaled {
  Vec exponent;
  Vec m;
};

HWY_INLINE Scaled scaled_for_log(Vec a) {
  // The bits of sqrt(1/2), cut to 20 bits of mantissa, go to an exponent of 0.
  const auto at = hn::Set(bits, 0x3fe6a09e00000000);
  const auto exponent = hn::ShiftRight<52>(hn::Sub(hn::BitCast(bits, a), at));
  return {to_double(exponent), hn::BitCast(lanes, hn::Sub(hn::BitCast(bits, a), hn::ShiftLeft<52>(exponent)))};
}

/// log a = exponent * ln2 + 2 atanh(s), a normal number, s = (m - 1) / (m + 1) of its m, |s| < 0.172.
struct Logarithm {
  Vec exponent;
  Vec s_numerator;
  Vec s_denominator;
};

HWY_INLINE Logarithm reduced_for_log(Vec a) {
  const Scaled of_a = scaled_for_log(a);
  return {of_a.exponent, hn::Sub(of_a.m, constant(1)), hn::Add(of_a.m, constant(1))};
}

/// ln2 as a number of 41 bits, whose product with an exponent is exact, and the rest.
inline constexpr double ln2_hi = 0x1.62e42fefa3p-1;
inline constexpr double ln2_lo = 0x1.3de6af278ece6p-42;

/// log a of a normal number, off by log_error(result) |2 atanh(s)| and 2 op of itself and of exponent ln2: below
/// 2^-47.5 max(1, |log a|).
HWY_INLINE Vec log_of_normal(Vec a) {
  const Logarithm l = reduced_for_log(a);
  const Vec rest = hn::MulAdd(l.exponent, constant(ln2_lo), twice_atanh(hn::Div(l.s_numerator, l.s_denominator)));
  return hn::MulAdd(l.exponent, constant(ln2_hi), rest);
}

/// A normal number a = m 2^exponent, and what the table has for its m.
struct TableLogarithm {
  Vec exponent;
  Vec m;
  Vec c;
  Vec minus_log;
};

HWY_INLINE TableLogarithm looked_up(Vec a) {
  const auto offset = hn::Sub(hn::BitCast(bits, a), hn::Set(bits, 0x3fe6800000000000));  // 45/64
  const auto exponent = hn::ShiftRight<52>(offset);
  const auto part = hn::ShiftRight<48>(offset);
  return {to_double(exponent), hn::BitCast(lanes, hn::Sub(hn::BitCast(bits, a), hn::ShiftLeft<52>(exponent))),
          from_table(lanes, mantissas.c, part), from_table(lanes, mantissas.minus_log, part)};
}

/// log a of a number of at most 24 bits, off by log_error(element) of itself: s is exact, and beside an exponent |log
/// a| is at least 1/3. What it gives for 0 means nothing.
HWY_INLINE Vec log_of_element(Vec a) {
  const TableLogarithm l = looked_up(a);
  const Vec rest = log_near(hn::MulSub(l.m, l.c, constant(1)), l.minus_log);
  return hn::MulAdd(l.exponent, constant(ln2_hi + ln2_lo), rest);
}

/// log(1 - p) for p in [0, 1) of at most 24 bits, likewise. Where 1 - p has an exponent it is exact; elsewhere
/// s = (c - 1) - p c, whose product is exact. What it gives for 1 means nothing.
HWY_INLINE Vec log_of_complement(Vec p) {
  const Vec one = constant(1);
  const TableLogarithm l = looked_up(hn::Sub(one, p));
  const Vec s = hn::IfThenElse(hn::Eq(l.exponent, hn::Zero(lanes)), hn::NegMulAdd(p, l.c, hn::Sub(l.c, one)),
                               hn::MulSub(l.m, l.c, one));
  return hn::MulAdd(l.exponent, constant(ln2_hi + ln2_lo), log_near(s, l.minus_log));
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
