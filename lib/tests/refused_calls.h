// A call of each loss with every tensor that it takes, accepted as it stands: a test spoils one of them and expects the
// refusal.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "forms.h"
#include "tensor/elements.h"

namespace lossproof::testing {

/// A loss and the dtype of its second input, if it has one: f32 for numbers.
struct Subject {
  const Loss* loss;
  DType second;
};

inline bool may_be(Argument::Kind kind, DType dtype) {
  if (kind == Argument::Kind::class_target) return true;
  return is_real(dtype) == (kind == Argument::Kind::real);
}

/// Of each loss of the catalogue, one for each dtype of its second input.
inline std::vector<Subject> subjects() {
  std::vector<Subject> all;
  for (const Loss* loss : catalogue()) {
    for (const DType second : {DType::f32, DType::i32, DType::i64}) {
      if (may_be(loss->arguments().back().kind, second)) all.push_back({loss, second});
    }
  }
  return all;
}

template <class Predicate>
std::vector<Subject> subjects_where(Predicate holds) {
  std::vector<Subject> all;
  std::ranges::copy_if(subjects(), std::back_inserter(all), holds);
  return all;
}

inline std::string name_of(const Subject& s) {
  const std::string loss(s.loss->name());
  return is_of_classes(*s.loss) ? loss + "_" + std::string(name(s.second)) : loss;
}
inline std::string name_of_subject(const ::testing::TestParamInfo<Subject>& info) { return name_of(info.param); }
inline void PrintTo(const Subject& s, std::ostream* out) { *out << name_of(s); }

/// The tensors of a call, in the order in which they are checked.
enum class Role : std::uint8_t { first, second, weight, pos_weight, grad_output, value, gradient, second_gradient };

inline bool is_output(Role role) { return role >= Role::value; }

struct Part {
  Role role;
  std::string name;  ///< In messages.
  Tensor memory;     ///< More than the view has.
  MutableTensorView view;
};

/// An element of a part's memory.
inline void put(Part& part, std::int64_t i, double value) {
  void* data = part.memory.view().data();
  if (part.memory.dtype() == DType::i32) {
    static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value);
  } else if (part.memory.dtype() == DType::i64) {
    static_cast<std::int64_t*>(data)[i] = static_cast<std::int64_t>(value);
  } else {
    store_real(part.memory.dtype(), data, i, value);
  }
}

/// A view of a part's memory from element `from` on, of another shape.
inline MutableTensorView seen_as(Part& part, const Extents& shape, std::int64_t from = 0) {
  const std::int64_t bytes = from * static_cast<std::int64_t>(size_of(part.memory.dtype()));
  return {static_cast<char*>(part.memory.view().data()) + bytes, part.memory.dtype(), shape, row_major(shape)};
}

/// The ways to make a call.
enum class Entry : std::uint8_t { value, backward, value_and_gradient, owned };

inline bool has(Entry entry, Role role) {
  if (role <= Role::pos_weight || entry == Entry::value_and_gradient) return true;
  return entry == (role == Role::value ? Entry::value : Entry::backward);
}

