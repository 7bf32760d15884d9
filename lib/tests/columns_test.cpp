// Values of cross entropy whose rows are taken column by column: of every small number of classes, and at the end of
// memory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "address_space.h"
#include "lossproof/losses.h"
#include "problems.h"

namespace lossproof {
namespace {

using arith::testing::Draw;
using testing::AddressSpace;
using testing::Problem;

/// A copy of a dense tensor that ends with a page, after which none may be touched.
class AtTheEnd {
 public:
  explicit AtTheEnd(const Tensor& dense)
      : space_(round_up(bytes(dense)) + page()),
        view_(std::memcpy(space_.open(round_up(bytes(dense)) - bytes(dense), bytes(dense)), dense.view().data(),
                          static_cast<std::size_t>(bytes(dense))),
              dense.dtype(), dense.shape(), row_major(dense.shape())) {}

  const TensorView& view() const { return view_; }

 private:
  static std::int64_t page() { return sysconf(_SC_PAGESIZE); }
  static std::int64_t round_up(std::int64_t bytes) { return (bytes + page() - 1) / page() * page(); }
  static std::int64_t bytes(const Tensor& t) {
    return count(t.shape()) * static_cast<std::int64_t>(size_of(t.dtype()));
  }

  AddressSpace space_;
  TensorView view_;
};

std::string value_of(const Problem& p) {
  const AtTheEnd x(p.inputs[0]);
  const AtTheEnd target(p.inputs[1]);
  const std::vector<TensorView> inputs{x.view(), target.view()};
  const Options options = options_of(p);
  Tensor value(p.dtype, p.loss->value_shape(inputs, options));
  p.loss->value(inputs, options, value.view());
  std::string bytes;
  testing::append_bytes(value, bytes);
  return bytes;
}

class Columns : public testing::LossInVectors {};
INSTANTIATE_TEST_SUITE_P(Of, Columns, ::testing::Values(&cross_entropy));

TEST_P(Columns, OfEveryNumberOfClassesGiveTheBitsOfTheCarefulPathAndReadNothingBeyondTheLastRow) {
  Draw draw(6);
  for (int classes = 1; classes <= 400; classes += classes < 70 ? 1 : draw.integer(1, 9)) {
    for (int repeat = 0; repeat < 3; ++repeat) {
      const std::int64_t most_rows = classes < 20 || draw.integer(0, 9) == 0 ? 150 : 20;
      const Problem p =
          testing::draw_problem(draw, *GetParam(), {draw.integer(1, static_cast<int>(most_rows)), classes});
      detail::without_vectors = true;
      const std::string expected = value_of(p);
      detail::without_vectors = false;
      for (const std::string& name : targets()) {
        set_target(name);
        ASSERT_EQ(value_of(p), expected) << name << ", " << classes << " classes, problem " << repeat;
      }
    }
  }
}

}  // namespace
}  // namespace lossproof
