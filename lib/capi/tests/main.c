// lossproof_c_tests NAME runs the test of this name.
#include <stdio.h>
#include <string.h>

#include "check.h"

const DLDataType f16 = {kDLFloat, 16, 1}, bf16 = {kDLBfloat, 16, 1}, f32 = {kDLFloat, 32, 1}, f64 = {kDLFloat, 64, 1},
                 i32 = {kDLInt, 32, 1}, i64 = {kDLInt, 64, 1};

static int failures = 0;

void check_at(int held, const char* what, const char* file, int line) {
  if (held) return;
  ++failures;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

void check_failed_at(int status, int expected, const char* message, const char* file, int line) {
  if (status == expected && strcmp(lossproof_last_error(), message) == 0) return;
  ++failures;
  fprintf(stderr, "%s:%d: status %d, \"%s\"\n  expected %d, \"%s\"\n", file, line, status, lossproof_last_error(),
          expected, message);
}

DLTensor tensor_of(void* data, DLDataType dtype, int ndim, int64_t* shape) {
  const DLTensor tensor = {data, {kDLCPU, 0}, ndim, dtype, shape, NULL, 0};
  return tensor;
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } tests[] = {{"values", values},
               {"refusals", refusals},
               {"refusals_of_options", refusals_of_options},
               {"descriptions", descriptions},
               {"threads", threads}};
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; ++i) {
    if (argc != 2 || strcmp(argv[1], tests[i].name) != 0) continue;
    tests[i].run();
    return failures > 0;
  }
  fprintf(stderr, "usage: lossproof_c_tests NAME, a test's\n");
  return 2;
}
