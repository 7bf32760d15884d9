#include "oracles/ladder.h"

#include <atomic>

namespace oracles {
namespace {

std::atomic<Rung> first_of_all = Rung::ball;

}  // namespace

Rung first_rung() { return first_of_all; }
void set_first_rung(Rung first) { first_of_all = first; }

std::string_view name(Rung rung) {
  static constexpr std::array<std::string_view, rungs.size()> names = {"contract", "ball", "arb", "mpfi", "exact"};
  return names[static_cast<std::size_t>(rung)];
}

std::string_view certificate(Rung first) {
  return first == Rung::ball
             ? "IEEE 754 double arithmetic and fma of this machine; exp, log and log1p of its C library within 2 ulp "
               "(glibc documents 1; audited by the tests); Arb, MPFI, MPFR and GMP; the identities in oracles/losses"
             : "Arb, MPFI, MPFR and GMP; the identities in oracles/losses";
}

// A midpoint is k 2^e with k < 2^54. If q = a / b is none, then |q - k 2^e| / q is at least 1 / a for e >= 0, and for
// e < 0 it is |a 2^-e - b k| / (a 2^-e) >= 1 / (a 2^-e), where a 2^-e < 2 b k < 2^55 b next to the midpoint.
// A number beside q is closer to it than that by far, for a + b < 14,000, and than one step of `beside_bits`, which are so
// many that an error in ulp is known to f64.
Interval resolved(const Near& near) {
  constexpr int beside_bits = 14'500;
  const Rational& q = near.at;
  const auto a = mpz_sizeinbase(mpq_numref(q.backend().data()), 2);
  const auto b = mpz_sizeinbase(mpq_denref(q.backend().data()), 2);
  const Precision precision(near.side == 0 ? static_cast<int>(a + b) + 64 : beside_bits);
  Interval enclosure = enclose(q);
  const mpfr_ptr end = near.side > 0 ? enclosure.backend().right_data() : enclosure.backend().left_data();
  if (near.side != 0 && q == 0) {
    mpfr_set_si_2exp(end, near.side, -15'000, MPFR_RNDN);
  } else if (near.side > 0) {
    mpfr_nextabove(end);
  } else if (near.side < 0) {
    mpfr_nextbelow(end);
  }
  return enclosure;
}

}  // namespace oracles
