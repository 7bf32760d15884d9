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
_Static_assert(offsetof(lossproof_options, weight) == 48, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, pos_weight) == 56, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, log_target) == 64, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_label_smoothing) == 68, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, label_smoothing) == 72, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_temperature) == 80, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, temperature) == 88, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_alpha) == 96, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, alpha) == 104, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, has_gamma) == 112, "fields stay where they are");
_Static_assert(offsetof(lossproof_options, gamma) == 120, "fields stay where they are");
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
                "mse_loss: options.struct_size is 0; expected 128, the size of lossproof_options");
  options.struct_size = 4097;
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: options.struct_size is 4097; expected 128, the size of lossproof_options");
}

/// A caller built with the first header: what lies behind its structure is not looked at.
static void of_earlier_versions(void) {
  lossproof_options options = {.struct_size = offsetof(lossproof_options, has_beta),
                               .reduction = LOSSPROOF_REDUCTION_SUM,
                               .has_beta = 1,
                               .log_target = 9};
  CHECK_OK(run("mse_loss", &options));
  CHECK(value[0] == 5);
}

/// The rows are 1, 2 and 2, 4: squares of 1 and 4.
static void of_tensors(void) {
  float one_and_three[] = {1, 3};
  double wide[] = {1, 3};
  int64_t shape[] = {2}, more[] = {3};
  DLTensor weight = tensor_of(one_and_three, f32, 1, shape);
  lossproof_options options = {.struct_size = sizeof options, .weight = &weight};
  CHECK_OK(run("mse_loss", &options));
  CHECK(value[0] == 3.25f);  // (1 + 12) / 4
  options.reduction = LOSSPROOF_REDUCTION_BATCHMEAN;
  CHECK_OK(run("mse_loss", &options));
  CHECK(value[0] == 13);
  options.pos_weight = &weight;
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: takes no option pos_weight");
  CHECK_OK(run("binary_cross_entropy_with_logits", &options));
  CHECK(value[0] == -0x1.e84f50p+3f);
  options.pos_weight = NULL;
  weight.device.device_type = kDLCUDA;
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: options.weight is on device type 2; expected 1, kDLCPU");
  weight = tensor_of(wide, f64, 1, shape);
  CHECK_REFUSED(run("mse_loss", &options), "mse_loss: weight is f64; expected f32, the dtype of input");
  weight = tensor_of(one_and_three, f32, 1, more);
  CHECK_REFUSED(run("mse_loss", &options),
                "mse_loss: weight has shape [3]; expected one that broadcasts to [1, 2]");
  CHECK(value[0] == -7.5f);
}

/// Of losses that do not take them: each reaches the library.
static void of_numbers_and_flags(void) {
  const lossproof_options given[] = {{.struct_size = sizeof(lossproof_options), .has_label_smoothing = 1},
                                     {.struct_size = sizeof(lossproof_options), .has_temperature = 1},
                                     {.struct_size = sizeof(lossproof_options), .has_alpha = 1},
                                     {.struct_size = sizeof(lossproof_options), .has_gamma = 1},
                                     {.struct_size = sizeof(lossproof_options), .log_target = 1}};
  CHECK_REFUSED(run("mse_loss", &given[0]), "mse_loss: takes no option label_smoothing");
  CHECK_REFUSED(run("mse_loss", &given[1]), "mse_loss: takes no option temperature");
  CHECK_REFUSED(run("mse_loss", &given[2]), "mse_loss: takes no option alpha");
  CHECK_REFUSED(run("mse_loss", &given[3]), "mse_loss: takes no option gamma");
  CHECK_REFUSED(run("mse_loss", &given[4]), "mse_loss: takes no option log_target");
  const lossproof_options no_flag = {.struct_size = sizeof no_flag, .log_target = 2};
  CHECK_REFUSED(run("mse_loss", &no_flag), "mse_loss: options.log_target is 2; expected 0 or 1");
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
                "mse_loss: options has a field at byte 128 that this version of the library does not know; expected 0 "
                "from byte 128 on");
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
  of_earlier_versions();
  of_tensors();
  of_numbers_and_flags();
  of_later_versions();
}
