// Values and gradients against the true ones, evaluated with 400 bits and rounded once.
#include <string.h>

#include "check.h"

/// Two arrays of one type and length are the same bits: -0 is not 0.
#define CHECK_BITS(got, expected) CHECK(sizeof(got) == sizeof(expected) && memcmp(got, expected, sizeof(got)) == 0)

static void cross_entropy_where_log_of_softmax_gives_0(void) {
  float logits[] = {0, -40}, value[1], gradient[2], one[] = {1};
  int32_t target[] = {0};
  int64_t shape[] = {1, 2};
  const DLTensor x = tensor_of(logits, f32, 2, shape), t = tensor_of(target, i32, 1, shape);
  const DLTensor grad_output = tensor_of(one, f32, 0, NULL);
  DLTensor v = tensor_of(value, f32, 0, NULL), g = tensor_of(gradient, f32, 2, shape);
  const DLTensor* inputs[] = {&x, &t};
  DLTensor* gradients[] = {&g, NULL};
  CHECK_OK(
      lossproof_value_and_gradient(lossproof_find_loss("cross_entropy"), inputs, 2, NULL, &grad_output, &v, gradients));
  const float expected_value[] = {0x1.397924p-58f}, expected_gradient[] = {-0x1.397924p-58f, 0x1.397924p-58f};
  CHECK_BITS(value, expected_value);
  CHECK_BITS(gradient, expected_gradient);
}

static void cross_entropy_in_f64_with_an_ignored_row(void) {
  double logits[] = {1, 2, 3, 0.5, -1, 0.25, -2, 0, 4}, value[1], gradient[9], one[] = {1};
  int64_t target[] = {2, 0, -7}, shape[] = {3, 3};
  const DLTensor x = tensor_of(logits, f64, 2, shape), t = tensor_of(target, i64, 1, shape);
  const DLTensor grad_output = tensor_of(one, f64, 0, NULL);
  DLTensor v = tensor_of(value, f64, 0, NULL), g = tensor_of(gradient, f64, 2, shape);
  const DLTensor* inputs[] = {&x, &t};
  DLTensor* gradients[] = {&g, NULL};
  const lossproof_options options = {
      .struct_size = sizeof(lossproof_options), .has_ignore_index = 1, .ignore_index = -7};
  const lossproof_loss* loss = lossproof_find_loss("cross_entropy");
  CHECK_OK(lossproof_value(loss, inputs, 2, &options, &v));
  CHECK_OK(lossproof_backward(loss, inputs, 2, &options, &grad_output, gradients));
  const double expected_value[] = {0x1.1a0a33634b5fcp-1};
  const double expected_gradient[] = {0x1.70c3e5f682bdap-5,
                                      0x1.f534335ca4bcfp-4,
                                      -0x1.56cb132bf30dep-3,
                                      -0x1.003f364d5c332p-2,
                                      0x1.c887a110e3470p-5,
                                      0x1.8e5c84567f948p-3,
                                      0,
                                      0,
                                      0};
  CHECK_BITS(value, expected_value);
  CHECK_BITS(gradient, expected_gradient);
}

static void binary_cross_entropy_of_f16_with_results_of_two_dtypes(void) {
  uint16_t logits[] = {0x3800, 0xbe00, 0x4800}, target[] = {0x3c00, 0x3400, 0}, gradient[3];  // .5, -1.5, 8; 1, .25, 0
  float value[1], one[] = {1};
  int64_t shape[] = {3};
  const DLTensor x = tensor_of(logits, f16, 1, shape), y = tensor_of(target, f16, 1, shape);
  const DLTensor grad_output = tensor_of(one, f32, 0, NULL);
  DLTensor v = tensor_of(value, f32, 0, NULL), g = tensor_of(gradient, f16, 1, shape);
  const DLTensor* inputs[] = {&x, &y};
  DLTensor* gradients[] = {&g, NULL};
  const lossproof_options options = {.struct_size = sizeof(lossproof_options),
                                     .reduction = LOSSPROOF_REDUCTION_SUM,
                                     .has_dtype = 1,
                                     .dtype = {kDLFloat, 32, 1}};
  CHECK_OK(lossproof_value_and_gradient(lossproof_find_loss("binary_cross_entropy_with_logits"), inputs, 2, &options,
                                        &grad_output, &v, gradients));
  const float expected_value[] = {0x1.21a05ep+3f};
  const uint16_t expected_gradient[] = {0xb60a, 0xac53, 0x3bff};  // -0x1.828p-2, -0x1.14cp-4, 0x1.ffcp-1
  CHECK_BITS(value, expected_value);
  CHECK_BITS(gradient, expected_gradient);
}

