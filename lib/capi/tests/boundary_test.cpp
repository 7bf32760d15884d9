// What is thrown inside stays inside, whatever it is. A program of its own: it replaces operator new.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

#include "lossproof/catalogue.h"
#include "lossproof/lossproof.h"

namespace {

/// What the next allocation of this thread does instead.
thread_local void (*instead)() = nullptr;

}  // namespace

void* operator new(std::size_t size) {
  if (void (*const act)() = instead) {
    instead = nullptr;
    act();
  }
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
// Not inlined, or GCC warns that one half of a pair is.
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

void throws_bad_alloc() { throw std::bad_alloc(); }
void throws_logic_error() { throw std::logic_error("a mistake"); }
void throws_int() { throw 42; }

class Boundary : public ::testing::Test {
 protected:
  lossproof_status run(void (*act)()) {
    float data[] = {1, 2, 3}, out[] = {-7.5f};
    std::int64_t shape[] = {3};
    const DLTensor x{data, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, nullptr, 0};
    DLTensor value{out, {kDLCPU, 0}, 0, {kDLFloat, 32, 1}, nullptr, nullptr, 0};
    const DLTensor* inputs[] = {&x, &x};
    const lossproof_loss* loss = lossproof_find_loss("mse_loss");
    instead = act;
    const lossproof_status status = lossproof_value(loss, inputs, 2, nullptr, &value);
    EXPECT_EQ(instead, nullptr) << "the call allocated nothing";
    instead = nullptr;
    EXPECT_EQ(out[0], -7.5f);
    return status;
  }
};

TEST_F(Boundary, LackOfMemoryIsAStatus) {
  EXPECT_EQ(run(throws_bad_alloc), LOSSPROOF_OUT_OF_MEMORY);
  EXPECT_STREQ(lossproof_last_error(), "out of memory");
}

TEST_F(Boundary, AnyOtherStandardExceptionIsAStatus) {
  EXPECT_EQ(run(throws_logic_error), LOSSPROOF_INTERNAL_ERROR);
  EXPECT_STREQ(lossproof_last_error(), "a mistake");
}

TEST_F(Boundary, WhateverIsThrownIsAStatus) {
  EXPECT_EQ(run(throws_int), LOSSPROOF_INTERNAL_ERROR);
  EXPECT_STREQ(lossproof_last_error(), "an exception that is no std::exception");
}

TEST_F(Boundary, ALongMessageIsCutAndEnds) {
  const std::string name(5000, 'x');
  EXPECT_EQ(lossproof_find_loss(name.c_str()), nullptr);
  EXPECT_EQ(std::string(lossproof_last_error()), ("lossproof_find_loss: name is \"" + name).substr(0, 1023));
}

TEST(CatalogueOfC, HasEveryLossUnderItsNameAndAtAnIndex) {
  std::size_t count = 0;
#define LOSSPROOF_EXPECT_FOUND(loss)                                             \
  EXPECT_EQ(lossproof_find_loss(#loss), lossproof_loss_at(count));               \
  EXPECT_STREQ(lossproof_loss_name(lossproof_loss_at(count)), #loss);            \
  EXPECT_GE(lossproof_argument_count(lossproof_loss_at(count)), std::size_t{1}); \
  ++count;
  LOSSPROOF_CATALOGUE(LOSSPROOF_EXPECT_FOUND)
#undef LOSSPROOF_EXPECT_FOUND
  EXPECT_EQ(lossproof_loss_count(), count);
}

}  // namespace
