#include "arith/wide.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lossproof::arith {
namespace {

__extension__ using u128 = unsigned __int128;

/// A product or an aligned sum before rounding: twice the bits, least significant limb first.
template <int limbs>
using Long = std::array<std::uint64_t, 2 * limbs>;

template <std::size_t N>
int leading_zeros(const std::array<std::uint64_t, N>& a) {
  for (std::size_t i = N; i-- > 0;) {
    if (a[i] != 0) return static_cast<int>(64 * (N - 1 - i)) + std::countl_zero(a[i]);
  }
  return static_cast<int>(64 * N);
}

template <std::size_t N>
void shift_left(std::array<std::uint64_t, N>& a, int k) {
  const auto words = static_cast<std::size_t>(k / 64);
  const int rest = k % 64;
  for (std::size_t i = N; i-- > 0;) {
    const std::uint64_t high = i >= words ? a[i - words] : 0;
    const std::uint64_t low = i >= words + 1 ? a[i - words - 1] : 0;
    a[i] = rest == 0 ? high : (high << rest) | (low >> (64 - rest));
  }
}

/// Shifts right by k >= 0 and tells whether a one bit fell out.
template <std::size_t N>
bool shift_right(std::array<std::uint64_t, N>& a, std::int64_t k) {
  if (k >= 64 * static_cast<std::int64_t>(a.size())) {
    const bool lost = leading_zeros(a) < 64 * static_cast<int>(a.size());
    a = {};
    return lost;
  }
  const auto words = static_cast<std::size_t>(k / 64);
  const int rest = static_cast<int>(k % 64);
  bool lost = false;
  for (std::size_t i = 0; i < words; ++i) lost |= a[i] != 0;
  if (rest != 0) lost |= (a[words] << (64 - rest)) != 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint64_t low = i + words < a.size() ? a[i + words] : 0;
    const std::uint64_t high = i + words + 1 < a.size() ? a[i + words + 1] : 0;
    a[i] = rest == 0 ? low : (low >> rest) | (high << (64 - rest));
  }
  return lost;
}

template <std::size_t N>
bool add_to(std::array<std::uint64_t, N>& a, const std::array<std::uint64_t, N>& b, std::uint64_t carry) {
  for (std::size_t i = 0; i < N; ++i) {
    const u128 s = static_cast<u128>(a[i]) + b[i] + carry;
    a[i] = static_cast<std::uint64_t>(s);
    carry = static_cast<std::uint64_t>(s >> 64);
  }
  return carry != 0;
}

template <std::size_t N>
void subtract_from(std::array<std::uint64_t, N>& a, const std::array<std::uint64_t, N>& b, std::uint64_t borrow) {
  for (std::size_t i = 0; i < N; ++i) {
    const u128 d = static_cast<u128>(a[i]) - b[i] - borrow;
    a[i] = static_cast<std::uint64_t>(d);
    borrow = (d >> 64) != 0 ? 1 : 0;
  }
}

template <std::size_t N>
int compare_words(const std::array<std::uint64_t, N>& a, const std::array<std::uint64_t, N>& b) {
  for (std::size_t i = N; i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

template <int limbs>
int compare_magnitudes(const Wide<limbs>& a, const Wide<limbs>& b) {
  if (a.exponent != b.exponent) return a.exponent < b.exponent ? -1 : 1;
  return compare_words(a.mantissa, b.mantissa);
}

/// sign * (a / 2^(2 bits) + [a little less than one unit, if `sticky`]) * 2^exponent, rounded.
template <int limbs>
Wide<limbs> round(int sign, std::int64_t exponent, Long<limbs> a, bool sticky, Direction direction, bool& inexact) {
  Wide<limbs> r;
  const int zeros = leading_zeros(a);
  if (zeros == 64 * static_cast<int>(a.size())) return r;
  shift_left(a, zeros);
  r.sign = sign;
  r.exponent = exponent - zeros;
  for (std::size_t i = 0; i < limbs; ++i) {
    sticky |= a[i] != 0;
    r.mantissa[i] = a[i + limbs];
  }
  if (!sticky) return r;
  inexact = true;
  if ((sign > 0) == (direction == Direction::up) && add_to(r.mantissa, {}, 1)) {
    r.mantissa.back() = std::uint64_t{1} << 63;
    ++r.exponent;
  }
  return r;
}

template <std::size_t N>
auto high_half(const std::array<std::uint64_t, N>& m) {
  std::array<std::uint64_t, 2 * N> a{};
  for (std::size_t i = 0; i < N; ++i) a[i + N] = m[i];
  return a;
}

/// floor(a 2^64 / d) and whether anything is left over, for d with its top bit set: words of 64 bits at a time.
template <int limbs>
bool divide_by_word(const typename Wide<limbs>::Mantissa& a, std::uint64_t d, Long<limbs>& quotient) {
  u128 rest = 0;
  for (std::size_t i = limbs + 1; i-- > 0;) {
    const u128 next = (rest << 64) | (i == 0 ? 0 : a[i - 1]);
    quotient[i] = static_cast<std::uint64_t>(next / d);
    rest = next % d;
  }
  return rest != 0;
}

}  // namespace

template <int limbs>
Wide<limbs>::Wide(double x) {
  if (x == 0) return;
  int e = 0;
  const double m = std::frexp(std::fabs(x), &e);
  sign = x < 0 ? -1 : 1;
  exponent = e;
  mantissa.back() = static_cast<std::uint64_t>(std::ldexp(m, 64));
}

template <int limbs>
int Wide<limbs>::compare(const Wide& a, const Wide& b) {
  if (a.sign != b.sign) return a.sign < b.sign ? -1 : 1;
  return a.sign == 0 ? 0 : a.sign * compare_magnitudes(a, b);
}

// The larger operand takes the upper half of twice the bits and the smaller one is shifted under it. A bit that falls
// out of the lower half makes the result inexact; in a difference it also borrows one unit there. Both operands are
// halved so that a sum has room for its carry: the mantissa is moved down by one bit, which the lower half catches.
template <int limbs>
Wide<limbs> Wide<limbs>::add(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0) return b;
  if (b.sign == 0) return a;
  const bool a_is_larger = compare_magnitudes(a, b) >= 0;
  const Wide& large = a_is_larger ? a : b;
  const Wide& small = a_is_larger ? b : a;
  auto sum = high_half(large.mantissa);
  auto rest = high_half(small.mantissa);
  shift_right(sum, 1);
  const bool sticky = shift_right(rest, large.exponent - small.exponent + 1);
  if (large.sign == small.sign) {
    add_to(sum, rest, 0);
  } else {
    subtract_from(sum, rest, sticky ? 1 : 0);
  }
  return round<limbs>(large.sign, large.exponent + 1, sum, sticky, direction, inexact);
}

