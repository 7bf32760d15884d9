// Elements that lie more than 2^31 apart, and tensors of more than 2^31 of them, in address space of which only the
// pages that hold what a call should touch are there.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "address_space.h"
#include "engine/stretch.h"
#include "reference.h"
#include "refused_calls.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::AddressSpace;
using testing::Subject;

constexpr std::int64_t far = (std::int64_t{1} << 31) + 16;

/// A copy of a dense tensor whose indices of dimension 0 lie `far` elements apart, upwards or downwards.
class FarApart {
 public:
  FarApart(const Tensor& dense, bool upwards)
      : dense_(dense),
        rows_(dense.shape().size() == 0 ? 1 : dense.shape()[0]),
        row_bytes_(count(dense.shape()) / rows_ * size()),
        space_(((rows_ - 1) * far + count(dense.shape())) * size()) {
    Extents strides = row_major(dense.shape());
    if (strides.size() > 0) strides[0] = upwards ? far : -far;
    for (std::int64_t r = 0; r < rows_; ++r) {
      at_.push_back(space_.open((upwards ? r : rows_ - 1 - r) * far * size(), row_bytes_));
      std::memcpy(at_.back(), row(r), static_cast<std::size_t>(row_bytes_));
    }
    view_ = MutableTensorView(at_[0], dense.dtype(), dense.shape(), strides);
  }

  const MutableTensorView& view() const { return view_; }

  bool equals(const Tensor& other) const {
    for (std::int64_t r = 0; r < rows_; ++r) {
      const char* there = static_cast<const char*>(other.view().data()) + r * row_bytes_;
      if (std::memcmp(at_[static_cast<std::size_t>(r)], there, static_cast<std::size_t>(row_bytes_)) != 0) return false;
    }
    return true;
  }

 private:
  std::int64_t size() const { return static_cast<std::int64_t>(size_of(dense_.dtype())); }
  const char* row(std::int64_t r) const { return static_cast<const char*>(dense_.view().data()) + r * row_bytes_; }

  const Tensor& dense_;
  std::int64_t rows_;
  std::int64_t row_bytes_;
  AddressSpace space_;
  std::vector<char*> at_;
  MutableTensorView view_;
};

class LargeTensors : public ::testing::TestWithParam<Subject> {
 protected:
  const Loss& loss() const { return *GetParam().loss; }
  bool has_rows() const { return testing::has_rows(loss()); }

  /// Input k of this shape: numbers of its domain, or class indices.
  Tensor draw(std::size_t k, const Extents& shape) {
    const DType dtype = k == 0 ? DType::f32 : GetParam().second;
    Extents of_indices = shape;
    if (!is_real(dtype)) of_indices = without(shape, detail::class_dimension(shape.size()));
    Tensor t(dtype, of_indices);
    void* data = t.view().data();
    for (std::int64_t i = 0; i < count(of_indices); ++i) {
      if (dtype == DType::i32) {
        static_cast<std::int32_t*>(data)[i] = draw_.integer(0, 3);
      } else if (dtype == DType::i64) {
        static_cast<std::int64_t*>(data)[i] = draw_.integer(0, 3);
      } else {
        store_real(dtype, data, i, testing::in_domain(loss(), k, static_cast<float>(draw_.uniform(-3, 3))));
      }
    }
    return t;
  }

  std::vector<Tensor> draw_inputs(const Extents& shape) {
    std::vector<Tensor> inputs{draw(0, shape)};
    if (loss().arguments().size() > 1) inputs.push_back(draw(1, shape));
    return inputs;
  }

 private:
  Draw draw_{31};
};

INSTANTIATE_TEST_SUITE_P(Of, LargeTensors, ::testing::ValuesIn(testing::subjects()), testing::name_of_subject);

TEST_P(LargeTensors, WhoseElementsLieFarApartGiveTheBitsOfDenseOnes) {
  for (const bool upwards : {true, false}) {
    const std::vector<Tensor> inputs = draw_inputs({3, 4});
    const Options options{.reduction = Reduction::none};
    std::vector<TensorView> near, apart;
    std::vector<std::unique_ptr<FarApart>> copies;
    for (const Tensor& input : inputs) {
      near.push_back(input.view());
      apart.push_back(copies.emplace_back(std::make_unique<FarApart>(input, upwards))->view());
    }
    const Tensor grad_output = draw(0, loss().value_shape(near, options));
    Tensor value(DType::f32, grad_output.shape()), gradient(DType::f32, {3, 4});
    const FarApart far_output(grad_output, upwards), far_value(value, upwards), far_gradient(gradient, upwards);
    loss().value_and_gradient(near, options, grad_output.view(), value.view(), {.first = gradient.view()});
    EXPECT_FALSE(far_gradient.equals(gradient));
    loss().value_and_gradient(apart, options, far_output.view(), far_value.view(), {.first = far_gradient.view()});
    EXPECT_TRUE(far_value.equals(value));
    EXPECT_TRUE(far_gradient.equals(gradient));
  }
}

