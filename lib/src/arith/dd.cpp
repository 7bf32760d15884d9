#include "arith/dd.h"

#include <array>
#include <cstddef>

namespace lossproof::arith {
namespace {

// ln 2 in three parts; the first two have 42 bits, so that k * part is exact for |k| < 2^11. What the
// three leave out is below 2^-139. Source: MPFR's mpfr_const_log2, cut; the tests compute it again.
constexpr double ln2_1 = 0x1.62e42fefa38p-1;
constexpr double ln2_2 = 0x1.ef35793c76p-45;
constexpr double ln2_3 = 0x1.cc01f97b57a07p-87;

constexpr int squarings = 4;
constexpr std::size_t exp_degree = 14;
constexpr std::size_t atanh_terms = 18;

/// 1 / k! for k = 0 .. exp_degree; each k! up to 18! is a double, so each entry is one division, 9.8 u^2.
std::array<DD, exp_degree + 1> inverse_factorials() {
  std::array<DD, exp_degree + 1> c;
  double factorial = 1;
  for (std::size_t k = 0; k <= exp_degree; ++k) {
    if (k > 0) factorial *= static_cast<double>(k);
    c[k] = DD{1} / DD{factorial};
  }
  return c;
}

/// 1 / (2k + 1) for k = 0 .. atanh_terms - 1.
std::array<DD, atanh_terms> inverse_odds() {
  std::array<DD, atanh_terms> c;
  for (std::size_t k = 0; k < atanh_terms; ++k) c[k] = DD{1} / DD{static_cast<double>(2 * k + 1)};
  return c;
}

/// log(1 + t) = 2 atanh(z), z = t / (2 + t), for |t| <= 1/4: |z| <= 1/7, so the first term left out is
/// below z^36 / 37 < 2^-106 of the sum. Two operations a term with shrinking weight, a division and a product:
/// less than 60 u^2 = 2^-100 in all.
DD log1p_series(DD t) {
  static const auto c = inverse_odds();
  const DD z = t / (DD{2} + t);
  const DD w = z * z;
  DD sum = c[atanh_terms - 1];
  for (std::size_t k = atanh_terms - 1; k-- > 0;) sum = sum * w + c[k];
  return scale(z * sum, 1);
}

/// e^r - 1 for |r| < 0.36: e^(r/16) - 1 by Taylor's series, then p <- p (2 + p) four times, which is e^(2s) - 1 from
/// e^s - 1. Errors relative to p, in units of u^2 = 2^-106: the series leaves out (r/16)^14 / 15! < 2^-116; its
/// rounding is dominated by the last two steps and is below 20; a squaring step multiplies the relative error by
/// (2 + 2p) / (2 + p) <= 1.2 and adds 8, so p ends within 1.2^4 * 20 + 4 * 1.2^3 * 8 < 100.
DD expm1_reduced(DD r) {
  static const auto c = inverse_factorials();
  r = scale(r, -squarings);
  DD p = c[exp_degree];
  for (std::size_t i = exp_degree - 1; i > 0; --i) p = p * r + c[i];
  p = p * r;
  for (int i = 0; i < squarings; ++i) p = p * (DD{2} + p);
  return p;
}

}  // namespace

// x = k ln2 + r, |r| < 0.35. In units of u^2 = 2^-106: r is off by at most 3 * 3 * 0.36 + 1 < 5, absolutely; p = e^r -
// 1 by 100 of |p| <= 0.42; 1 + p by 3. In total (5 e^r + 42 + 3 e^r) / e^r < 8 + 42 / 0.7 = 68 < 2^7: below 2^-99.
DD exp(DD x) {
  const double k = std::nearbyint(x.hi * 0x1.71547652b82fep+0);
  DD r = x - DD{k * ln2_1};
  r = r - DD{k * ln2_2};
  r = r - two_prod(k, ln2_3);
  return scale(DD{1} + expm1_reduced(r), static_cast<int>(k));
}

DD expm1(DD x) { return expm1_reduced(x); }

// y = log(a.hi) in f64, within 2^-51 max(1, y); then log a = y + log(a e^-y), where a e^-y = 1 + t with |t| < 2^-44.
// The exponential's 2^-99, its product and the sum with y (3 u^2 of at most 45) stay below 2^-97 max(1, log a).
DD log(DD a) {
  const double y = std::log(a.hi);
  return DD{y} + log1p_series(a * exp(DD{-y}) - DD{1});
}

// For t > 1/4 log(1 + t) >= 0.223: the absolute error of log and of rounding 1 + t, 2^-98 + 3 u^2 in [1, e], is below
// 2^-95.8 of it where log(1 + t) < 1 with exp's own bound of 2^-99: (2^-99 + 15 u^2) / 0.223 < 2^-96.
DD log1p(DD t) { return t.hi <= 0.25 ? log1p_series(t) : log(DD{1} + t); }

}  // namespace lossproof::arith
