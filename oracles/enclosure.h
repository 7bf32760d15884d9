// A closed interval between two MPFR numbers, and how each rung's numbers become one: what questions are asked of.
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <optional>

#include "oracles/arb.h"
#include "oracles/ball.h"
#include "oracles/real.h"

namespace oracles {

/// Whether the real number may be an endpoint of its enclosure. `excluded`: it lies strictly between two endpoints (so
/// an enclosure whose endpoint is a midpoint is decided to the inner side, and one whose endpoint is 0 has a sign).
enum class Ends : std::uint8_t { included, excluded };

/// Owns nothing. Both ends are NaN where the quantity is.
struct Enclosure {
  mpfr_srcptr low;
  mpfr_srcptr high;
  Ends ends = Ends::included;

  bool is_nan() const { return mpfr_nan_p(low) != 0 || mpfr_nan_p(high) != 0; }
};

inline Enclosure enclosure(const Interval& x, Ends ends = Ends::included) { return {lower(x), upper(x), ends}; }

/// An Arb ball's ends, rounded outward; -inf and inf, which say nothing, where Arb found neither a finite ball nor an
/// exact infinity.
class ArbEnds {
 public:
  explicit ArbEnds(const Arb& x);
  ~ArbEnds() { mpfr_clears(low_, high_, nullptr); }
  ArbEnds(const ArbEnds&) = delete;
  ArbEnds& operator=(const ArbEnds&) = delete;

  Enclosure enclosure(Ends ends = Ends::included) const { return {low_, high_, ends}; }

 private:
  mpfr_t low_, high_;
};

/// The sign of the numbers of an enclosure, nullopt where they differ in it.
std::optional<int> sign(const Enclosure& x);
std::optional<int> sign(const Ball& x);

}  // namespace oracles