class RefusedCalls : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override { make({2, 3, 4}); }
  void TearDown() override { EXPECT_GT(refusals_, 0); }

  const Loss& loss() const { return *GetParam().loss; }
  std::string first_name() const { return std::string(loss().arguments()[0].name); }

  /// A new call without a reduction; `shape` is that of the first input, `real` the dtype of all that is not a class.
  void make(const Extents& shape, DType real = DType::f32) {
    parts_.clear();
    options_ = {.reduction = Reduction::none};
    const auto arguments = loss().arguments();
    const bool two = arguments.size() > 1;
    const DType second = is_real(GetParam().second) ? real : GetParam().second;
    add(Role::first, first_name(), shape, real);
    if (two) add(Role::second, std::string(arguments[1].name), shape, second);
    if (loss().takes().weight) add(Role::weight, "weight", shape, real);
    if (loss().takes().pos_weight) add(Role::pos_weight, "pos_weight", shape, real);
    add(Role::grad_output, "grad_output", shape, real);
    add(Role::value, "the value", shape, real);
    add(Role::gradient, "the gradient", shape, real);
    if (two && is_real(second))
      add(Role::second_gradient, "the gradient of " + std::string(arguments[1].name), shape, real);
  }

  /// What the contract says of a part, for a first input of this shape of two dimensions or more, or one row.
  Extents shape_of(Role role, const Extents& first) const {
    const detail::Form form = detail::kernel_of(loss()).form;
    const int dimension = detail::class_dimension(first.size());
    Extents positions;
    for (int k = 0; k < first.size(); ++k) {
      if (k != dimension) positions.append(first[k]);
    }
    const bool of_value = role == Role::value || role == Role::grad_output;
    if (role == Role::second && !is_real(GetParam().second)) return positions;
    if (role == Role::weight && has_rows(loss())) return {first[dimension]};
    return of_value && form == detail::Form::classes ? positions : first;
  }

  Part& part(Role role) { return *std::ranges::find(parts_, role, &Part::role); }

  void call(Entry entry) const {
    Options options = options_;
    if (const auto weight = view(Role::weight)) options.weight = *weight;
    if (const auto pos_weight = view(Role::pos_weight)) options.pos_weight = *pos_weight;
    std::vector<TensorView> inputs{*view(Role::first)};
    if (const auto second = view(Role::second)) inputs.push_back(*second);
    const Gradients gradients{.first = view(Role::gradient), .second = view(Role::second_gradient)};
    if (entry == Entry::value) {
      loss().value(inputs, options, *view(Role::value));
    } else if (entry == Entry::backward) {
      loss().backward(inputs, options, *view(Role::grad_output), gradients);
    } else if (entry == Entry::value_and_gradient) {
      loss().value_and_gradient(inputs, options, *view(Role::grad_output), *view(Role::value), gradients);
    } else {
      inputs.size() == 1 ? loss()({inputs[0]}, options) : loss()({inputs[0], inputs[1]}, options);
    }
  }

  void expect_accepted() const {
    for (const Entry entry : entries) EXPECT_NO_THROW(call(entry));
  }

  /// In every way of making the call that has these parts.
  void expect_refused(const std::string& what, const std::vector<Role>& named = {}) {
    for (const Entry entry : entries) {
      const auto has_it = [&](Role role) { return has(entry, role); };
      if (std::ranges::all_of(named, has_it)) expect_refused(what, [&] { call(entry); });
    }
  }

  void expect_refused(const std::string& what, const std::function<void()>& call) {
    const std::vector<std::string> before = contents();
    ++refusals_;
    try {
      call();
      ADD_FAILURE() << "accepted; expected: " << what;
    } catch (const std::invalid_argument& e) {
      EXPECT_NE(dynamic_cast<const Error*>(&e), nullptr) << "not an Error";
      EXPECT_EQ(e.what(), std::string(loss().name()) + ": " + what);
    }
    EXPECT_TRUE(contents() == before) << "written to, though refused: " << what;
  }

  /// With one part seen otherwise.
  void expect_refused_with(Part& spoiled, const MutableTensorView& view, const std::string& what,
                           const std::vector<Role>& named) {
    const MutableTensorView right = std::exchange(spoiled.view, view);
    expect_refused(what, named);
    spoiled.view = right;
  }

  /// With one element spoiled, `i` in memory; `what` follows the part's name.
  void expect_refused_at(Part& spoiled, std::int64_t i, double wrong, double right, const std::string& what) {
    put(spoiled, i, wrong);
    expect_refused(spoiled.name + what);
    put(spoiled, i, right);
  }

  static constexpr std::array entries{Entry::value, Entry::backward, Entry::value_and_gradient, Entry::owned};
  std::vector<Part> parts_;
  Options options_;

 private:
  void add(Role role, std::string name, const Extents& first, DType dtype) {
    const Extents shape = shape_of(role, first);
    const std::int64_t room = 2 * count(first) + 64;
    parts_.push_back({role, std::move(name), Tensor(dtype, {room}), {}});
    Part& part = parts_.back();
    for (std::int64_t i = 0; i < room; ++i) put(part, i, is_output(role) ? -7.5 : is_real(dtype) ? 0.5 : 1);
    part.view = seen_as(part, shape);
  }

  std::optional<MutableTensorView> view(Role role) const {
    const auto at = std::ranges::find(parts_, role, &Part::role);
    return at == parts_.end() ? std::nullopt : std::optional(at->view);
  }

  /// The bytes of all parts.
  std::vector<std::string> contents() const {
    std::vector<std::string> all;
    for (const Part& part : parts_) {
      const TensorView view = part.memory.view();
      const std::size_t bytes = static_cast<std::size_t>(count(view.shape())) * size_of(view.dtype());
      all.emplace_back(static_cast<const char*>(view.data()), bytes);
    }
    return all;
  }

  int refusals_ = 0;
};

}  // namespace lossproof::testing
