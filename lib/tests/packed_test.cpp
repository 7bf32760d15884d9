// Tensors that lie anywhere in memory, and logits with dimensions within their rows, take the kernels in vectors too, and
// give the bits of the careful path for dense ones.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "arith/ladder.h"
#include "engine/memory_order.h"
#include "engine/parallel.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"
#include "problems.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::append_bytes;
using testing::draw_problem;
using testing::Problem;

std::vector<int> draw_order(int rank, Draw& draw) {
  std::vector<int> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = order.size(); k > 1; --k) {
    std::swap(order[k - 1], order[static_cast<std::size_t>(draw.integer(0, static_cast<int>(k) - 1))]);
  }
  return order;
}

/// A tensor's elements elsewhere: dimensions in this order, or in any one, with gaps and some of them backwards.
class Spread {
 public:
  Spread(const Tensor& dense, Draw& draw, const std::vector<int>& order = {})
      : dtype_(dense.dtype()), shape_(dense.shape()), strides_(dense.shape()) {
    const bool is_given = !order.empty() && order.size() == static_cast<std::size_t>(shape_.size());
    std::int64_t size = is_given ? 1 : 1 + draw.integer(0, 1);
    for (const int k : is_given ? order : draw_order(shape_.size(), draw)) {
      const bool backwards = !is_given && draw.integer(0, 2) == 0;
      if (backwards) first_ += (shape_[k] - 1) * size;
      strides_[k] = backwards ? -size : size;
      size = size * shape_[k] + (is_given ? 0 : draw.integer(0, 2));
    }
    memory_.assign(static_cast<std::size_t>(size) * size_of(dtype_), untouched);
    copy(dense.view().data(),
         [](std::byte* here, const std::byte* there, std::size_t n) { std::memcpy(here, there, n); });
  }

  MutableTensorView view() { return {at(first_), dtype_, shape_, strides_}; }

  Tensor dense() {
    Tensor t(dtype_, shape_);
    copy(t.view().data(), [](const std::byte* here, std::byte* there, std::size_t n) { std::memcpy(there, here, n); });
    return t;
  }

  /// Whether what is no element is as it was.
  bool has_gaps_untouched() {
    const std::vector<std::byte> blank(size_of(dtype_), untouched);
    copy(nullptr, [&](std::byte* here, const std::byte*, std::size_t n) { std::memcpy(here, blank.data(), n); });
    return std::ranges::all_of(memory_, [](std::byte b) { return b == untouched; });
  }

 private:
  static constexpr std::byte untouched{0xa5};

  std::byte* at(std::int64_t offset) { return memory_.data() + offset * static_cast<std::int64_t>(size_of(dtype_)); }

  template <class Pointer, class Copy>
  void copy(Pointer dense, const Copy& one) {
    using Byte = std::conditional_t<std::is_same_v<Pointer, const void*>, const std::byte, std::byte>;
    const Offsets offset(shape_, strides_);
    const auto size = static_cast<std::int64_t>(size_of(dtype_));
    for (std::int64_t i = 0; i < count(shape_); ++i) {
      one(at(first_ + offset(i)), static_cast<Byte*>(dense) + i * size, static_cast<std::size_t>(size));
    }
  }

  DType dtype_;
  Extents shape_;
  Extents strides_;
  std::int64_t first_ = 0;
  std::vector<std::byte> memory_;
};

/// The bytes of value and gradient, of tensors that are spread, each by itself, and some of them dense; or all of the
/// first one's rank alike.
std::string spread_bytes_of(const Problem& p, Draw& draw) {
  const std::vector<int> common = draw_order(p.inputs[0].shape().size(), draw);
  const std::vector<int> order = draw.integer(0, 2) == 0 ? common : std::vector<int>{};
  std::vector<Spread> inputs;
  std::vector<TensorView> views;
  inputs.reserve(p.inputs.size());
  for (const Tensor& input : p.inputs) {
    inputs.emplace_back(input, draw, order);
    views.push_back(draw.integer(0, 3) == 0 ? input.view() : TensorView(inputs.back().view()));
  }
  const Options options = testing::options_of(p);
  Spread value(Tensor(p.dtype, p.loss->value_shape(views, options)), draw, order);
  Spread grad(Tensor(p.dtype, p.inputs[0].shape()), draw, order);
  Spread grad_output(p.grad_output, draw, order);
  p.loss->value_and_gradient(views, options, grad_output.view(), value.view(), grad.view());
  std::string bytes;
  append_bytes(value.dense(), bytes);
  append_bytes(grad.dense(), bytes);
  EXPECT_TRUE(value.has_gaps_untouched());
  EXPECT_TRUE(grad.has_gaps_untouched());
  return bytes;
}

