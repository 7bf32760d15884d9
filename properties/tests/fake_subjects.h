// Subjects that do one thing, for tests of the machinery.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "properties/property.h"
#include "subjects/strided.h"

namespace properties {

class FakeSubject final : public Subject {
 public:
  using Promise = std::function<double(oracles::DType)>;

  explicit FakeSubject(std::function<void(const Call&)> run, double promise = 0.5)
      : FakeSubject(std::move(run), [=](oracles::DType) { return promise; }) {}
  FakeSubject(std::function<void(const Call&)> run, Promise promise)
      : run_(std::move(run)), promise_(std::move(promise)) {}

  std::string name() const override { return "fake"; }
  std::optional<double> promise_ulp(const oracles::Definition&, oracles::DType dtype) const override {
    return promise_(dtype);
  }
  bool offers(const oracles::Definition&, DTypes) const override { return true; }
  bool offers_target_gradient() const override { return false; }
  void run(const oracles::Definition&, const Call& call) const override { run_(call); }

 private:
  std::function<void(const Call&)> run_;
  Promise promise_;
};

inline const Spec& mse() { return *find_spec("mse_loss"); }

/// x against a target of 0, in f32, under `none`.
inline Case squares(std::vector<double> x, Layout layout = Layout::row_major) {
  const auto count = static_cast<std::int64_t>(x.size());
  Case c{"mse_loss", {}, layout, "a test"};
  const std::vector<double> zeros(x.size(), 0.0);
  c.problem.grad_output = {oracles::DType::f32, {count}, std::vector<double>(x.size(), 1.0), {}};
  c.problem.inputs = {{oracles::DType::f32, {count}, std::move(x), {}}, {oracles::DType::f32, {count}, zeros, {}}};
  c.problem.attributes.reduction = oracles::Reduction::none;
  return c;
}

/// The square of x and its derivative, for a target of 0, and then `also`.
inline FakeSubject square(
    std::function<void(const Call&)> also = [](const Call&) {}, double promise = 0.5) {
  return FakeSubject(
      [also](const Call& call) {
        for (std::int64_t i = 0; i < oracles::count(call.inputs[0].shape); ++i) {
          const float x = subjects::element<float>(call.inputs[0], i);
          if (call.value) subjects::element<float>(*call.value, i) = x * x;
          if (call.grad)
            subjects::element<float>(*call.grad, i) = 2.0f * x * subjects::element<float>(*call.grad_output, i);
        }
        also(call);
      },
      promise);
}

}  // namespace properties
