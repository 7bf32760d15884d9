// Every tensor of a call of every loss, spoiled in its shape, dtype, address, strides or place in memory: what is said
// of it.
#include "refused_calls.h"

namespace lossproof {
namespace {

using testing::has_rows;
using testing::Part;
using testing::Role;
using testing::seen_as;

class RefusedArguments : public testing::RefusedCalls {
 protected:
  /// What is said of a part that has this shape where another one is right.
  std::string shape_message(const Part& part, const Extents& shape, const Extents& right) const {
    return shape_message(part, part.view.dtype(), shape, right);
  }
  std::string shape_message(const Part& part, DType dtype, const Extents& shape, const Extents& right) const {
    const bool broadcasts = (part.role == Role::weight || part.role == Role::pos_weight) && !has_rows(loss());
    const bool may_be_of_logits =
        part.role == Role::weight && parts_[0].view.rank() > 1 && detail::may_weigh_logits(detail::kernel_of(loss()));
    return part.name + " has shape " + to_string(shape) + "; expected " +
           (broadcasts ? "one that broadcasts to " : "") + to_string(right) +
           (may_be_of_logits ? " or " + to_string(parts_[0].view.shape()) : "") + meaning(part, dtype);
  }

  /// What is said of a target that is either class indices or a number for each class.
  std::string meaning(const Part& part, DType dtype) const {
    if (part.role != Role::second || loss().arguments()[1].kind != Argument::Kind::class_target) return "";
    return is_real(dtype) ? ", a number for each class; class indices are i32 or i64"
                          : ", for i32 and i64 are class indices";
  }

  /// The first part that does not go with a first input of this shape.
  const Part& first_not_of(const Extents& shape) const {
    return *std::ranges::find_if(parts_, [&](const Part& part) {
      return part.role != Role::first && part.view.shape() != shape_of(part.role, shape);
    });
  }

  /// What is said of a part of this dtype, or nothing where it may have it.
  std::string dtype_message(const Part& part, DType dtype) const {
    const std::string is = part.name + " is " + std::string(name(dtype)) + "; expected ";
    const std::string of_first = "f32, the dtype of " + first_name();
    const bool follows_first = part.role > Role::first && part.role < Role::grad_output;
    if (!follows_first) return is_real(dtype) ? "" : is + "f16, bf16, f32 or f64";
    if (part.role != Role::second || loss().arguments()[1].kind == Argument::Kind::real) {
      return dtype == DType::f32 ? "" : is + of_first;
    }
    const Extents first{2, 3, 4}, positions{2, 4};
    const bool may_be_numbers = loss().arguments()[1].kind == Argument::Kind::class_target;
    if (is_real(dtype) && !may_be_numbers) return is + "i32 or i64";
    if (is_real(dtype) && dtype != DType::f32) return is + "i32 or i64, or " + of_first;
    if (is_real(dtype) == is_real(part.view.dtype())) return "";
    return shape_message(part, dtype, part.view.shape(), is_real(dtype) ? first : positions);
  }

  std::string overlap_message(const Part& output, const Part& other) const {
    if (other.role <= Role::second) return output.name + " shares memory with the input " + other.name;
    if (!is_output(other.role)) return output.name + " shares memory with " + other.name;
    const bool in_order = output.role < other.role;
    return (in_order ? output : other).name + " shares memory with " + (in_order ? other : output).name;
  }
};

INSTANTIATE_TEST_SUITE_P(Of, RefusedArguments, ::testing::ValuesIn(testing::subjects()), testing::name_of_subject);

/// A dimension more, one fewer, one extent larger, or the extents in reverse.
std::vector<Extents> other_shapes(const Extents& shape) {
  std::vector<Extents> all;
  Extents longer = shape;
  longer.append(1);
  all.push_back(longer);
  all.push_back(Extents(std::span(shape.begin(), shape.end() - 1)));
  for (int k = 0; k < shape.size(); ++k) {
    all.push_back(shape);
    ++all.back()[k];
  }
  std::vector<std::int64_t> reversed(shape.begin(), shape.end());
  std::ranges::reverse(reversed);
  if (Extents(reversed) != shape) all.emplace_back(reversed);
  return all;
}

TEST_P(RefusedArguments, OfAnotherShape) {
  expect_accepted();
  for (Part& part : parts_) {
    for (const Extents& wrong : other_shapes(part.view.shape())) {
      const Part& named = part.role == Role::first ? first_not_of(wrong) : part;
      const Extents right = shape_of(named.role, part.role == Role::first ? wrong : Extents{2, 3, 4});
      const Extents& shape = part.role == Role::first ? named.view.shape() : wrong;
      expect_refused_with(part, seen_as(part, wrong), shape_message(named, shape, right), {named.role});
    }
  }
  if (has_rows(loss())) {
    Part& first = part(Role::first);
    expect_refused_with(first, seen_as(first, {}),
                        first.name + " has shape []; expected [C], [N, C] or [N, C, d1, ...]", {Role::first});
  }
}

TEST_P(RefusedArguments, OfNoPossibleShape) {
  const Extents negative{2, -3, 4}, huge{std::int64_t{1} << 40, 3, std::int64_t{1} << 40};
  for (Part& part : parts_) {
    const bool is_held_against_another = part.role == Role::second || part.role >= Role::grad_output;
    const Extents right = shape_of(part.role, {2, 3, 4});
    for (const auto& [shape, problem] :
         {std::pair(negative, "has a negative extent"), std::pair(huge, "has more than 2^63 - 1 elements")}) {
      const MutableTensorView wrong(part.view.data(), part.view.dtype(), shape, {12, 4, 1});
      expect_refused_with(part, wrong,
                          is_held_against_another ? shape_message(part, shape, right)
                                                  : part.name + ": shape " + to_string(shape) + " " + problem,
                          {part.role});
    }
  }
}

TEST_P(RefusedArguments, ForAReducedValueOfAnotherShape) {
  if (!loss().takes().reduction) {
    options_.reduction = Reduction::sum;
    return expect_refused("takes no reduction but none");
  }
  for (const auto& [reduction, right] :
       {std::pair(Reduction::per_sample, Extents{2}), std::pair(Reduction::mean, Extents{}),
        std::pair(Reduction::sum, Extents{}), std::pair(Reduction::batchmean, Extents{})}) {
    options_.reduction = reduction;
    for (const Role role : {Role::value, Role::grad_output}) part(role).view = seen_as(part(role), right);
    expect_accepted();
    for (const Role role : {Role::value, Role::grad_output}) {
      expect_refused_with(part(role), seen_as(part(role), {2, 4}), shape_message(part(role), {2, 4}, right), {role});
    }
  }
}

TEST_P(RefusedArguments, OfAnotherDType) {
  for (Part& part : parts_) {
    const MutableTensorView& right = part.view;
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i32, DType::i64}) {
      const std::string message = dtype_message(part, dtype);
      if (message.empty()) continue;
      expect_refused_with(part, {right.data(), dtype, right.shape(), right.strides()}, message, {part.role});
    }
  }
}

