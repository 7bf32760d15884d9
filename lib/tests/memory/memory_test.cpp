// The heap that a call takes at any one time: 4 KiB a thread, whatever the size of its inputs, for gradients of long rows
// the exponentials of one, and some rows of tensors that are copied.
#include <gtest/gtest.h>
#include <malloc.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "../forms.h"
#include "lossproof/losses.h"
#include "lossproof/threads.h"

namespace {

std::atomic<std::int64_t> live{0};
std::atomic<std::int64_t> most{0};

void* allocate(std::size_t size, std::size_t alignment) {
  void* p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (p == nullptr) throw std::bad_alloc();
  const std::int64_t now = live += static_cast<std::int64_t>(malloc_usable_size(p));
  for (std::int64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
  }
  return p;
}

void release(void* p) noexcept {
  if (p != nullptr) live -= static_cast<std::int64_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }

namespace lossproof {
namespace {

/// Of losses.h.
constexpr std::int64_t heap_of_a_thread = 4 << 10;

constexpr std::int64_t rows = 2048;
constexpr std::int64_t columns = 1000;

class Memory : public ::testing::TestWithParam<const Loss*> {
 protected:
  void SetUp() override {
    const bool of_classes = testing::is_of_classes(*GetParam());
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      x.push_back(testing::in_domain(*GetParam(), 0, static_cast<float>(3 * std::sin(static_cast<double>(i)))));
      factors.push_back(1 + 0.125f * static_cast<float>(i % 7));
    }
    for (std::int64_t i = 0; i < rows; ++i) target.push_back(i % columns);
    const TensorView logits(x.data(), {rows, columns});
    inputs = testing::inputs_of(*GetParam(), logits,
                                of_classes ? TensorView(target.data(), {rows}) : TensorView(y.data(), {rows, columns}));
  }
  void TearDown() override { set_threads(1); }

  /// The most that is live during a call, beyond what was before.
  std::int64_t peak(Reduction reduction, bool with_gradient) {
    const Options options{.reduction = reduction};
    const Extents shape = GetParam()->value_shape(inputs, options);
    const TensorView grad_output(factors.data(), shape);
    const std::int64_t before = most = live.load();
    if (with_gradient)
      GetParam()->value_and_gradient(inputs, options, grad_output, {value.data(), shape},
                                     {grad.data(), {rows, columns}});
    else
      GetParam()->value(inputs, options, {value.data(), shape});
    return most - before;
  }

  std::vector<float> x, factors, y = std::vector<float>(rows * columns, 0.25f);
  std::vector<float> value = y, grad = y;
  std::vector<std::int64_t> target;
  std::vector<TensorView> inputs;
};
INSTANTIATE_TEST_SUITE_P(Of, Memory, ::testing::ValuesIn(testing::losses_in_vectors()),
                         [](const auto& loss) { return std::string(loss.param->name()); });

TEST_P(Memory, OfACallDoesNotGrowWithItsInputs) {
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  for (const int threads : {1, 2, 8}) {
    set_threads(threads);
    for (const Reduction reduction : testing::reductions_of(*GetParam())) {
      for (const bool with_gradient : {false, true}) {
        peak(reduction, with_gradient);  // the threads are made by the first call
        const std::int64_t bytes = peak(reduction, with_gradient);
        EXPECT_LE(bytes, threads * heap_of_a_thread) << threads << " threads, gradient " << with_gradient;
        RecordProperty("bytes_" + std::to_string(threads) + "_" + std::to_string(static_cast<int>(reduction)) + "_" +
                           std::to_string(with_gradient),
                       std::to_string(bytes));
      }
    }
  }
}

/// The most that is live during a call for value and gradient, of which the second counts: the first makes the threads.
std::int64_t peak_of_cross_entropy(std::span<const TensorView> inputs, const MutableTensorView& grad) {
  const float one = 1;
  float value;
  std::int64_t bytes = 0;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const std::int64_t before = most = live.load();
    cross_entropy.value_and_gradient(inputs, {}, TensorView(&one, {}), {&value, {}}, grad);
    bytes = most - before;
  }
  return bytes;
}

TEST(LongRows, TakeTheExponentialsOfOneRowAThread) {
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  for (const std::int64_t classes : {20'000, 131'072, 200'000}) {
    const std::int64_t n = 16;
    const std::vector<float> x(static_cast<std::size_t>(n * classes), 0.5f);
    std::vector<float> grad(x.size());
    const std::vector<std::int64_t> target(n, 7);
    const TensorView inputs[] = {{x.data(), {n, classes}}, {target.data(), {n}}};
    for (const int threads : {1, 2, 8}) {
      set_threads(threads);
      const std::int64_t bytes = peak_of_cross_entropy(inputs, {grad.data(), {n, classes}});
      const std::int64_t row = classes <= 131'072 ? 8 * classes : 0;
      EXPECT_LE(bytes, threads * (heap_of_a_thread + row)) << classes << " classes, " << threads << " threads";
      EXPECT_GE(bytes, row) << "is not what ran";
    }
    set_threads(1);
  }
}

TEST(TensorsThatAreCopied, TakeSomeRowsOfEach) {
  const tbb::global_control as_many_as_asked_for(tbb::global_control::max_allowed_parallelism, 8);
  for (const std::int64_t classes : {2, 1000, 20'000}) {
    const std::int64_t n = (1 << 20) / classes;
    const std::vector<float> x(static_cast<std::size_t>(n * classes), 0.5f);
    std::vector<float> grad(x.size());
    const std::vector<std::int64_t> target(static_cast<std::size_t>(2 * n), 1);
    const Extents shape{n, classes}, transposed{1, n};
    const TensorView inputs[] = {{x.data(), shape, transposed}, {target.data(), {n}, {2}}};
    for (const int threads : {1, 2, 8}) {
      set_threads(threads);
      const std::int64_t bytes = peak_of_cross_entropy(inputs, {grad.data(), shape, transposed});
      const std::int64_t rows_at_once = std::max<std::int64_t>(1, (1 << 13) / classes);
      const std::int64_t copies = rows_at_once * (2 * 4 * classes + 8);
      const std::int64_t exponentials = classes > 2048 ? 8 * classes : 0;
      EXPECT_LE(bytes, threads * (heap_of_a_thread + copies + exponentials))
          << classes << ", " << threads << " threads";
      EXPECT_GE(bytes, copies) << "is not what ran";
    }
    set_threads(1);
  }
}

TEST(ElementsThatVectorsLeave, AreListedAMillionAtATime) {
  const std::int64_t n = 5 << 20;
  const std::vector<float> x(n, std::nanf("")), y(n, 0.0f);
  std::vector<float> loss(n);
  const TensorView inputs[] = {{x.data(), {n}}, {y.data(), {n}}};
  for (const int threads : {1, 2}) {
    set_threads(threads);
    const std::int64_t before = most = live.load();
    mse_loss.value(inputs, {.reduction = Reduction::none}, {loss.data(), {n}});
    EXPECT_LE(most - before,
              threads * heap_of_a_thread + (2 * 16 << 20));  // a vector that grows has twice what it needs
    EXPECT_GE(most - before, 8 << 20) << "is not what ran";
  }
  set_threads(1);
}

TEST(Counting, SeesWhatIsAllocated) {
  const std::int64_t before = most = live.load();
  std::vector<char> memory(1 << 20);
  EXPECT_GE(most - before, 1 << 20) << memory.size();
}

}  // namespace
}  // namespace lossproof
