#include "oracles/enclosure.h"

namespace oracles {
namespace {

/// Room for an Arb midpoint of any precision in use with its 30-bit radius added.
constexpr int extra_bits = 64;

/// Beyond 2^+-limit MPFR might overflow or underflow; an end there is moved outward: a lower one to -inf, +-2^-limit or 0.
constexpr slong limit = slong{1} << 29;

/// `end` = x rounded in the direction, moved outward where its exponent is out of MPFR's range.
void set_end(mpfr_t end, const arf_t x, mpfr_rnd_t direction) {
  const bool up = direction == MPFR_RNDU;
  if (arf_is_special(x) || (arf_cmpabs_2exp_si(x, limit) < 0 && arf_cmpabs_2exp_si(x, -limit) > 0)) {
    arf_get_mpfr(end, x, direction);
    return;
  }
  const bool outward = (arf_sgn(x) > 0) == up;
  if (arf_cmpabs_2exp_si(x, limit) >= 0) {
    if (outward)
      mpfr_set_inf(end, arf_sgn(x));
    else
      mpfr_set_si_2exp(end, arf_sgn(x), limit, MPFR_RNDN);
  } else if (outward) {
    mpfr_set_si_2exp(end, arf_sgn(x), -limit, MPFR_RNDN);
  } else {
    mpfr_set_zero(end, 1);
  }
}

}  // namespace

ArbEnds::ArbEnds(const Arb& x) {
  const slong bits = ArbPrecision::in_force() + extra_bits;
  mpfr_inits2(bits, low_, high_, nullptr);
  if (!arb_is_finite(x.get())) {
    const int sign = arb_is_exact(x.get()) && arf_is_inf(arb_midref(x.get())) ? arf_sgn(arb_midref(x.get())) : 0;
    mpfr_set_inf(low_, sign > 0 ? 1 : -1);
    mpfr_set_inf(high_, sign < 0 ? -1 : 1);
    return;
  }
  arf_t end;
  arf_init(end);
  arb_get_lbound_arf(end, x.get(), bits);
  set_end(low_, end, MPFR_RNDD);
  arb_get_ubound_arf(end, x.get(), bits);
  set_end(high_, end, MPFR_RNDU);
  arf_clear(end);
}

std::optional<int> sign(const Enclosure& x) {
  const int low = mpfr_sgn(x.low);
  const int high = mpfr_sgn(x.high);
  if (low == high) return low;
  if (x.ends == Ends::excluded && low == 0) return 1;
  if (x.ends == Ends::excluded && high == 0) return -1;
  return std::nullopt;
}

std::optional<int> sign(const Ball& x) {
  if (x.mid == 0 && x.radius == 0) return 0;
  if (!(std::fabs(x.mid) > x.radius)) return std::nullopt;
  return x.mid > 0 ? 1 : -1;
}

}  // namespace oracles
