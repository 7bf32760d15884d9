// What an exhaustive run found in a set of inputs. Censuses of disjoint sets add up to that of their union, whatever the
// order.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "properties/rungs.h"

namespace reports {

/// The inputs [begin, end).
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// The inputs of `whole` that are in none of `parts`, which are disjoint and in order.
std::vector<Range> without(const Range& whole, const std::vector<Range>& parts);

/// An input and the error of a number there, in ulp, rounded to f64.
struct Ranked {
  double error = 0;
  std::int64_t input = 0;

  /// The larger error goes first, of two equal ones the input with the smaller number.
  bool before(const Ranked& other) const { return error != other.error ? error > other.error : input < other.input; }
  bool operator==(const Ranked&) const = default;
};

/// The first `size` of all that were added. Errors of no more than `nothing` ulp count as none: below it are hundreds
/// of millions that the oracle's first rung does not tell apart, such as those of -log(1 - p) beside a small p.
class Ranking {
 public:
  static constexpr double nothing = 0x1p-20;

  explicit Ranking(std::size_t size) : size_(size) {}

  /// Whether an input whose error is at most `most` may become one of the first.
  bool admits(double most, std::int64_t input) const {
    return most > nothing && (first_.size() < size_ || Ranked{most, input}.before(first_.back()));
  }
  /// Errors below it are not admitted.
  double floor() const { return first_.size() < size_ ? nothing : first_.back().error; }
  /// An input is added once, however often this is called.
  void add(const Ranked& ranked);
  void merge(const Ranking& other);

  const std::vector<Ranked>& first() const { return first_; }
  std::size_t size() const { return size_; }
  bool operator==(const Ranking&) const = default;

 private:
  std::size_t size_;
  std::vector<Ranked> first_;
};

/// How a result differs from the correctly rounded number.
enum class Mismatch : std::uint8_t { nan_expected, nan_returned, infinity, zero_sign, number };
inline constexpr std::array mismatches{Mismatch::nan_expected, Mismatch::nan_returned, Mismatch::infinity,
                                       Mismatch::zero_sign, Mismatch::number};
std::string_view name(Mismatch mismatch);
Mismatch mismatch(double got, double expected);

struct Misrounded {
  std::int64_t input = 0;
  double got = 0;
  double expected = 0;
};

/// The inputs whose first argument has one sign and one exponent.
struct Binade {
  std::int64_t inputs = 0;
  std::int64_t misrounded = 0;
  Ranking worst{1};
};

struct Census {
  /// Misrounded inputs that are told one by one: those with the smallest numbers.
  static constexpr std::size_t told = 32;
  /// Inputs kept of those whose true value lies closest to a midpoint between two numbers, and is none.
  static constexpr std::size_t kept = 32;

  std::vector<Range> ranges;  ///< what was tried: in order, neither overlapping nor touching
  std::int64_t misrounded = 0;
  std::array<std::int64_t, mismatches.size()> kinds{};  ///< of the misrounded
  properties::Rungs rungs;
  std::map<int, Binade> binades;  ///< by the bits of sign and exponent
  Ranking hardest{kept};          ///< by the error of the correctly rounded number
  std::vector<Misrounded> first;

  std::int64_t inputs() const;
  /// The input with the largest error; error 0 where none has any to speak of.
  Ranked worst() const;
  /// Condition: no input is in both.
  void merge(const Census& other);
  /// Condition: it is in none of the ranges.
  void cover(const Range& range);
};

}  // namespace reports