/// The last elements of a dense tensor of more than 2^31, whose others are not there.
class LastOf {
 public:
  LastOf(const Tensor& last, const Extents& shape)
      : bytes_(count(last.shape()) * size_in_bytes(last.dtype())),
        space_(count(shape) * size_in_bytes(last.dtype())),
        at_(space_.open(count(shape) * size_in_bytes(last.dtype()) - bytes_, bytes_)) {
    std::memcpy(at_, std::as_const(last).view().data(), static_cast<std::size_t>(bytes_));
    view_ = MutableTensorView(at_ + bytes_ - count(shape) * size_in_bytes(last.dtype()), last.dtype(), shape,
                              row_major(shape));
  }

  const MutableTensorView& view() const { return view_; }
  bool equals(const Tensor& last) const {
    return std::memcmp(at_, last.view().data(), static_cast<std::size_t>(bytes_)) == 0;
  }

 private:
  static std::int64_t size_in_bytes(DType dtype) { return static_cast<std::int64_t>(size_of(dtype)); }

  std::int64_t bytes_;
  AddressSpace space_;
  char* at_;
  MutableTensorView view_;
};

detail::Stretch in_vectors(const Loss& loss, const std::vector<TensorView>& inputs, std::int64_t rows, std::int64_t end,
                           const TensorView& grad_output, const MutableTensorView& value,
                           const MutableTensorView& gradient) {
  const detail::Request request{.inputs = inputs,
                                .reduction = Reduction::none,
                                .ignore_index = -100,
                                .grad_output = grad_output,
                                .value = value,
                                .grad = gradient};
  detail::Stretch stretch{.begin = end - rows, .end = end};
  detail::kernel_of(loss).in_vectors(request, stretch);
  return stretch;
}

class LargeTensorsInVectors : public LargeTensors {
 protected:
  /// Of rows of so many classes; short ones are taken together.
  void expect_bits_of_small_ones(std::int64_t classes) {
    constexpr std::int64_t rows = 70;
    const std::int64_t all_rows = (std::int64_t{1} << 31) / classes + 100;
    const Extents few = has_rows() ? Extents{rows, classes} : Extents{rows * classes};
    const Extents many = has_rows() ? Extents{all_rows, classes} : Extents{all_rows * classes};
    const std::vector<Tensor> inputs = draw_inputs(few);
    const auto grown = [&](const Tensor& t) { return t.shape() == few ? many : Extents{all_rows}; };
    std::vector<TensorView> small, large;
    std::vector<std::unique_ptr<LastOf>> copies;
    for (const Tensor& input : inputs) {
      small.push_back(input.view());
      large.push_back(copies.emplace_back(std::make_unique<LastOf>(input, grown(input)))->view());
    }
    const Tensor grad_output = draw(0, loss().value_shape(small, {.reduction = Reduction::none}));
    Tensor value(DType::f32, grad_output.shape()), gradient(DType::f32, few);
    const LastOf large_output(grad_output, grown(grad_output)), large_value(value, grown(value)),
        large_gradient(gradient, many);
    const std::int64_t of_small = has_rows() ? rows : rows * classes, of_large = has_rows() ? all_rows : count(many);
    auto in_small = in_vectors(loss(), small, of_small, of_small, grad_output.view(), value.view(), gradient.view());
    const auto in_large =
        in_vectors(loss(), large, of_small, of_large, large_output.view(), large_value.view(), large_gradient.view());
    for (std::int64_t& i : in_small.left) i += of_large - of_small;
    EXPECT_EQ(in_large.left, in_small.left);
    EXPECT_LT(std::ssize(in_large.left), of_small / 4);
    EXPECT_TRUE(large_value.equals(value));
    EXPECT_TRUE(large_gradient.equals(gradient));
  }
};
INSTANTIATE_TEST_SUITE_P(Of, LargeTensorsInVectors, ::testing::ValuesIn(testing::subjects_where([](const Subject& s) {
                           return detail::kernel_of(*s.loss).in_vectors != nullptr;
                         })),
                         testing::name_of_subject);

TEST_P(LargeTensorsInVectors, OfMoreElementsThan2To31GiveTheBitsOfSmallOnes) {
  expect_bits_of_small_ones(256);
  if (has_rows()) expect_bits_of_small_ones(20);
}

}  // namespace
}  // namespace lossproof
