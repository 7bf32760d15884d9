// Kernels in vectors touch nothing beyond their tensors, each of which ends with the memory that there is: of every
// small number of classes or elements.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "address_space.h"
#include "lossproof/catalogue.h"
#include "problems.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::AddressSpace;
using testing::Problem;

/// A dense tensor that ends with a page, after which none may be touched.
class AtTheEnd {
 public:
  AtTheEnd(DType dtype, const Extents& shape)
      : bytes_(count(shape) * static_cast<std::int64_t>(size_of(dtype))),
        space_(round_up(bytes_) + page()),
        view_(space_.open(round_up(bytes_) - bytes_, bytes_), dtype, shape, row_major(shape)) {}
  explicit AtTheEnd(const Tensor& dense) : AtTheEnd(dense.dtype(), dense.shape()) {
    std::memcpy(view_.data(), dense.view().data(), static_cast<std::size_t>(bytes_));
  }

  const MutableTensorView& view() const { return view_; }
  std::string bytes() const { return {static_cast<const char*>(view_.data()), static_cast<std::size_t>(bytes_)}; }

 private:
  static std::int64_t page() { return sysconf(_SC_PAGESIZE); }
  static std::int64_t round_up(std::int64_t bytes) { return (bytes + page() - 1) / page() * page(); }

  std::int64_t bytes_;
  AddressSpace space_;
  MutableTensorView view_;
};

/// As testing::bytes_of.
std::string bytes_at_the_end(const Problem& p) {
  std::deque<AtTheEnd> memory;
  const auto at_the_end = [&](const Tensor& t) { return TensorView(memory.emplace_back(t).view()); };
  std::vector<TensorView> inputs;
  for (const Tensor& input : p.inputs) inputs.push_back(at_the_end(input));
  Options options = p.options;
  if (p.weight) options.weight = at_the_end(*p.weight);
  const TensorView grad_output = at_the_end(p.grad_output);
  const Extents shape = p.loss->value_shape(inputs, options);
  const AtTheEnd alone(p.dtype, shape), value(p.dtype, shape), grad(p.dtype, p.inputs[0].shape());
  p.loss->value(inputs, options, alone.view());
  p.loss->value_and_gradient(inputs, options, grad_output, value.view(), grad.view());
  EXPECT_EQ(alone.bytes(), value.bytes()) << "the value alone";
  return value.bytes() + grad.bytes();
}

class EndOfMemory : public testing::LossInVectors {
 protected:
  void try_rows(Draw& draw, std::int64_t rows, std::int64_t classes) {
    const Problem p = testing::draw_problem(draw, *GetParam(), {rows, classes});
    const std::string expected = testing::careful_bytes_of(p);
    for (const std::string& name : targets()) {
      set_target(name);
      ASSERT_EQ(bytes_at_the_end(p), expected) << name << ", [" << rows << ", " << classes << "]";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Of, EndOfMemory, ::testing::ValuesIn(testing::losses_in_vectors()),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(EndOfMemory, IsNotPassedAndTheBitsAreThoseOfTheCarefulPath) {
  Draw draw(6);
  for (int classes = 1; classes <= 500 && !HasFatalFailure(); classes += classes < 40 ? 1 : draw.integer(1, 20)) {
    try_rows(draw, 1, classes);
    for (int repeat = 0; repeat < 3; ++repeat) try_rows(draw, draw.integer(1, classes < 20 ? 150 : 20), classes);
  }
}

}  // namespace
}  // namespace lossproof
