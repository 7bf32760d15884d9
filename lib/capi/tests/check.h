// What the tests of this room share: checks that name their line, and tensors on the stack.
#pragma once

#include "lossproof/lossproof.h"

/// Counts a failure and says where, unless `held`.
void check_at(int held, const char* what, const char* file, int line);

/// `status` is `expected`, and the message is this one.
void check_failed_at(int status, int expected, const char* message, const char* file, int line);

#define CHECK(condition) check_at((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_OK(call) check_at((call) == LOSSPROOF_OK, lossproof_last_error(), __FILE__, __LINE__)
#define CHECK_REFUSED(call, message) check_failed_at((call), LOSSPROOF_BAD_INPUT, (message), __FILE__, __LINE__)

/// Row-major, on the CPU.
DLTensor tensor_of(void* data, DLDataType dtype, int ndim, int64_t* shape);

extern const DLDataType f16, bf16, f32, f64, i32, i64;

/// The tests, each a file's.
void values(void);
void refusals(void);
void refusals_of_options(void);
void descriptions(void);
void threads(void);
