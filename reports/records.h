// What a campaign leaves behind: JSON Lines, one context and then one tally per loss x subject x dtype x result
// dtype x output x property. Pages and tables are made from these and from nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "properties/rungs.h"

namespace reports {

using Json = nlohmann::ordered_json;

inline constexpr int schema = 2;

/// The user's input is at fault. The message is one line: what, where, what was expected.
class BadInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who ran what, on what. Shards merge only if they agree on all but `seconds` and `interrupted`.
struct Context {
  std::string version, command, machine, isa, compiler, libraries;
  std::string certificate;  ///< what the oracle's answers rest on
  std::uint64_t seed = 0;
  std::int64_t cases_per_property = 0;
  std::map<std::string, double> promises;  ///< subject -> ulp that it is held to; the others are observed only
  bool interrupted = false;
  double seconds = 0;
};

/// Counts are of cases, each in exactly one of the five outcomes; `elements`, `misrounded` and `rungs` are of results.
/// `dtype` is the inputs', `result_dtype` the value's; the gradient has one of the two, from case to case.
struct Tally {
  std::string loss, subject, dtype, result_dtype, output, property;
  std::int64_t cases = 0, elements = 0;
  std::int64_t held = 0, failed = 0, undecided = 0, gave_up = 0, not_run = 0;
  double max_ulp = 0;
  std::int64_t misrounded = 0;
  properties::Rungs rungs;          ///< who decided these results; none where a property asks no oracle
  std::optional<double> bound_ulp;  ///< the promise; none: nothing was promised, a failure is a finding

  std::int64_t worst_case = -1;  ///< number of the case that `worst` and `message` are of
  double worst_ulp = 0;          ///< the largest error in it, as drawn
  std::string worst;             ///< its inputs, hex floats
  std::string message;           ///< what was wrong with it
  std::string replay;            ///< the command that runs it again

  std::map<double, std::int64_t> worst_ulp_histogram;  ///< upper edge -> cases whose worst error is at most that
  double seconds = 0;

  auto key() const { return std::tie(loss, subject, dtype, result_dtype, output, property); }
  /// "f32", or "bf16 to f32".
  std::string dtypes() const { return dtype == result_dtype ? dtype : dtype + " to " + result_dtype; }
  bool held_to_promise() const { return bound_ulp.has_value(); }

  /// Counts one case's worst error.
  void observe(double ulp);
  /// The smallest edge that at least this share of the cases is at or below; NaN without cases.
  double percentile(double share) const;
  void merge(const Tally& other);
};

/// "failed" before "undecided" before "not run" before "held"; for a tally without promise "finding" instead of
/// "failed".
std::string outcome(const Tally& tally);

struct Records {
  Context context;
  std::vector<Tally> tallies;  ///< ordered by key
};

/// Whatever the order and the grouping of the merges, the result is the same (apart from times' last bits).
Records merge(const Records& a, const Records& b);

/// A number of a record: a JSON number, or "inf", "-inf", "nan"; and back.
Json number(double x);
double to_double(const Json& j);

Json rungs_json(const properties::Rungs& rungs);
properties::Rungs rungs_from(const Json& j);

void write(std::ostream& out, const Records& records);

/// `name` is what messages call the stream. BadInput: not records, or of another schema.
Records read(std::istream& in, const std::string& name);

/// Writes a file by way of a temporary one beside it, so that a reader finds the old file or the new one and never
/// half. BadInput: it cannot be written.
void replace_file(const std::filesystem::path& path, const std::string& content);

/// BadInput: something else than a file is there.
void require_replaceable(const std::filesystem::path& file);

/// Makes the directory if it is not there. BadInput: it cannot be made, or no file can be written in it.
void require_writable(const std::filesystem::path& directory);

}  // namespace reports
