// Answers about a real number that is known by enclosures of any precision.
#pragma once

#include <functional>
#include <optional>

#include "oracles/definition.h"
#include "oracles/real.h"
#include "oracles/rounding.h"

namespace oracles {

/// A number that can be enclosed at each precision, and given by a rational that it is, or lies beside.
struct Unknown {
  std::function<Interval(int precision)> enclosed;
  std::function<std::optional<Near>()> exact;
};

/// What `near` says, enclosed with no midpoint of a format inside, nor at the end that is not `near.at`, unless it is
/// that number. A number beside `near.at` is inside, properly.
Interval resolved(const Near& near);

/// The sign of the numbers of an enclosure, nullopt where they differ in it.
std::optional<int> sign(const Interval& enclosure, Ends ends);

/// What `ask` answers on the first enclosure that lets it: at the first precision, of the rational that the number is,
/// or at rising precision between ends that an irrational number excludes. `ask(enclosure, ends)` returns an
/// optional; so does this, empty at the last precision: undecided.
template <class Question>
auto climb(const Unknown& unknown, Question ask) {
  decltype(ask(Interval(), Ends::included)) answer;
  for (int precision = first_precision; !answer && precision <= last_precision; precision *= 2) {
    const Interval enclosure = unknown.enclosed(precision);
    if ((answer = ask(enclosure, Ends::included))) break;
    if (precision == first_precision) {
      if (const auto q = unknown.exact()) return ask(resolved(*q), q->side == 0 ? Ends::included : Ends::excluded);
    }
    answer = ask(enclosure, Ends::excluded);
  }
  return answer;
}

}  // namespace oracles
