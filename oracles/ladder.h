// The ladder: a question about a real number, asked of one rung after the other until one answers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "oracles/definition.h"
#include "oracles/enclosure.h"
#include "oracles/real.h"

namespace oracles {

/// Who answered. `contract`: the edges decide it, or a row of it. `exact`: the rational that the number is, or lies beside.
enum class Rung : std::uint8_t { contract, ball, arb, mpfi, exact };
inline constexpr std::array rungs{Rung::contract, Rung::ball, Rung::arb, Rung::mpfi, Rung::exact};
std::string_view name(Rung rung);

/// How many questions each rung answered.
using RungCounts = std::array<std::int64_t, rungs.size()>;

/// What the answers rest on: one sentence, for a ladder that starts at this rung.
std::string_view certificate(Rung first);

/// The rung that ladders start at, for the whole process: `ball` unless a user wants certainty that assumes nothing of
/// the C library and the processor's f64 (`arb`).
Rung first_rung();
void set_first_rung(Rung first);

inline constexpr std::array arb_precisions{128, 256};

/// What `near` says, enclosed with no midpoint of a format inside, nor at the end that is not `near.at`, unless it is
/// that number. A number beside `near.at` is inside, properly.
Interval resolved(const Near& near);

/// What is known of a number exactly: the rational that it is or lies beside, or that it is irrational, or nothing.
struct Exact {
  std::optional<Near> near;
  bool is_irrational = false;
};

template <class Answer>
struct Answered {
  Answer answer;
  Rung by;
};

/// Number offers, of one real number,
///   bool has_balls()              : whether the first two rungs can be asked
///   Ball ball()
///   Arb arb(int precision)        : with ArbPrecision(precision) in force
///   Interval interval(int precision)
///   Exact exact()                 : an irrational number attains no endpoint of an enclosure
/// `ask` answers of a Ball or an Enclosure, or returns an empty optional. So does this where the last precision leaves
/// the question open: undecided.
template <class Number, class Question>
auto climb(Number& number, Rung first, const Question& ask)
    -> std::optional<Answered<typename decltype(ask(Enclosure{}))::value_type>> {
  using Found = std::optional<Answered<typename decltype(ask(Enclosure{}))::value_type>>;
  std::optional<Exact> exact;  // what is known, once it was asked for
  const auto by_exact = [&]() -> Found {
    exact = number.exact();
    if (!exact->near) return std::nullopt;
    const auto answer =
        ask(enclosure(resolved(*exact->near), exact->near->side == 0 ? Ends::included : Ends::excluded));
    return answer ? Found({*answer, Rung::exact}) : std::nullopt;
  };
  const auto ends = [&] { return exact && exact->is_irrational ? Ends::excluded : Ends::included; };
  if (number.has_balls()) {
    if (first == Rung::ball) {
      if (const auto answer = ask(number.ball())) return Found({*answer, Rung::ball});
    }
    for (const int precision : arb_precisions) {
      const ArbPrecision in_force(precision);
      const ArbEnds between(number.arb(precision));
      if (const auto answer = ask(between.enclosure(ends()))) return Found({*answer, Rung::arb});
      if (exact) continue;
      if (Found found = by_exact(); exact->near) return found;
    }
  }
  for (int precision = first_precision; precision <= last_precision; precision *= 2) {
    const Interval x = number.interval(precision);
    if (const auto answer = ask(enclosure(x, ends()))) return Found({*answer, Rung::mpfi});
    if (exact) continue;
    if (Found found = by_exact(); exact->near) return found;
    if (!exact->is_irrational) continue;
    if (const auto answer = ask(enclosure(x, Ends::excluded))) return Found({*answer, Rung::mpfi});
  }
  return std::nullopt;
}

}  // namespace oracles