static void squared_error_with_the_gradient_of_either_input(void) {
  float input[] = {3, 1}, target[] = {1, 4}, one[] = {1}, to_input[2], to_target[2], alone[2];
  int64_t shape[] = {2};
  const DLTensor x = tensor_of(input, f32, 1, shape), y = tensor_of(target, f32, 1, shape);
  const DLTensor grad_output = tensor_of(one, f32, 0, NULL);
  DLTensor first = tensor_of(to_input, f32, 1, shape), second = tensor_of(to_target, f32, 1, shape);
  DLTensor second_alone = tensor_of(alone, f32, 1, shape);
  const DLTensor* inputs[] = {&x, &y};
  DLTensor *both[] = {&first, &second}, *one_of_them[] = {NULL, &second_alone};
  const lossproof_options options = {.struct_size = sizeof(lossproof_options), .reduction = LOSSPROOF_REDUCTION_SUM};
  const lossproof_loss* loss = lossproof_find_loss("mse_loss");
  CHECK_OK(lossproof_backward(loss, inputs, 2, &options, &grad_output, both));
  CHECK_OK(lossproof_backward(loss, inputs, 2, &options, &grad_output, one_of_them));
  const float expected_first[] = {4, -6}, expected_second[] = {-4, 6};
  CHECK_BITS(to_input, expected_first);
  CHECK_BITS(to_target, expected_second);
  CHECK_BITS(alone, expected_second);
}

/// The input runs backwards and through a hole, the target starts at an offset; both are the rows
/// {1.5, 2, -3}, {0.125, 1, 1} and {1, 1, 1}, {2, 0, 0.5}.
static void squared_error_of_strided_views(void) {
  float input[] = {1, 9, 1, 9, 0.125f, 9, -3, 9, 2, 9, 1.5f}, target[] = {9, 9, 1, 1, 1, 2, 0, 0.5f}, value[2];
  int64_t shape[] = {2, 3}, strides[] = {-6, -2}, rows[] = {2}, ndim_shape[LOSSPROOF_MAX_NDIM] = {0};
  int32_t ndim = -1;
  DLTensor x = tensor_of(input + 10, f32, 2, shape), y = tensor_of(target, f32, 2, shape);
  x.strides = strides;
  y.byte_offset = 2 * sizeof(float);
  DLTensor v = tensor_of(value, f32, 1, rows);
  const DLTensor* inputs[] = {&x, &y};
  const lossproof_options options = {.struct_size = sizeof(lossproof_options),
                                     .reduction = LOSSPROOF_REDUCTION_PER_SAMPLE};
  const lossproof_loss* loss = lossproof_find_loss("mse_loss");
  CHECK_OK(lossproof_value_shape(loss, inputs, 2, &options, ndim_shape, &ndim));
  CHECK(ndim == 1 && ndim_shape[0] == 2);
  CHECK_OK(lossproof_value(loss, inputs, 2, &options, &v));
  const float expected[] = {0x1.7p+2f, 0x1.96aaaap+0f};
  CHECK_BITS(value, expected);
}

static void none_gives_every_element_and_nothing_of_nothing(void) {
  uint16_t input[] = {0x3fc0, 0xc040, 0x3f80}, target[] = {0x3f80, 0x3f80, 0x3f80}, value[3];  // bf16: 1.5, -3, 1; 1
  int64_t shape[] = {3}, none[] = {0};
  DLTensor x = tensor_of(input, bf16, 1, shape), y = tensor_of(target, bf16, 1, shape);
  DLTensor v = tensor_of(value, bf16, 1, shape);
  const DLTensor* inputs[] = {&x, &y};
  const lossproof_options options = {.struct_size = sizeof(lossproof_options), .reduction = LOSSPROOF_REDUCTION_NONE};
  CHECK_OK(lossproof_value(lossproof_find_loss("mse_loss"), inputs, 2, &options, &v));
  const uint16_t expected[] = {0x3e80, 0x4180, 0};  // 0.25, 16, 0
  CHECK_BITS(value, expected);
  x = y = v = tensor_of(NULL, bf16, 1, none);
  CHECK_OK(lossproof_value(lossproof_find_loss("mse_loss"), inputs, 2, &options, &v));
}

void values(void) {
  cross_entropy_where_log_of_softmax_gives_0();
  cross_entropy_in_f64_with_an_ignored_row();
  binary_cross_entropy_of_f16_with_results_of_two_dtypes();
  squared_error_with_the_gradient_of_either_input();
  squared_error_of_strided_views();
  none_gives_every_element_and_nothing_of_nothing();
}