class Packed : public testing::LossInVectors {};
INSTANTIATE_TEST_SUITE_P(Of, Packed, ::testing::ValuesIn(testing::losses_in_vectors()),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(Packed, TensorsThatLieAnywhereGiveTheBitsOfDenseOnes) {
  Draw draw(11);
  detail::grain = 64;
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 3);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const int most = repeat % 10 == 0 ? 300 : 30;
    const Extents flat{draw.integer(1, 70), draw.integer(1, most)};
    const Extents deep{draw.integer(1, 3), draw.integer(1, most), draw.integer(1, 9), draw.integer(1, 4)};
    const Problem p = draw_problem(draw, *GetParam(), repeat % 2 == 0 ? flat : deep);
    const std::string expected = testing::careful_bytes_of(p);
    for (const std::string& name : targets()) {
      set_target(name);
      for (const int count : {1, 3}) {
        set_threads(count);
        ASSERT_EQ(spread_bytes_of(p, draw), expected) << name << ", " << count << " threads, problem " << repeat;
      }
    }
    arith::refuse_first = repeat % 5 == 0;
    ASSERT_EQ(spread_bytes_of(p, draw), expected) << "problem " << repeat;
    arith::refuse_first = false;
  }
}

// More rows than are packed at once; one row of as many classes as are packed, and of more.
TEST_P(Packed, ManyRowsAndLongOnesGiveTheBitsOfDenseOnes) {
  Draw draw(12);
  for (const Extents& shape : {Extents{3, 5, 600}, Extents{5000, 2}, Extents{1, 1 << 18}, Extents{1, (1 << 18) + 1}}) {
    const Problem p = draw_problem(draw, *GetParam(), shape);
    ASSERT_EQ(spread_bytes_of(p, draw), testing::careful_bytes_of(p)) << to_string(shape);
  }
}

TEST(Vectors, AreTakenByTensorsThatLieAnywhere) {
  const std::vector<float> x(5 * 4 * 3, 0.5f);
  const std::vector<std::int64_t> target(15, 0);
  const Extents shape{5, 4, 3};
  const Extents index_shape{5, 3};
  const auto has_vectors = [](const Loss& loss, const std::vector<TensorView>& inputs) {
    const detail::Request request{.inputs = inputs, .reduction = Reduction::mean, .ignore_index = -100};
    return bool(detail::Vectors(detail::kernel_of(loss), request));
  };
  const TensorView index(target.data(), index_shape);
  EXPECT_TRUE(has_vectors(cross_entropy, {TensorView(x.data(), shape), index}));
  EXPECT_TRUE(has_vectors(cross_entropy, {TensorView(x.data(), shape, {0, 0, -1}), index}));
  EXPECT_TRUE(has_vectors(softmax, {TensorView(x.data(), shape, {1, 5, 20})}));
  EXPECT_TRUE(has_vectors(mse_loss, {TensorView(x.data(), shape, {1, 5, 20}), TensorView(x.data(), shape)}));
  EXPECT_FALSE(has_vectors(distillation_kl, {TensorView(x.data(), shape), TensorView(x.data(), shape)}));
}

// As tensors of one layout are that is not row-major.
TEST(MemoryOrder, MakesTensorsThatAreTransposedAlikeDense) {
  std::vector<float> x(60, 0.5f), grad(60);
  const Extents shape{5, 4, 3}, strides{1, 15, 5};
  const TensorView inputs[] = {{x.data(), shape, strides}, {x.data(), shape, strides}};
  detail::Request request{.inputs = inputs,
                          .reduction = Reduction::mean,
                          .ignore_index = -100,
                          .grad = MutableTensorView(grad.data(), shape, strides)};
  const detail::InMemoryOrder ordered(request);
  EXPECT_TRUE(is_dense(ordered.request().inputs[0]) && is_dense(ordered.request().inputs[1]));
  EXPECT_TRUE(is_dense(*ordered.request().grad));
  request.reduction = Reduction::per_sample;
  EXPECT_EQ(detail::InMemoryOrder(request).request().inputs[0].strides(), strides);
}

}  // namespace
}  // namespace lossproof
