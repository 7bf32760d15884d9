// Wrong implementations of losses that there are no right steps of: an innocent subject, this library, whose calls or
// results are spoiled.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/subject.h"

namespace mutants {

// The losses that are spoiled so.
inline const std::string bcep = "binary_cross_entropy";
inline const std::string distillation = "distillation_kl";
inline const std::string focal = "sigmoid_focal_loss";
inline const std::string kl = "kl_div";
inline const std::string logsoft = "log_softmax";
inline const std::string lse = "logsumexp";
inline const std::string multilabel = "multilabel_soft_margin_loss";
inline const std::string nll = "nll_loss";
inline const std::string softmax_of = "softmax";

/// What a mutant makes of a call.
using Spoiling = std::function<void(const std::string& loss, const properties::Call&)>;

/// The innocent subject's answer.
void answer(std::string_view loss, const properties::Call& call);

/// Real numbers in memory of their own.
class Dense {
 public:
  Dense(oracles::DType dtype, oracles::Shape shape);
  /// A copy of these.
  explicit Dense(const properties::View& of);

  properties::View view();
  double at(std::int64_t i) const;
  void put(std::int64_t i, double v);
  void change(const std::function<double(double)>& each);
  std::int64_t count() const { return oracles::count(shape_); }

 private:
  oracles::DType dtype_;
  oracles::Shape shape_;
  std::vector<std::byte> memory_;
};

/// Another call is answered.
Spoiling with_call(std::function<void(properties::Call&)> change);

/// The value is that of the call, gradients are those of another call.
Spoiling with_gradients_of(std::function<void(properties::Call&)> change);

/// Another input, or weight, is read.
Spoiling with_input(std::size_t k, std::function<void(const properties::Call&, Dense&)> change);
Spoiling with_weight(std::function<void(const properties::Call&, Dense&)> change);

/// Elements of the results (i, v) become other numbers, rounded into their dtype: those of the value, or of gradients.
using Spoil = std::function<double(const properties::Call&, std::int64_t i, double v)>;
Spoiling with_value(Spoil spoil);
Spoiling with_gradients(Spoil spoil);

/// The same of one output; left as it is where it is not asked for.
void spoil(const properties::Call& call, oracles::Output output, const Spoil& spoil);

/// A mutant that spoils one loss. Others, which relations compare it with, are the innocent subject's.
class Spoiled final : public properties::Subject {
 public:
  Spoiled(std::string name, std::string loss, Spoiling spoiling)
      : name_(std::move(name)), loss_(std::move(loss)), spoiling_(std::move(spoiling)) {}

  std::string name() const override { return name_; }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType) const override { return 0.5; }
  bool offers(const oracles::Definition& loss, properties::DTypes dtypes) const override;
  void run(const oracles::Definition& loss, const properties::Call& call) const override;

 private:
  std::string name_;
  std::string loss_;
  Spoiling spoiling_;
};

}  // namespace mutants