TEST_P(RefusedArguments, ThatAreNull) {
  for (Part& part : parts_) {
    const MutableTensorView& right = part.view;
    expect_refused_with(part, {nullptr, right.dtype(), right.shape(), right.strides()},
                        part.name + " of shape " + to_string(right.shape()) + " is null", {part.role});
  }
}

TEST_P(RefusedArguments, OfImpossibleStrides) {
  for (Part& part : parts_) {
    const MutableTensorView right = part.view;
    const auto expect = [&](const Extents& strides, const std::string& what) {
      expect_refused_with(part, {right.data(), right.dtype(), right.shape(), strides}, part.name + what, {part.role});
    };
    Extents more = right.strides();
    more.append(1);
    const Extents fewer(std::span(right.strides().begin(), right.strides().end() - 1));
    for (const Extents& strides : {more, fewer}) {
      expect(strides, " has " + std::to_string(strides.size()) + " strides for shape " + to_string(right.shape()) +
                          "; expected one for each dimension");
    }
    Extents far = right.strides();
    for (const std::int64_t stride : {std::int64_t{1} << 61, -(std::int64_t{1} << 61)}) {
      far[0] = stride;
      expect(far, " of shape " + to_string(right.shape()) + " has strides " + to_string(far) +
                      ", which reach beyond the address space");
    }
  }
}

TEST_P(RefusedArguments, ThatShareMemoryWithAnOutput) {
  for (Part& output : parts_) {
    if (!is_output(output.role)) continue;
    for (Part& other : parts_) {
      if (&other == &output) continue;
      for (const std::int64_t from : {std::int64_t{0}, count(other.view.shape()) - 1}) {
        const auto shared =
            static_cast<char*>(other.view.data()) + from * static_cast<std::int64_t>(size_of(other.view.dtype()));
        expect_refused_with(output, {shared, output.view.dtype(), output.view.shape(), output.view.strides()},
                            overlap_message(output, other), {output.role, other.role});
      }
    }
  }
}

TEST_P(RefusedArguments, OfOutputsThatOverlapThemselves) {
  for (Part& output : parts_) {
    if (!is_output(output.role)) continue;
    for (int k = 0; k < output.view.rank(); ++k) {
      Extents strides = output.view.strides();
      strides[k] = k == 0 ? 1 : 0;  // the first dimension steps into the others
      expect_refused_with(output, {output.view.data(), output.view.dtype(), output.view.shape(), strides},
                          output.name + " with strides " + to_string(strides) + " has elements that share memory",
                          {output.role});
    }
  }
}

TEST_P(RefusedArguments, OfAnotherNumberThanTheLossHas) {
  const std::size_t expected = loss().arguments().size();
  const std::vector<TensorView> views(4, part(Role::first).view);
  for (const std::size_t given : {0u, 1u, 2u, 3u, 4u}) {
    if (given == expected) continue;
    const auto inputs = std::span(views).first(given);
    const std::string message =
        std::to_string(given) + (given == 1 ? " input" : " inputs") + " given; expected " + std::to_string(expected);
    expect_refused(message, [&] { loss().value(inputs, options_, part(Role::value).view); });
    expect_refused(message, [&] { loss().value_shape(inputs, options_); });
  }
}

TEST_P(RefusedArguments, OfGradientsThatThereAreNot) {
  const Gradients second{.second = part(Role::gradient).view};
  const std::vector<TensorView> inputs = testing::inputs_of(loss(), part(Role::first).view, parts_[1].view);
  const auto backward = [&](const Gradients& gradients) {
    loss().backward(inputs, options_, part(Role::grad_output).view, gradients);
  };
  expect_refused("no gradient is asked for; expected at least one", [&] { backward({}); });
  if (parts_.back().role == Role::second_gradient) {
    EXPECT_NO_THROW(backward(second));
  } else {
    expect_refused("there is no gradient but with respect to " + first_name(), [&] { backward(second); });
  }
}

TEST_P(RefusedArguments, ArePrintedNowhere) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  for (Part& part : parts_) {
    const MutableTensorView& right = part.view;
    expect_refused_with(part, {nullptr, right.dtype(), right.shape(), right.strides()},
                        part.name + " of shape " + to_string(right.shape()) + " is null", {part.role});
  }
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace lossproof
