// Every refusal of a call that the library's own (lib/tests/errors_test.cpp) do not know: status, message, and outputs
// as they were.
#include <string.h>

#include "check.h"

static const float sentinel = -7.5f;

/// A good call of mse_loss, [2, 3], to be spoilt.
typedef struct Fixture {
  float data[6], value_data[1], gradient_data[6], one[1];
  int64_t shape[2];
  DLTensor input, target, grad_output, value, gradient;
  const DLTensor* inputs[2];
  DLTensor* gradients[2];
} Fixture;

static void set_up(Fixture* f) {
  const float data[] = {1, 2, 3, 4, 5, 6};
  memcpy(f->data, data, sizeof data);
  for (int i = 0; i < 6; ++i) f->gradient_data[i] = sentinel;
  f->value_data[0] = sentinel;
  f->one[0] = 1;
  f->shape[0] = 2;
  f->shape[1] = 3;
  f->input = f->target = tensor_of(f->data, f32, 2, f->shape);
  f->grad_output = tensor_of(f->one, f32, 0, NULL);
  f->value = tensor_of(f->value_data, f32, 0, NULL);
  f->gradient = tensor_of(f->gradient_data, f32, 2, f->shape);
  f->inputs[0] = &f->input;
  f->inputs[1] = &f->target;
  f->gradients[0] = &f->gradient;
  f->gradients[1] = NULL;
}

static int run(Fixture* f) {
  return lossproof_value_and_gradient(lossproof_find_loss("mse_loss"), f->inputs, 2, NULL, &f->grad_output, &f->value,
                                      f->gradients);
}

static void check_untouched(const Fixture* f) {
  CHECK(f->value_data[0] == sentinel);
  for (int i = 0; i < 6; ++i) CHECK(f->gradient_data[i] == sentinel);
}

/// Spoils one field of one tensor of a good call.
#define CHECK_SPOILT(spoil, message)              \
  do {                                            \
    Fixture f;                                    \
    set_up(&f);                                   \
    spoil;                                        \
    CHECK_REFUSED(run(&f), "mse_loss: " message); \
    check_untouched(&f);                          \
  } while (0)

static void of_tensors(void) {
  CHECK_SPOILT(f.input.device.device_type = kDLCUDA, "input is on device type 2; expected 1, kDLCPU");
  CHECK_SPOILT(f.gradient.device.device_type = (DLDeviceType)99,
               "gradients[0] is on device type 99; expected 1, kDLCPU");
  CHECK_SPOILT(f.target.dtype.lanes = 4,
               "target has dtype code 2, 32 bits, 4 lanes; expected f16, bf16, f32, f64, i32 or i64 with 1 lane");
  CHECK_SPOILT(f.value.dtype.code = kDLUInt,
               "the value has dtype code 1, 32 bits, 1 lanes; expected f16, bf16, f32, f64, i32 or i64 with 1 lane");
  CHECK_SPOILT(f.input.dtype = i64, "input is i64; expected f16, bf16, f32 or f64");
  CHECK_SPOILT(f.input.ndim = 9, "input has ndim 9; expected 0 to 8");
  CHECK_SPOILT(f.grad_output.ndim = -1, "grad_output has ndim -1; expected 0 to 8");
  CHECK_SPOILT(f.target.shape = NULL, "target.shape is NULL; expected 2 extents");
  CHECK_SPOILT(f.input.data = NULL, "input of shape [2, 3] is null");
  CHECK_SPOILT((f.value.data = NULL, f.value.byte_offset = 4), "the value of shape [] is null");
  CHECK_SPOILT(f.input.byte_offset = 2,
               "input is not aligned: data plus byte_offset 2 is a multiple of 4 plus 2; expected one of 4, the size "
               "of f32");
  CHECK_SPOILT(f.gradient.data = (char*)f.gradient_data + 1,
               "gradients[0] is not aligned: data plus byte_offset 0 is a multiple of 4 plus 1; expected one of 4, the "
               "size of f32");
  int64_t negative[] = {2, -3};
  CHECK_SPOILT(f.input.shape = negative, "input: shape [2, -3] has a negative extent");
  int64_t transposed[] = {3, 2};
  CHECK_SPOILT(f.target.shape = transposed, "target has shape [3, 2]; expected [2, 3]");
  CHECK_SPOILT(f.gradient.data = f.data, "the gradient shares memory with the input input");
}

