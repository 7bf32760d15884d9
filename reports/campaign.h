// A campaign: every property of every loss, on cases drawn from a seed, for every subject; in, a plan; out, records.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "properties/property.h"
#include "reports/records.h"

namespace reports {

/// A subject held to another promise than its own.
class Held : public properties::Subject {
 public:
  Held(const properties::Subject& subject, double ulp) : subject_(&subject), ulp_(ulp) {}

  std::string name() const override { return subject_->name(); }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return ulp_; }
  bool offers(const oracles::Definition& loss, properties::DTypes dtypes) const override {
    return subject_->offers(loss, dtypes);
  }
  bool offers_target_gradient() const override { return subject_->offers_target_gradient(); }
  properties::Code code(properties::DTypes dtypes) const override { return subject_->code(dtypes); }
  void run(const oracles::Definition& loss, const properties::Call& call) const override { subject_->run(loss, call); }

 private:
  const properties::Subject* subject_;
  double ulp_;
};

struct Plan {
  std::uint64_t seed = 1;
  std::int64_t cases = 0;  ///< per loss x pair of dtypes x property
  std::vector<const properties::Spec*> specs;
  std::vector<properties::DTypes> dtypes;
  std::vector<const properties::Subject*> subjects;
  bool skips_same_code = false;  ///< leaves a subject out with the dtypes with which its code is another one's
  std::filesystem::path corpus;  ///< directory where the worst cases are kept
  unsigned threads = 1;
};

/// The plan's subjects that are tried with these dtypes.
std::vector<const properties::Subject*> on_trial(const Plan& plan, properties::DTypes dtypes);

/// Case number `index` of a property's cases: a function of the arguments alone, so that no result depends on threads.
properties::Case case_of(const properties::Spec& spec, properties::DTypes dtypes, const std::string& property,
                         std::uint64_t seed, std::int64_t index);

/// Draws, judges and tallies. Each tally's worst case is made as simple as it can be without losing its error, and is
/// stored with the command that replays it. `step` is called after each case, one call at a time; when `stop` becomes
/// true, what is left is counted as not run.
std::vector<Tally> run(const Plan& plan, const std::atomic<bool>& stop, const std::function<void()>& step);

/// How many times `run` calls `step`.
std::int64_t steps(const Plan& plan);

}  // namespace reports
