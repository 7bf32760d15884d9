#include "arith/wide.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lossproof::arith {
namespace {

__extension__ using u128 = unsigned __int128;

/// A product or an aligned sum before rounding: 512 bits, least significant limb first.
using Long = std::array<std::uint64_t, 2 * Wide::limbs>;

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
bool shift_right(Long& a, std::int64_t k) {
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

int compare(const Wide::Mantissa& a, const Wide::Mantissa& b) {
  for (std::size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

int compare_magnitudes(const Wide& a, const Wide& b) {
  if (a.exponent != b.exponent) return a.exponent < b.exponent ? -1 : 1;
  return compare(a.mantissa, b.mantissa);
}

/// sign * (a / 2^512 + [a little less than one unit, if `sticky`]) * 2^exponent, rounded.
Wide round(int sign, std::int64_t exponent, Long a, bool sticky, Direction direction, bool& inexact) {
  Wide r;
  const int zeros = leading_zeros(a);
  if (zeros == 64 * static_cast<int>(a.size())) return r;
  shift_left(a, zeros);
  r.sign = sign;
  r.exponent = exponent - zeros;
  for (std::size_t i = 0; i < Wide::limbs; ++i) {
    sticky |= a[i] != 0;
    r.mantissa[i] = a[i + Wide::limbs];
  }
  if (!sticky) return r;
  inexact = true;
  if ((sign > 0) == (direction == Direction::up) && add_to(r.mantissa, {}, 1)) {
    r.mantissa.back() = std::uint64_t{1} << 63;
    ++r.exponent;
  }
  return r;
}

Long high_half(const Wide::Mantissa& m) {
  Long a{};
  for (std::size_t i = 0; i < Wide::limbs; ++i) a[i + Wide::limbs] = m[i];
  return a;
}

}  // namespace

Wide::Wide(double x) {
  if (x == 0) return;
  int e = 0;
  const double m = std::frexp(std::fabs(x), &e);
  sign = x < 0 ? -1 : 1;
  exponent = e;
  mantissa.back() = static_cast<std::uint64_t>(std::ldexp(m, 64));
}

int compare(const Wide& a, const Wide& b) {
  if (a.sign != b.sign) return a.sign < b.sign ? -1 : 1;
  return a.sign == 0 ? 0 : a.sign * compare_magnitudes(a, b);
}

// The larger operand takes the upper half of 512 bits and the smaller one is shifted under it. A bit that falls out of
// the lower half makes the result inexact; in a difference it also borrows one unit there. Both operands are halved so
// that a sum has room for its carry: the mantissa is moved down by one bit, which the lower half catches.
Wide add(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0) return b;
  if (b.sign == 0) return a;
  const bool a_is_larger = compare_magnitudes(a, b) >= 0;
  const Wide& large = a_is_larger ? a : b;
  const Wide& small = a_is_larger ? b : a;
  Long sum = high_half(large.mantissa);
  Long rest = high_half(small.mantissa);
  shift_right(sum, 1);
  const bool sticky = shift_right(rest, large.exponent - small.exponent + 1);
  if (large.sign == small.sign) {
    add_to(sum, rest, 0);
  } else {
    subtract_from(sum, rest, sticky ? 1 : 0);
  }
  return round(large.sign, large.exponent + 1, sum, sticky, direction, inexact);
}

Wide multiply(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0 || b.sign == 0) return {};
  Long product{};
  for (std::size_t i = 0; i < Wide::limbs; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < Wide::limbs; ++j) {
      const u128 t = static_cast<u128>(a.mantissa[i]) * b.mantissa[j] + product[i + j] + carry;
      product[i + j] = static_cast<std::uint64_t>(t);
      carry = static_cast<std::uint64_t>(t >> 64);
    }
    product[i + Wide::limbs] = carry;
  }
  return round(a.sign * b.sign, a.exponent + b.exponent, product, false, direction, inexact);
}

// Restoring division, one bit a step: 257 quotient bits, since a.mantissa / b.mantissa lies in (1/2, 2).
Wide divide(const Wide& a, const Wide& b, Direction direction, bool& inexact) {
  if (a.sign == 0) return {};
  Wide::Mantissa remainder = a.mantissa;
  Long quotient{};
  bool carry = false;
  for (int i = 0; i <= Wide::bits; ++i) {
    shift_left(quotient, 1);
    if (carry || compare(remainder, b.mantissa) >= 0) {
      subtract_from(remainder, b.mantissa, 0);
      quotient[0] |= 1;
    }
    carry = (remainder.back() >> 63) != 0;
    shift_left(remainder, 1);
  }
  const bool sticky = carry || leading_zeros(remainder) < Wide::bits;
  return round(a.sign * b.sign, a.exponent - b.exponent + Wide::bits, quotient, sticky, direction, inexact);
}

double approximate(const Wide& a) {
  return a.sign * std::ldexp(static_cast<double>(a.mantissa.back()), static_cast<int>(a.exponent) - 64);
}

double nearest(const Wide& a, const Format& format, int beyond) {
  if (a.sign == 0) return beyond < 0 ? -0.0 : 0.0;
  if (a.exponent > format.overflow) return a.sign * std::numeric_limits<double>::infinity();
  // a = (whole + fraction) * 2^quantum; below half the smallest quantum `whole` is 0 and the fraction below 1/2.
  const std::int64_t quantum = std::max<std::int64_t>(a.exponent - format.precision, format.quantum);
  const std::int64_t kept = a.exponent - quantum;
  if (kept < 0) return a.sign * 0.0;
  Long bits = high_half(a.mantissa);
  shift_right(bits, Wide::bits - kept);
  double whole = static_cast<double>(bits[Wide::limbs]);
  const std::uint64_t half = std::uint64_t{1} << 63;
  bool below_half_bit = false;
  for (std::size_t i = 0; i + 1 < Wide::limbs; ++i) below_half_bit |= bits[i] != 0;
  below_half_bit |= (bits[Wide::limbs - 1] & ~half) != 0;
  if ((bits[Wide::limbs - 1] & half) != 0) {
    const int outward = beyond * a.sign;
    const bool odd = (bits[Wide::limbs] & 1) != 0;
    if (below_half_bit || outward > 0 || (outward == 0 && odd)) whole += 1;
  }
  const double result = std::ldexp(whole, static_cast<int>(quantum));
  return a.sign * (result >= std::ldexp(1.0, format.overflow) ? std::numeric_limits<double>::infinity() : result);
}

}  // namespace lossproof::arith