static void of_null_pointers(void) {
  CHECK_SPOILT(f.inputs[0] = NULL, "input is NULL; expected a DLTensor");
  CHECK_SPOILT(f.inputs[1] = NULL, "target is NULL; expected a DLTensor");
  CHECK_SPOILT(f.gradients[0] = NULL, "gradients has no entry but NULL; expected at least one tensor");
  CHECK_SPOILT(f.gradients[1] = &f.gradient, "the gradient shares memory with the gradient of target");
  CHECK_SPOILT((f.gradient.device.device_type = kDLCUDA, f.gradients[0] = NULL, f.gradients[1] = &f.gradient),
               "gradients[1] is on device type 2; expected 1, kDLCPU");
  Fixture f;
  set_up(&f);
  const lossproof_loss* mse = lossproof_find_loss("mse_loss");
  const char* of_value = "mse_loss: the value is NULL; expected a DLTensor";
  const char* of_grad_output = "mse_loss: grad_output is NULL; expected a DLTensor";
  const char* of_gradients = "mse_loss: gradients is NULL; expected 2 entries, one for each input";
  CHECK_REFUSED(lossproof_value(mse, f.inputs, 2, NULL, NULL), of_value);
  CHECK_REFUSED(lossproof_value_and_gradient(mse, f.inputs, 2, NULL, &f.grad_output, NULL, f.gradients), of_value);
  CHECK_REFUSED(lossproof_backward(mse, f.inputs, 2, NULL, NULL, f.gradients), of_grad_output);
  CHECK_REFUSED(lossproof_value_and_gradient(mse, f.inputs, 2, NULL, NULL, &f.value, f.gradients), of_grad_output);
  CHECK_REFUSED(lossproof_backward(mse, f.inputs, 2, NULL, &f.grad_output, NULL), of_gradients);
  CHECK_REFUSED(lossproof_value_and_gradient(mse, f.inputs, 2, NULL, &f.grad_output, &f.value, NULL), of_gradients);
  CHECK_REFUSED(lossproof_value(mse, NULL, 2, NULL, &f.value), "mse_loss: inputs is NULL; expected 2 tensors");
  CHECK_REFUSED(lossproof_value(mse, f.inputs, 3, NULL, &f.value), "mse_loss: 3 inputs given; expected 2");
  int64_t shape[LOSSPROOF_MAX_NDIM] = {-7};
  int32_t ndim = -7;
  CHECK_REFUSED(lossproof_value_shape(mse, f.inputs, 2, NULL, NULL, &ndim),
                "mse_loss: shape is NULL; expected room for LOSSPROOF_MAX_NDIM extents");
  CHECK_REFUSED(lossproof_value_shape(mse, f.inputs, 2, NULL, shape, NULL),
                "mse_loss: ndim is NULL; expected where to write the number of dimensions");
  CHECK(shape[0] == -7 && ndim == -7);
  check_untouched(&f);
}

static void of_no_loss(void) {
  const char* rest = ": loss is NULL; expected one of lossproof_loss_at or lossproof_find_loss";
  char message[128];
#define CHECK_NEEDS_LOSS(call, function) CHECK_REFUSED(call, strcat(strcpy(message, function), rest))
  CHECK_NEEDS_LOSS(lossproof_value_shape(NULL, NULL, 0, NULL, NULL, NULL), "lossproof_value_shape");
  CHECK_NEEDS_LOSS(lossproof_value(NULL, NULL, 0, NULL, NULL), "lossproof_value");
  CHECK_NEEDS_LOSS(lossproof_backward(NULL, NULL, 0, NULL, NULL, NULL), "lossproof_backward");
  CHECK_NEEDS_LOSS(lossproof_value_and_gradient(NULL, NULL, 0, NULL, NULL, NULL, NULL), "lossproof_value_and_gradient");
}

static void of_class_indices(void) {
  float logits[] = {1, 2, 3, 4}, value[] = {-7.5f};
  int32_t target[] = {1, 2};
  int64_t shape[] = {2, 2};
  const DLTensor x = tensor_of(logits, f32, 2, shape), t = tensor_of(target, i32, 1, shape);
  DLTensor v = tensor_of(value, f32, 0, NULL);
  const DLTensor* inputs[] = {&x, &t};
  CHECK_REFUSED(lossproof_value(lossproof_find_loss("cross_entropy"), inputs, 2, NULL, &v),
                "cross_entropy: target[1] is 2; expected a class index from 0 to 1, or ignore_index -100");
  DLTensor* gradients[] = {NULL, &v};
  CHECK_REFUSED(lossproof_backward(lossproof_find_loss("cross_entropy"), inputs, 2, NULL, &v, gradients),
                "cross_entropy: there is no gradient but with respect to logits");
  CHECK(value[0] == sentinel);
}

void refusals(void) {
  Fixture f;
  set_up(&f);
  CHECK_OK(run(&f));
  of_tensors();
  of_null_pointers();
  of_no_loss();
  of_class_indices();
}
