// Options: their layout, which is the ABI, sizes of other versions, and what is refused.
#include <stddef.h>
#include <string.h>

#include "check.h"

_Static_assert(offsetof(lossproof_options, reduction) == 8, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_ignore_index) == 12, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, ignore_index) == 16, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_dtype) == 24, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, dtype) == 28, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_beta) == 32, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, beta) == 40, "fields stay where they are");
_Static_assert(sizeof(lossproof_options) % 8 == 0, "no padding at the end, where a field may come");

static float value[1];

static int run(const char* loss, const lossproof_options* options) {
  float data[] = {1, 2}, other[] = {2, 4};
  int32_t index[] = {0};
  int64_t shape[] = {1, 2};
  const DLTensor x = tensor_of(data, f32, 2, shape), y = tensor_of(other, f32, 2, shape);
  const DLTensor t = tensor_of(index, i32, 1, shape);
  DLTensor v = tensor_of(value, f32, 0, NULL);
  const DLTensor* inputs[] = {&x, strcmp(loss, "cross_entropy") == 0 ? &t : &y};
  value[0] = -7.5f;
  return lossproof_value(lossproof_find_loss(loss), inputs, 2, options, &v);
}

static void of_values(void) {
  lossproof_options options = {.struct_size = sizeof options, .reduction = 9};
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: options.reduction is 9; expected 0 to 5, of lossproof_reduction");
  options.reduction = -1;
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: options.reduction is -1; expected 0 to 5, of lossproof_reduction");
  options.reduction = LOSSPROOF_REDUCTION_MEAN;
  options.has_ignore_index = 1;
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: takes no option ignore_index");
  options.has_ignore_index = 0;
  options.has_dtype = 1;
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: options.dtype has dtype code 0, 0 bits, 0 lanes; expected f16, bf16, f32, f64, i32 or i64 "
                "with 1 lane");
  options.dtype = f64;
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: the value is f32; expected f64, as the option dtype says");
  options.dtype = i32;
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: the option dtype is i32; expected f16, bf16, f32 or f64");
  CHECK(value[0] == -7.5f);
}

/// Of functions, which have no reduction, and whose one input is 0.
static void of_functions(void) {
  float data[] = {0};
  int64_t shape[] = {1};
  const DLTensor x = tensor_of(data, f32, 1, shape);
  DLTensor v = tensor_of(value, f32, 1, shape);
  const DLTensor* inputs[] = {&x};
  lossproof_options options = {.struct_size = sizeof options, .has_beta = 1, .beta = 2};
  CHECK_OK(lossproof_value(lossproof_find_loss("softplus"), inputs, 1, &options, &v));
  CHECK(value[0] == 0x1.62e43p-2f);
  CHECK_REFUSED(lossproof_value(lossproof_find_loss("sigmoid"), inputs, 1, &options, &v),
                "sigmoid: takes no option beta");
  options.has_beta = 0;
  options.reduction = LOSSPROOF_REDUCTION_MEAN;
  CHECK_REFUSED(lossproof_value(lossproof_find_loss("sigmoid"), inputs, 1, &options, &v),
                "sigmoid: takes no reduction but none");
  CHECK(lossproof_option_count(lossproof_find_loss("sigmoid")) == 1);
}

static void of_sizes(void) {
  lossproof_options options = {.struct_size = 0};
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: options.struct_size is 0; expected 48, the size of lossproof_options");
  options.struct_size = 4097;
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: options.struct_size is 4097; expected 48, the size of lossproof_options");
}

/// A caller built with a later header, that has fields of which this library knows nothing.
static void of_later_versions(void) {
  struct {
    lossproof_options known;
    int64_t later;
  } options = {.known = {.struct_size = sizeof options, .reduction = LOSSPROOF_REDUCTION_SUM}};
  CHECK_OK(run("mse_loss", &options.known));
  CHECK(value[0] == 5);
  options.later = 1;
  CHECK_REFUSED(run("mse_loss", &options.known),
                "mse_loss: options has a field at byte 48 that this version of the library does not know; expected 0 "
                "from byte 48 on");
  CHECK(value[0] == -7.5f);
}

void refusals_of_options(void) {
  const lossproof_options defaults = {.struct_size = sizeof defaults};
  CHECK_OK(run("mse_loss", &defaults));
  CHECK(value[0] == 2.5f);
  CHECK_OK(run("cross_entropy", NULL));
  of_values();
  of_functions();
  of_sizes();
  of_later_versions();
}