template <int limbs>
Wide<limbs> Wide<limbs>::multiply(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0 || b.sign == 0) return {};
  Long<limbs> product{};
  for (std::size_t i = 0; i < limbs; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < limbs; ++j) {
      const u128 t = static_cast<u128>(a.mantissa[i]) * b.mantissa[j] + product[i + j] + carry;
      product[i + j] = static_cast<std::uint64_t>(t);
      carry = static_cast<std::uint64_t>(t >> 64);
    }
    product[i + limbs] = carry;
  }
  return round<limbs>(a.sign * b.sign, a.exponent + b.exponent, product, false, direction, inexact);
}

// By one word, or restoring division, one bit a step: bits + 1 quotient bits, since a.mantissa / b.mantissa lies in
// (1/2, 2).
template <int limbs>
Wide<limbs> Wide<limbs>::divide(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0) return {};
  const std::int64_t exponent = a.exponent - b.exponent + bits;
  Long<limbs> quotient{};
  if (std::all_of(b.mantissa.begin(), b.mantissa.end() - 1, [](std::uint64_t word) { return word == 0; })) {
    const bool left_over = divide_by_word<limbs>(a.mantissa, b.mantissa.back(), quotient);
    return round<limbs>(a.sign * b.sign, exponent, quotient, left_over, direction, inexact);
  }
  Mantissa remainder = a.mantissa;
  bool carry = false;
  for (int i = 0; i <= bits; ++i) {
    shift_left(quotient, 1);
    if (carry || compare_words(remainder, b.mantissa) >= 0) {
      subtract_from(remainder, b.mantissa, 0);
      quotient[0] |= 1;
    }
    carry = (remainder.back() >> 63) != 0;
    shift_left(remainder, 1);
  }
  const bool sticky = carry || leading_zeros(remainder) < bits;
  return round<limbs>(a.sign * b.sign, exponent, quotient, sticky, direction, inexact);
}

template <int limbs>
double Wide<limbs>::approximate() const {
  return sign * std::ldexp(static_cast<double>(mantissa.back()), static_cast<int>(exponent) - 64);
}

template <int limbs>
double Wide<limbs>::nearest(const Format& format, int beyond) const {
  if (sign == 0) return beyond < 0 ? -0.0 : 0.0;
  if (exponent > format.overflow) return sign * std::numeric_limits<double>::infinity();
  // The number is (whole + fraction) * 2^quantum; below half the smallest quantum `whole` is 0 and the fraction below
  // 1/2.
  const std::int64_t quantum = std::max<std::int64_t>(exponent - format.precision, format.quantum);
  const std::int64_t kept = exponent - quantum;
  if (kept < 0) return sign * 0.0;
  auto parts = high_half(mantissa);
  shift_right(parts, bits - kept);
  double whole = static_cast<double>(parts[limbs]);
  constexpr std::uint64_t half = std::uint64_t{1} << 63;
  std::uint64_t below_half_bit = parts[limbs - 1] & ~half;
  for (std::size_t i = 0; i + 1 < limbs; ++i) below_half_bit |= parts[i];
  if ((parts[limbs - 1] & half) != 0) {
    const int outward = beyond * sign;
    const bool odd = (parts[limbs] & 1) != 0;
    if (below_half_bit != 0 || outward > 0 || (outward == 0 && odd)) whole += 1;
  }
  const double result = std::ldexp(whole, static_cast<int>(quantum));
  return sign * (result >= std::ldexp(1.0, format.overflow) ? std::numeric_limits<double>::infinity() : result);
}

template struct Wide<4>;
template struct Wide<20>;
template struct Wide<72>;

}  // namespace lossproof::arith
