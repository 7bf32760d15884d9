// Exhaustive runs of a few inputs, and a subject that lies.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "properties/storage.h"
#include "reports/exhaust.h"
#include "subjects/subjects.h"

namespace tests {

inline constexpr auto bce_f32 = "binary_cross_entropy_with_logits/target=1/value/f32";
inline constexpr auto bce_bf16 = "binary_cross_entropy_with_logits/value/bf16";

inline const properties::Subject& subject(const std::string& name) { return *subjects::find_subject(name); }

inline const std::atomic<bool> never = false;
inline void nothing(const reports::ExhaustRecords&) {}

inline reports::ExhaustRecords run(const std::string& function, const std::vector<const properties::Subject*>& subjects,
                                   const reports::Range& range, unsigned threads = 2) {
  const reports::ExhaustPlan plan{reports::function_of(function), subjects, range, threads};
  reports::ExhaustRecords records = reports::empty_records(plan);
  reports::run(plan, records, never, nothing);
  for (reports::ExhaustRecord& record : records) record.context.seconds = 0;
  return records;
}

inline reports::ExhaustRecord run(const std::string& function, const properties::Subject& subject,
                                  const reports::Range& range) {
  return run(function, std::vector{&subject}, range).front();
}

/// The library with some of its results replaced.
class Tampered final : public properties::Subject {
 public:
  /// `change(row, result)` returns the result to give for a row of the function.
  using Change = std::function<double(const oracles::Row<double>&, double)>;
  explicit Tampered(Change change) : change_(std::move(change)) {}

  std::string name() const override { return "tampered"; }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return 0.5; }
  bool offers(const oracles::Definition&, properties::DTypes) const override { return true; }
  void run(const oracles::Definition& loss, const properties::Call& call) const override {
    subject("lossproof").run(loss, call);
    const properties::View &x = call.inputs[0], &y = call.inputs[1], &out = *call.value;
    const auto at = [](const properties::View& view, std::int64_t i) {
      return static_cast<std::byte*>(view.data) + static_cast<std::size_t>(i) * properties::size_of(view.dtype);
    };
    for (std::int64_t i = 0; i < out.shape[0]; ++i) {
      const oracles::Row<double> row{
          {properties::load_real(x.dtype, at(x, i))}, {properties::load_real(y.dtype, at(y, i))}, 0};
      properties::store_real(out.dtype, at(out, i), change_(row, properties::load_real(out.dtype, at(out, i))));
    }
  }

 private:
  Change change_;
};

}  // namespace tests
