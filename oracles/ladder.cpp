#include "oracles/ladder.h"

namespace oracles {

// A midpoint is k 2^e with k < 2^54. If q = a / b is none, then |q - k 2^e| / q is at least 1 / a for e >= 0, and for
// e < 0 it is |a 2^-e - b k| / (a 2^-e) >= 1 / (a 2^-e), where a 2^-e < 2 b k < 2^55 b next to the midpoint.
// A number beside q is closer to it than that by far, for a + b < 14,000, and than one step of the precision.
Interval resolved(const Near& near) {
  const Rational& q = near.at;
  const auto a = mpz_sizeinbase(mpq_numref(q.backend().data()), 2);
  const auto b = mpz_sizeinbase(mpq_denref(q.backend().data()), 2);
  const Precision precision(static_cast<int>(a + b) + 64);
  Interval enclosure = enclose(q);
  if (near.side > 0) mpfr_nextabove(enclosure.backend().right_data());
  if (near.side < 0) mpfr_nextbelow(enclosure.backend().left_data());
  return enclosure;
}

std::optional<int> sign(const Interval& enclosure, Ends ends) {
  const int low = mpfr_sgn(lower(enclosure));
  const int high = mpfr_sgn(upper(enclosure));
  if (low == high) return low;
  if (ends == Ends::excluded && low == 0) return 1;
  if (ends == Ends::excluded && high == 0) return -1;
  return std::nullopt;
}

}  // namespace oracles
